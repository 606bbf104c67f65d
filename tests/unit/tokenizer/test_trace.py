"""Every trace ends in the pieces that `tokenizers` cuts, on thousands of strings and every kind of model."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from tokenizers import Tokenizer, models, pre_tokenizers

from components.tokenizer.errors import CannotSpell, DecidesAtRandom, WordTooLong
from components.tokenizer.pipeline import cut_words
from components.tokenizer.trace import MOST_TRACED_CHARACTERS, TokenizerSpec, trace_text, trace_word
from tests.unit.tokenizer.zoo import CORPUS, HOSTILE, ZOO, bert, gpt2, patient, texts

SPECS: dict[str, TokenizerSpec] = {}


def spec(name):
    if name not in SPECS:
        SPECS[name] = TokenizerSpec.of(ZOO[name]())
    return SPECS[name]


def assert_agrees(name, text):
    tokenizer = spec(name).tokenizer
    pieces = [piece for traced in trace_text(spec(name), text) for piece in traced.pieces]
    encoding = tokenizer.encode(text, add_special_tokens=False)
    assert [piece.id for piece in pieces] == encoding.ids
    cut = [piece for traced in trace_text(spec(name), text) if traced.trace for piece in traced.pieces]
    assert [piece.token for piece in cut] == [tokenizer.id_to_token(piece.id) for piece in cut]


@pytest.mark.parametrize("name", ZOO)
@given(text=texts)
@settings(patient, max_examples=150)
def test_pieces_agree_with_encode(name, text):
    assert_agrees(name, text)


@pytest.mark.parametrize("name", ZOO)
def test_pieces_agree_with_encode_on_shuffled_real_text(name):
    chooser = random.Random(20)
    alphabet = sorted(set("".join(CORPUS + HOSTILE)))
    vocabulary = list(ZOO[name]().get_vocab())
    for _ in range(300):
        characters = "".join(chooser.choices(alphabet, k=chooser.randrange(12)))
        pieces = "".join(chooser.choices(vocabulary, k=chooser.randrange(4)))[:60]
        assert_agrees(name, characters + chooser.choice(["", " "]) + pieces)


@pytest.mark.parametrize("name", ZOO)
@given(text=texts)
@patient
def test_pieces_cover_each_word_without_gap(name, text):
    for traced in trace_text(spec(name), text):
        ends = [0, *(piece.end for piece in traced.pieces)]
        for piece, before in zip(traced.pieces, ends, strict=False):
            assert piece.start <= before <= piece.end


@pytest.mark.parametrize("name", sorted(ZOO.keys() - {"wordlevel"}))  # one look-up: nothing to stop
def test_checkpoint_can_stop_a_trace(name):
    def stop():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        trace_text(spec(name), "unbelievablest", checkpoint=stop)


def test_spec_names_the_model_type():
    assert {name: spec(name).model_type for name in ("bert", "gpt2", "unigram", "wordlevel")} == {
        "bert": "WordPiece",
        "gpt2": "BPE",
        "unigram": "Unigram",
        "wordlevel": "WordLevel",
    }


def test_a_very_long_word_is_refused_with_its_length():
    word = "a" * (MOST_TRACED_CHARACTERS + 1)
    with pytest.raises(WordTooLong, match=f"{len(word)} characters"):
        trace_word(spec("gpt2"), word)


def test_dropout_cannot_be_traced():
    with pytest.raises(DecidesAtRandom, match=r"dropout 0\.5"):
        TokenizerSpec.of(Tokenizer(models.BPE({"a": 0}, [], dropout=0.5)))


def test_unigram_sampling_cannot_be_traced():
    model = models.Unigram([("<unk>", 0.0), ("a", -1.0)], 0)
    model.alpha = 0.1
    with pytest.raises(DecidesAtRandom, match=r"alpha 0\.1"):
        TokenizerSpec.of(Tokenizer(model))


@pytest.mark.parametrize(
    "model",
    [
        models.Unigram([("a", -1.0)], None),
        models.WordPiece({"a": 0}, unk_token="[UNK]"),
        models.WordLevel({"a": 0}, unk_token="[UNK]"),
        models.BPE({"a": 0}, [], unk_token="[UNK]"),
    ],
    ids=lambda model: type(model).__name__,
)
def test_where_tokenizers_fails_for_want_of_an_unknown_piece_the_trace_says_so(model):
    tokenizer = Tokenizer(model)
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    with pytest.raises(Exception, match=r"(?i)unk"):
        tokenizer.encode("b")
    with pytest.raises(CannotSpell, match="“b”"):
        trace_text(TokenizerSpec.of(tokenizer), "b")


def test_added_tokens_are_not_cut():
    traced = trace_text(spec("bert"), "a [MASK]")[1]
    assert traced.trace is None
    assert [piece.id for piece in traced.pieces] == [bert().token_to_id("[MASK]")]


def test_words_are_the_pipelines():
    assert [traced.part for traced in trace_text(spec("gpt2"), " a  b")] == list(cut_words(gpt2(), " a  b"))
