"""The letters of a text are counted, and what is exported is what was counted."""

from __future__ import annotations

import runpy

import pytest

from components.CONCEPT.counts import LetterCount, count_letters
from components.CONCEPT.export import NOTEBOOK, result, script


def test_upper_and_lower_case_are_one_letter_and_the_rest_is_left_out():
    assert count_letters("Bb a1!") == (LetterCount("b", 2, 2 / 3), LetterCount("a", 1, 1 / 3))


def test_of_equally_frequent_letters_the_alphabet_decides():
    assert [each.letter for each in count_letters("zebra bear zoo")] == ["a", "b", "e", "o", "r", "z"]


@pytest.mark.parametrize("text", ["", "42", " \n"])
def test_a_text_without_letters_has_no_counts(text):
    assert count_letters(text) == ()


def test_the_notebook_recomputes_the_result(tmp_path):
    text = "Zürich's “naïve” 한글 🙂"
    exported = tmp_path / NOTEBOOK.name
    exported.write_text(script(text), encoding="utf-8")
    assert runpy.run_path(str(exported))["result"] == result(count_letters(text))
