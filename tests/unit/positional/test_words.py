import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.models.registry import record
from components.models.store import local_folder
from components.models.tokenization import SharedTokenizer, load_tokenizer
from components.positional.order import shuffled_order
from components.positional.words import words_of

TOKENIZERS = {
    name: SharedTokenizer(load_tokenizer(local_folder(record(name)))) for name in ("classroom-bert", "classroom-gpt2")
}
HOSTILE = st.text(st.characters(codec=None, categories=None), max_size=80)


@pytest.mark.parametrize("model", TOKENIZERS)
@settings(max_examples=150, deadline=None)
@given(text=HOSTILE)
def test_any_text_can_be_cut_and_shuffled(model, text):
    words = words_of(TOKENIZERS[model], text, most_tokens=64)
    assert len(words.ids) == len(words.labels) == len(words.word_of_token) <= 64
    order = shuffled_order(words.word_of_token, seed=0)
    assert sorted(order) == list(range(len(words.ids)))


def test_pieces_of_a_word_belong_together_and_special_tokens_to_none():
    words = words_of(TOKENIZERS["classroom-bert"], "unaffable cats", most_tokens=64)
    assert words.labels[0] == "[CLS]"
    assert "".join(words.labels[1:-1]) == "unaffablecats"
    assert words.word_of_token[0] is None
    assert words.word_of_token[-1] is None
    assert len(set(words.word_of_token[1:-1])) == 2


def test_a_space_inside_a_token_is_visible():
    assert words_of(TOKENIZERS["classroom-gpt2"], "a novel", most_tokens=64).labels == ("a", "·novel")
