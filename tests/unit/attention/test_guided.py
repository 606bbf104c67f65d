"""What the lessons say about the embedded models, measured again each time."""

from __future__ import annotations

import numpy as np
import pytest

from components.attention.capture import capture
from components.attention.guided import PRONOUN_SENTENCES, SENTENCES, guided_heads, pronoun_head
from components.attention.metrics import head_metrics
from tests.unit.attention.architectures import load

pytestmark = pytest.mark.real_model


@pytest.fixture(scope="module")
def bert_heads(classroom_bert):
    return guided_heads(classroom_bert)


def weights_from_it(loaded, text, layer, head):
    attention = capture(loaded, text).main
    words = [token.text.strip().lower() for token in attention.key_tokens]
    return dict(zip(words, attention.of_head(layer, head)[words.index("it")], strict=True))


def test_bert_has_a_head_for_the_token_before_and_one_for_the_token_after(bert_heads):
    before, after = bert_heads["previous_token"], bert_heads["next_token"]
    assert (before.layer, before.head) == (0, 2)
    assert before.lowest > 0.999
    assert (after.layer, after.head) == (1, 8)
    assert after.lowest > 0.6


def test_bert_rests_on_its_first_token_and_not_on_the_separator(bert_heads):
    sink = bert_heads["first_token"]
    assert (sink.layer, sink.head) == (1, 11)
    assert sink.mean == pytest.approx(0.80, abs=0.005)
    assert "separator" not in bert_heads


def test_berts_broadest_head_spreads_over_most_of_what_it_sees(bert_heads):
    broad = bert_heads["broad"]
    assert (broad.layer, broad.head) == (0, 0)
    assert broad.mean == pytest.approx(0.866, abs=0.005)


def test_the_numbers_are_those_of_the_metrics(bert_heads, classroom_bert):
    after = bert_heads["next_token"]
    values = [head_metrics(capture(classroom_bert, text).main).next_token[1, 8] for text in SENTENCES]
    # the mean of float32 numbers depends on the type it is summed in
    assert after.mean == pytest.approx(np.mean(values), rel=1e-6)
    assert (after.lowest, after.highest) == (min(values), max(values))


@pytest.mark.parametrize(
    ("name", "head", "on_thing"), [("classroom_bert", (3, 1), 0.537), ("classroom_gpt2", (4, 9), 0.770)]
)
def test_one_head_looks_from_it_at_the_thing_and_not_at_the_person(name, head, on_thing, request):
    found = pronoun_head(request.getfixturevalue(name))
    assert (found.layer, found.head) == head
    assert found.on_thing == pytest.approx(on_thing, abs=0.005)
    assert found.on_person < 0.03
    assert (found.right, found.sentences) == (8, 8)


def test_berts_head_for_it_knows_grammar_but_not_what_is_dirty(classroom_bert):
    tired = weights_from_it(classroom_bert, "The cat sat on the mat because it was tired.", 3, 1)
    dirty = weights_from_it(classroom_bert, "The cat sat on the mat because it was dirty.", 3, 1)
    assert tired["cat"] == pytest.approx(0.84, abs=0.005)
    assert dirty["cat"] == pytest.approx(0.65, abs=0.005)
    assert dirty["mat"] < 0.02


def test_berts_head_for_it_does_not_look_from_he(classroom_bert):
    attention = capture(classroom_bert, "The king told the queen that he was tired.").main
    words = [token.text.lower() for token in attention.key_tokens]
    row = attention.of_head(3, 1)[words.index("he")]
    assert row[words.index("king")] < 0.05
    assert row[words.index("queen")] < 0.05


def test_every_sentence_has_its_words_once():
    for sentence in PRONOUN_SENTENCES:
        words = sentence.text.lower().rstrip(".").replace(".", "").split()
        assert words.count("it") == words.count(sentence.thing) == words.count(sentence.person) == 1


def test_a_model_that_does_not_know_the_words_has_no_pronoun_head():
    calls: list[None] = []
    assert pronoun_head(load("bert"), checkpoint=lambda: calls.append(None)) is None
    assert len(calls) == len(PRONOUN_SENTENCES)
