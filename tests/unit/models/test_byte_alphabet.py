"""The alphabet in which byte-level vocabularies write bytes."""

from __future__ import annotations

import pytest
from tokenizers import Tokenizer, models, pre_tokenizers

from components.models.byte_alphabet import Spelling, bytes_to_unicode, unicode_to_bytes
from tests.unit.tokenizer.zoo import ZOO, gpt2


def test_alphabet_is_that_of_tokenizers():
    assert set(bytes_to_unicode().values()) == set(pre_tokenizers.ByteLevel.alphabet())


def test_each_byte_is_written_as_the_pre_tokenizer_writes_it():
    split = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    for character in map(chr, (*range(0x80), 0xE9, 0x3B1, 0xD55C, 0x1F44D)):
        [(written, _offsets)] = split.pre_tokenize_str(character)
        assert bytes(map(unicode_to_bytes().__getitem__, written)) == character.encode()


def test_alphabet_and_inverse_cancel():
    assert {unicode_to_bytes()[character] for character in bytes_to_unicode().values()} == set(range(256))


def test_every_token_of_gpt2_but_the_added_one_is_spelled_in_it():
    alphabet = unicode_to_bytes().keys()
    odd = [token for token in gpt2().get_vocab() if not set(token) <= alphabet]
    assert odd == []  # "<|endoftext|>" too is spelled with letters of the alphabet, by chance


@pytest.mark.parametrize(
    ("name", "kind", "prefix", "suffix"),
    [
        ("bert", "plain", "##", ""),
        ("gpt2", "byte-level", "", ""),
        ("byte_fallback_bpe", "sentencepiece", "", ""),
        ("unigram", "sentencepiece", "", ""),
        ("suffix_bpe", "plain", "", "</w>"),
        ("prefix_bpe", "plain", "##", ""),
    ],
)
def test_spelling_is_read_off_the_components(name, kind, prefix, suffix):
    assert Spelling.of(ZOO[name]()) == Spelling(kind, prefix, suffix)


def test_a_byte_piece_is_its_byte_and_a_metaspace_a_space():
    spelling = Spelling("sentencepiece")
    assert spelling.bytes_of("<0xE2>", covered="x") == b"\xe2"
    assert spelling.bytes_of("▁a", covered="a") == b" a"


def test_marks_are_no_part_of_the_text():
    assert Spelling("byte-level", suffix="</w>").bytes_of("cat</w>", covered="cat") == b"cat"


def test_a_bare_model_is_plain():
    assert Spelling.of(Tokenizer(models.BPE())).kind == "plain"
