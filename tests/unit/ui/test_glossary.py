"""A term in a sentence carries its definition, and what is no prose stays as it was."""

from __future__ import annotations

import re

import pytest

from components.core.i18n import LANGUAGES, use
from components.registry import PAGES
from components.ui.glossary import mark_terms, terms, terms_of

CONCEPTS = sorted({entry.concept for entry in PAGES if entry.concept})


def marked(text: str, concept: str = "attention", code: str = "en") -> str:
    """Return the marked sentence with each definition shortened to its anchor: `word<anchor>`."""
    with use(code):
        text = mark_terms(text, concept)
    return re.sub(r"\[((?:\\.|[^\[\]])*):small\[(?:\\.|[^\[\]])*\]\]\(#term-([a-z0-9-]+)\)", r"\1<\2>", text)


def test_the_first_mention_carries_the_definition():
    with use("en"):
        assert "softmax:small[ The formula" in mark_terms("Here softmax is used.", "attention")
    assert marked("A softmax, and once more softmax.") == "A softmax<softmax>, and once more softmax."


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Shares of a row", "Shares<attention-share> of a row"),
        ("Each **attention head** looks", "Each **attention head**<attention-head> looks"),
        ("**A head** is", "**A head** is"),
        ("a headline, a monkey, multi-head", "a headline, a monkey, multi-head"),
    ],
)
def test_words_are_found_in_a_sentence(sentence, expected):
    assert marked(sentence) == expected


@pytest.mark.parametrize(
    "untouched",
    [
        "`softmax`",
        "$softmax$",
        "[softmax](https://x.example)",
        "# softmax",
        ":material/head:",
        "https://softmax.example",
    ],
)
def test_what_is_no_prose_stays(untouched):
    assert marked(untouched) == untouched


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("소프트맥스가 바꿔요", "소프트맥스<softmax>가 바꿔요"),
        ("**쿼리**와 키", "**쿼리**<query-key-value>와 키"),
        ("헤드라인", "헤드라인"),
    ],
)
def test_a_korean_particle_may_follow(sentence, expected):
    assert marked(sentence, code="ko") == expected


def test_a_word_is_marked_only_where_it_has_this_meaning():
    assert marked("the query", "attention") == "the query<query-key-value>"
    assert marked("the query", "embeddings") == "the query<search-query>"
    assert marked("He opened it with his key", "masked_language") == "He opened it with his key"


def test_a_term_that_gives_the_answer_away_is_left_out():
    with use("en"):
        assert mark_terms("softmax", "attention", leave_out={"term-softmax"}) == "softmax"


def test_brackets_and_markup_in_a_definition_stay_text():
    with use("en"):
        text = mark_terms("[CLS] begins", "tokenizer")
    assert text.startswith(r"[\[CLS\]:small[ ")
    assert text.endswith("](#term-cls) begins")


@pytest.mark.parametrize("concept", [entry.concept for entry in PAGES if entry.concept and not entry.is_draft])
def test_every_page_has_terms(concept):
    assert terms_of(concept), f"write {concept!r} into the `concepts` of its words, components/ui/glossary.toml"


def test_addresses_differ_and_so_do_the_spellings_of_one_page():
    anchors = [term.anchor for term in terms()]
    assert len(set(anchors)) == len(anchors)
    for concept in CONCEPTS:
        for code in LANGUAGES:
            spellings = [each.casefold() for term in terms_of(concept) for each in set(term.spellings(code))]
            assert len(set(spellings)) == len(spellings), (concept, code)


def test_concepts_are_pages():
    for term in terms():
        assert set(term.concepts) <= set(CONCEPTS), term.word
