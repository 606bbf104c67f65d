"""From a text to tokens: offsets, gaps, what is special, and texts that nobody should write."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import AddedToken, Tokenizer
from tokenizers.models import WordLevel

from components.masked_language.gaps import MOST_GAPS, Candidate, fill_gap, gaps, hide_word
from components.masked_language.reading import MASK, NoMaskToken, read
from components.models.tokenization import SharedTokenizer


def test_gaps_are_where_the_masks_stand_and_special_tokens_are_not_written(tokenizer):
    reading = read(tokenizer, "[MASK] is [MASK].", model="m")
    assert [token.piece for token in reading.tokens] == ["[CLS]", "[MASK]", "is", "[MASK]", ".", "[SEP]"]
    assert reading.gaps == (1, 3)
    assert reading.written == (2, 4)
    assert [reading.text[token.start : token.end] for token in reading.tokens[1:-1]] == ["[MASK]", "is", "[MASK]", "."]


def test_a_long_text_loses_its_end_but_not_the_separator(tokenizer):
    reading = read(tokenizer, "word " * 100, model="m", most_tokens=10)
    assert reading.all_tokens == 102
    assert len(reading.tokens) == 10
    assert [reading.tokens[0].piece, reading.tokens[-1].piece] == ["[CLS]", "[SEP]"]


def test_the_mask_is_written_alike_for_every_model():
    raw = Tokenizer(WordLevel({"<mask>": 0, "a": 1, "<unk>": 2}, unk_token="<unk>"))
    raw.add_special_tokens(["<mask>"])
    reading = read(SharedTokenizer(raw), "[MASK]a", model="m")
    assert reading.text == "<mask>a"
    assert reading.gaps == (0,)


def test_a_mask_that_takes_the_space_before_it_is_spelled_and_placed_without():
    raw = Tokenizer(WordLevel({"<mask>": 0, "a": 1, "<unk>": 2}, unk_token="<unk>"))
    raw.add_special_tokens([AddedToken("<mask>", lstrip=True)])
    reading = read(SharedTokenizer(raw), "a [MASK]", model="m")
    [gap] = [reading.tokens[position] for position in reading.gaps]
    assert (gap.piece, reading.text[gap.start : gap.end]) == ("<mask>", "<mask>")
    assert fill_gap(reading, 1, Candidate(1, "a", "a", 0.5, continues=False)) == "a a"


def test_a_vocabulary_without_a_mask_is_named():
    raw = Tokenizer(WordLevel({"a": 0}, unk_token="a"))
    with pytest.raises(NoMaskToken, match="some-model"):
        read(SharedTokenizer(raw), "a", model="some-model")


@given(
    text=st.text(st.characters(exclude_categories=()), max_size=80)
    | st.sampled_from(["\ud800", "👨‍👩‍👧‍👦", "\0", "Z" + "\u0351" * 300])
)
def test_any_text_gives_tokens_whose_spans_lie_in_it(tokenizer, text):
    reading = read(tokenizer, text, model="m", most_tokens=32)
    assert len(reading.tokens) <= 32
    for token in reading.tokens:
        assert token.start is None or 0 <= token.start < token.end <= len(reading.text)
    assert not set(reading.gaps) & set(reading.written)


def test_candidates_are_the_softmax_of_the_model_best_first(tiny):
    reading = read(tiny.tokenizer, "The [MASK] is [MASK].", model="m")
    found = gaps(tiny, reading, top=5)
    with torch.no_grad():
        logits = tiny.model(torch.tensor([reading.ids])).logits[0]
    for gap in found:
        values, ids = torch.softmax(logits[gap.position].double(), -1).topk(5)
        assert [candidate.id for candidate in gap.candidates] == ids.tolist()
        # the page computes the rows of the gaps alone; some processors round those differently, by 1e-6
        assert [candidate.probability for candidate in gap.candidates] == pytest.approx(values.tolist(), rel=1e-5)


def test_all_candidates_together_are_certain(tiny):
    reading = read(tiny.tokenizer, "[MASK]", model="m")
    [gap] = gaps(tiny, reading, top=tiny.model.config.vocab_size)
    assert sum(candidate.probability for candidate in gap.candidates) == pytest.approx(1)


def test_no_gap_gives_nothing_and_many_gaps_are_limited(tiny):
    assert gaps(tiny, read(tiny.tokenizer, "No gap.", model="m"), top=3) == ()
    many = read(tiny.tokenizer, "[MASK] " * (MOST_GAPS + 3), model="m")
    assert len(gaps(tiny, many, top=3)) == MOST_GAPS


@pytest.mark.parametrize(
    ("text", "position", "piece", "expected"),
    [
        ("A [MASK] is [MASK].", 2, "dog", "A dog is [MASK]."),
        ("A [MASK] is [MASK].", 4, "big", "A [MASK] is big."),
        ("Two dog [MASK] ran.", 3, "##s", "Two dogs ran."),
    ],
)
def test_a_candidate_takes_the_place_of_its_gap(tokenizer, text, position, piece, expected):
    candidate = Candidate(0, piece, piece.removeprefix("##"), 0.5, continues=piece.startswith("##"))
    assert fill_gap(read(tokenizer, text, model="m"), position, candidate) == expected


def test_a_whole_word_is_hidden_behind_one_mask(tokenizer):
    reading = read(tokenizer, "An unaffable reader.", model="m")
    inside = [token.piece for token in reading.tokens].index("##ffa")
    assert hide_word(reading, inside) == "An [MASK] reader."


@given(text=st.text(max_size=60))
def test_hiding_any_word_adds_exactly_one_gap(tokenizer, text):
    reading = read(tokenizer, text.replace(MASK, ""), model="m")
    for position in reading.written:
        if reading.tokens[position].start is not None:
            assert hide_word(reading, position).count(MASK) == 1
