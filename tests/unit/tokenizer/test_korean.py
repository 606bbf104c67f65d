"""Hangul in two forms, and tokens against morphemes."""

from __future__ import annotations

import sys
import unicodedata
from types import ModuleType, SimpleNamespace

import pytest

from components.tokenizer import morphemes
from components.tokenizer.compare import compare, cuts_inside_words
from components.tokenizer.forms import divisible_letters, forms_of
from components.tokenizer.morphemes import Morpheme, find_boundaries, has_hangul
from tests.unit.tokenizer.zoo import bert, cut_by, e5, gpt2


def test_a_syllable_is_one_character_or_its_letters():
    joined, split = forms_of("값")
    assert (joined.name, joined.characters) == ("NFC", ("값 U+AC12",))
    assert split.characters == ("ᄀ U+1100", "ᅡ U+1161", "ᆹ U+11B9")


def test_only_letters_with_parts_are_offered_each_once_in_either_form():
    assert divisible_letters("cafe 값 é 값", most=9) == ("값", "é")
    assert divisible_letters(unicodedata.normalize("NFD", "값"), most=9) == ("값",)
    assert divisible_letters("가나다라", most=2) == ("가", "나")


@pytest.mark.parametrize(("tokenizer", "same"), [(bert, True), (e5, True), (gpt2, False)])
def test_who_reads_both_forms_alike(tokenizer, same):
    nfc, nfd = (cut_by(tokenizer())(form.text).ids for form in forms_of("나는 좋은 소설을 읽었다."))
    assert (nfc == nfd) is same


def test_boundaries_lie_inside_words_and_some_inside_syllables():
    found = (
        Morpheme("나", "NP", 0, 1),
        Morpheme("는", "JX", 1, 2),
        Morpheme("집", "NNG", 3, 4),
        Morpheme("에", "JKB", 4, 5),
        Morpheme("가", "VV", 6, 7),
        Morpheme("았", "EP", 6, 7),
        Morpheme("다", "EF", 7, 8),
    )
    boundaries = find_boundaries("나는 집에 갔다", found)
    assert boundaries.between == {1, 4, 7}
    assert boundaries.within == 1


def test_cuts_at_spaces_do_not_count():
    text = "나는 소설을"
    found = compare({"e5": cut_by(e5())(text), "gpt2": cut_by(gpt2())(text)})
    assert cuts_inside_words(text, found.rows[0]) == {4, 5}


def test_hangul_is_recognised():
    assert has_hangul("I read 소설")
    assert not has_hangul("I read ㅋ")


def test_the_analyser_is_asked_only_where_it_is_installed(monkeypatch):
    monkeypatch.setattr(morphemes, "find_spec", lambda _name: None)
    assert not morphemes.can_split()


def test_what_the_analyser_says_is_taken_over(monkeypatch):
    module = ModuleType("kiwipiepy")

    class Kiwi:
        def tokenize(self, text):
            return [SimpleNamespace(form=text, tag="NNG", start=0, len=len(text))]

    module.Kiwi = Kiwi
    monkeypatch.setitem(sys.modules, "kiwipiepy", module)
    morphemes._analyser.cache_clear()
    assert morphemes.split_morphemes("소설") == (Morpheme("소설", "NNG", 0, 2),)
    morphemes._analyser.cache_clear()
