"""A sentence that was found is written as Markdown: what is bold there is the word, whatever stands beside it."""

from __future__ import annotations

import re

import pytest
from markdown_it import MarkdownIt

from components.attention.corpus_search import Match
from components.attention.views.neighbours import write_line


@pytest.mark.parametrize(
    ("sentence", "word"),
    [
        ("Madrid, and Rome.", ","),
        ("It is Rome.", "."),
        ("They don't know.", "'"),
        ("The cat sat.", "The"),
        ("고양이는 잔다.", "는"),
        ("Two * stars.", "*"),
    ],
)
@pytest.mark.parametrize("is_same", [False, True])
def test_a_word_is_bold_beside_letters_and_punctuation(sentence, word, is_same):
    start = sentence.index(word)
    place = start, start + len(word)
    other = place if is_same else (sentence.index(" "), sentence.index(" ") + 2)
    html = MarkdownIt().render(write_line(Match(sentence, place, other, 0.5, 0.9)))
    [bold] = re.findall(r"<strong>(.*?)</strong>", html)
    shown = bold.replace("\N{WORD JOINER}", "")
    assert (shown == f":blue-background[{word}]") if is_same else (shown == word)
