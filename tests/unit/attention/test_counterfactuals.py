"""Stories told of heads are tried on texts in which they part: synthetic heads whose story is known, and real ones."""

from __future__ import annotations

import numpy as np
import pytest

from components.attention import counterfactuals
from components.attention.counterfactuals import STORIES, noun_pairs, position_of, swap_words, try_story
from components.attention.guided import LESSON_HEADS, SENTENCES
from components.attention.record import Attention, AttentionRecord
from components.core.intervals import mean_interval
from components.ui.guide.lesson import lesson
from tests.unit.attention.architectures import load

TEXTS = ["w1 w2 w3 w4 w5", "w11 w12 w13 w14 w15 w16", "w21 w22 w23 w24 w25 w26 w27"]
PLACE, WORD, EVEN = 0, 1, 2
MEANT = {pair.sentence(swapped=swapped): pair.means for pair in noun_pairs() for swapped in (False, True)}


def looks_at(story, given, row):
    """Say where a head of a story looks from a row: by place, and by the word."""
    tokens, last = given.tokens, len(given.tokens) - 1
    match story:
        case "previous_token" | "next_token":
            step = -1 if story == "previous_token" else 1
            ids = [token.id for token in tokens]
            wanted = ids[row] + step
            return min(max(row + step, 0), last), ids.index(wanted) if wanted in ids else row
        case "first_token":
            return 0, next(index for index, token in enumerate(tokens) if token.piece == "[CLS]")
        case "separator":
            return last, next(index for index, token in enumerate(tokens) if token.piece == "[SEP]")
        case _:
            text = " ".join(token.text for token in tokens[1:-1]).replace(" .", ".")
            return position_of(tokens, "the") + 1, position_of(tokens, MEANT[text])


@pytest.fixture
def synthetic(monkeypatch):
    """Three heads: one goes by the place, one by the word, one looks everywhere alike."""

    def install(story):
        def capture(_loaded, given):
            count = len(given.tokens)
            weights = np.zeros((1, 3, count, count), dtype=np.float32)
            for row in range(count):
                for head, key in enumerate(looks_at(story, given, row)):
                    weights[0, head, row, key] = 1.0
            weights[0, EVEN] = 1 / count
            visible = np.ones((1, count, count), dtype=np.bool_)
            attention = Attention("encoder", given.tokens, given.tokens, weights, visible, None, None, None)
            return AttentionRecord(given, encoder=attention)

        monkeypatch.setattr(counterfactuals, "capture_input", capture)

    return install


@pytest.mark.parametrize("story", STORIES)
def test_a_head_of_each_story_is_told_from_one_of_the_other(synthetic, story):
    synthetic(story)
    tested = try_story(load("bert"), story, TEXTS)
    by_place, group_by_word, even = (tested.of(0, head) for head in (PLACE, WORD, EVEN))
    texts = 2 * (len(noun_pairs()) if story == "pronoun" else len(TEXTS))
    assert (by_place.texts, by_place.by_place, by_place.group_by_word) == (texts, texts, texts // 2)
    assert (group_by_word.texts, group_by_word.by_place, group_by_word.group_by_word) == (texts, texts // 2, texts)
    assert (by_place.on_place, by_place.on_word) == (1.0, 0.0)
    assert (group_by_word.on_place, group_by_word.on_word) == (0.0, 1.0)
    assert even.by_place == even.group_by_word == 0, "equal weights are found nowhere"


def test_the_noun_that_is_meant_comes_first_as_often_as_second():
    pairs = noun_pairs()
    assert len(pairs) == 20
    assert all(pair.means in pair.nouns for pair in pairs)
    first = sum(pair.nouns.index(pair.means) == 0 for pair in pairs)
    assert first == len(pairs) - first
    assert len({noun for pair in pairs for noun in pair.nouns}) > 30, "few nouns come twice"
    for pair in pairs:
        words = pair.sentence(swapped=True).lower().rstrip(".").split()
        assert words.index(pair.nouns[1]) < words.index(pair.nouns[0])
        assert words.count("it") == 1


def test_the_interval_is_that_of_pairs_and_holds_what_was_measured():
    found = np.array([2.0] * 9 + [1.0] * 11)
    low, high = mean_interval(found)
    assert low < found.mean() < high
    assert 20 * (high - low) == pytest.approx(2 * 1.96 * np.sqrt(20 * 0.45 * 0.55), abs=1.5)
    assert np.isnan(mean_interval(found[:1])[0])


def test_words_are_swapped_whole():
    assert swap_words("A cat, a category: the mat.", "cat", "mat") == "A mat, a category: the cat."


def test_a_text_too_short_to_shuffle_is_passed_over():
    assert try_story(load("bert"), "previous_token", ["w1 w2 w3"]) is None


def test_checkpoint_comes_before_each_pass():
    calls: list[None] = []
    try_story(load("gpt2"), "first_token", TEXTS, checkpoint=lambda: calls.append(None))
    assert len(calls) == 2 * len(TEXTS)


def test_every_head_the_lesson_names_has_its_story_tested():
    named = {
        (int(step.values["layer"]), int(step.values["head"]))
        for step in lesson("attention", "en").cards
        if {"layer", "head"} <= step.values.keys()
        and step.values.get("model", "classroom-bert") == "classroom-bert"
        and step.values.get("view") != "neuron"
    }
    assert named == {(layer, head) for _story, layer, head in LESSON_HEADS}


@pytest.mark.real_model
def test_the_pronoun_head_follows_neither_story_as_the_lesson_says(classroom_bert):
    head = try_story(classroom_bert, "pronoun", SENTENCES).of(3, 1)
    assert head.texts == 40
    for count, (low, high) in ((head.by_place, head.place_interval), (head.group_by_word, head.word_interval)):
        assert 20 < low <= count <= high < 40, "neither all of them nor half of them"


@pytest.mark.real_model
def test_the_swapped_sentence_of_the_lesson_gets_the_first_noun(classroom_bert):
    attention = counterfactuals.capture_input(
        classroom_bert, counterfactuals.read(classroom_bert, "The mat sat on the cat because it was tired.")
    ).main
    row = attention.of_head(3, 1)[position_of(attention.key_tokens, "it")]
    assert attention.key_tokens[int(row.argmax())].piece == "mat"


@pytest.mark.real_model
def test_the_other_heads_go_by_the_place_but_the_sink_by_its_token_too(classroom_bert):
    before = try_story(classroom_bert, "previous_token", SENTENCES).of(0, 2)
    assert (before.by_place, before.group_by_word) == (20, 10)
    sink = try_story(classroom_bert, "first_token", SENTENCES).of(4, 2)
    assert sink.group_by_word > sink.by_place > 10
    assert sink.on_place == pytest.approx(sink.on_word, abs=0.05)


@pytest.mark.real_model
def test_the_gpt2_head_found_by_grammar_goes_by_the_place(classroom_gpt2):
    head = try_story(classroom_gpt2, "pronoun", SENTENCES).of(4, 9)
    assert head.place_interval[0] > head.word_interval[1]


@pytest.mark.parametrize("name", ["t5", "bart"])
def test_the_encoder_of_an_encoder_decoder_can_be_tried(name):
    loaded = load(name)
    tested = try_story(loaded, "previous_token", TEXTS)
    assert tested is not None
    assert tested.at_place.shape == (len(TEXTS), 2, 2, 4)  # pair, text, layer, head
