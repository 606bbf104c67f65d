"""From a text to tokens: offsets, gaps, what is special, and texts that nobody should write."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer
from tokenizers.models import WordLevel

from components.masked_language.reading import NoMaskToken, read
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
