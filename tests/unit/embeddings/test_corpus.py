"""The shipped texts and questions, and a visitor's own list."""

from __future__ import annotations

import re
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.embeddings.corpus import (
    LANGUAGES,
    LEAST_ITEMS,
    MOST_ITEM_CHARS,
    MOST_ITEMS,
    parse_list,
    read_shipped,
)
from components.embeddings.link import LIST
from components.embeddings.quality import FIRST, word_order
from components.embeddings.search import Bm25, split_pairs, split_words
from components.embeddings.views.guide import judge_query
from components.embeddings.wording import THEMES

PARTICLES = sorted(
    [
        "은",
        "는",
        "이",
        "가",
        "을",
        "를",
        "의",
        "에",
        "에서",
        "에게",
        "와",
        "과",
        "로",
        "으로",
        "도",
        "만",
        "까지",
        "들",
        "들을",
        "들의",
        "들이",
    ],
    key=len,
    reverse=True,
)
FUNCTION_WORDS = {"a", "to", "the", "of", "in", "and", "that", "with", "who", "be", "by"}


HOSTILE = st.text(alphabet=st.characters(codec=None), max_size=400) | st.sampled_from(
    [
        "\ud800\n\udc00\nx",
        "\x00\n\x00\x00",
        "\u202eabc\n\u2067",
        "Z" + "\u0351" * 900,
        "👨‍👩‍👧\n👨‍👩‍👧\n🙂",
        "\r\r\n\n \t ",
    ]
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_item_is_named_once_and_has_a_known_theme(language):
    items = read_shipped(language).items
    assert len({item.id for item in items}) == len({item.title for item in items}) == len(items) == 80
    assert set(Counter(item.theme for item in items).values()) == {8}
    assert {item.theme for item in items} == THEMES.keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_says_the_same_as_another_and_all_are_short(language):
    texts = read_shipped(language).texts
    assert len(set(texts)) == len(texts)
    assert all(5 <= len(split_words(text)) <= 40 for text in texts)
    assert len("\n".join(texts)) < LIST.most_chars  # could be pasted as it is


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_answer_of_a_question_is_an_item(language):
    corpus = read_shipped(language)
    known = {item.id for item in corpus.items}
    for question in corpus.questions:
        assert question.relevant
        assert set(question.relevant) <= known, question.text


def test_both_languages_tell_the_same_texts_and_ask_the_same():
    english, korean = (read_shipped(language) for language in LANGUAGES)
    assert [(item.id, item.theme) for item in korean.items] == [(item.id, item.theme) for item in english.items]
    asked = [[(each.words, each.relevant) for each in corpus.questions] for corpus in (english, korean)]
    assert asked[0] == asked[1]


def test_korean_is_written_in_korean():
    korean = read_shipped("ko")
    written = [*korean.texts, *(item.title for item in korean.items), *(each.text for each in korean.questions)]
    assert not [text for text in written if not re.fullmatch(r"[가-힣0-9 .,]+", text)]


def test_questions_share_words_with_their_answer_exactly_if_they_say_so():
    corpus = read_shipped()
    for question in corpus.questions:
        for item_id in question.relevant:
            item = corpus.items[corpus.place(item_id)]
            shared = set(split_words(question.text)) & set(split_words(item.text)) - FUNCTION_WORDS
            assert bool(shared) == (question.words == "same"), (question.text, shared)


def test_korean_questions_share_words_whatever_the_particle_exactly_if_they_say_so():
    corpus = read_shipped("ko")
    for question in corpus.questions:
        for item_id in question.relevant:
            text = corpus.items[corpus.place(item_id)].text
            nouns = {_without_particle(word) for word in split_words(question.text)}
            shared = nouns & {_without_particle(word) for word in split_words(text)}
            assert bool(shared) == (question.words == "same"), (question.text, shared)
            if question.words == "other":  # no ending hides a common word: not even two letters are the same
                pairs = set(split_pairs(question.text)) & set(split_pairs(text)) - {"에서"}
                assert not pairs, (question.text, pairs)


def _without_particle(word):
    return next((word[: -len(each)] for each in PARTICLES if word.endswith(each) and word != each), word)


def test_a_particle_hides_words_from_a_search_by_words():
    """What the page says of Korean: words miss some texts that share a noun with the question, pairs find them all."""
    corpus = read_shipped("ko")
    words, pairs = Bm25(corpus.texts), Bm25(corpus.texts, split_pairs)
    same = [(question.text, corpus.place(question.relevant[0])) for question in corpus.questions[:12]]
    missed = [text for text, place in same if words.scores(text)[place] == 0]
    assert missed == ["여자아이들의 축구팀", "학교의 합창단"]
    assert all(place in word_order(pairs, text)[:FIRST] for text, place in same)


def test_both_kinds_of_questions_are_equally_many():
    assert Counter(question.words for question in read_shipped().questions) == {"same": 12, "other": 12}


def test_lines_are_numbered_as_they_stand_in_the_list():
    found = parse_list("one\n\n two \r\nthree").corpus.items
    assert [(item.id, item.text) for item in found] == [("line-1", "one"), ("line-3", "two"), ("line-4", "three")]


def test_a_repeated_line_is_kept_once():
    found = parse_list("a\nb\na\na")
    assert found.corpus.texts == ("a", "b")
    assert found.repeated == 2
    assert found.too_few


def test_lines_beyond_the_most_are_counted_and_left_out():
    found = parse_list("\n".join(f"text {number}" for number in range(MOST_ITEMS + 7)))
    assert len(found.corpus.items) == MOST_ITEMS
    assert found.left_over == 7


def test_a_long_line_loses_its_end_and_keeps_a_short_title():
    found = parse_list("\n".join(["a" * (MOST_ITEM_CHARS + 1), "b", "c"]))
    assert found.cut == 1
    assert len(found.corpus.items[0].text) == MOST_ITEM_CHARS
    assert len(found.corpus.items[0].title) < 40
    assert not found.too_few


def test_separators_that_are_no_line_ends_stay_inside_a_text():
    assert parse_list("a\x0bb\u2028c\x85d\nsecond\nthird").corpus.texts[0] == "a\x0bb\u2028c\x85d"


def test_a_lone_surrogate_is_replaced_and_counted():
    found = parse_list("x\ud800\ny\nz")
    assert found.corpus.texts[0] == "x\ufffd"
    assert found.replaced == 1


@given(HOSTILE)
def test_whatever_is_pasted_gives_texts_that_can_be_written(text):
    found = parse_list(text)
    assert len(found.corpus.items) <= MOST_ITEMS
    assert found.too_few == (len(found.corpus.items) < LEAST_ITEMS)
    for item in found.corpus.items:
        assert item.text == item.text.strip()
        assert item.text.encode()
        assert item.title
    assert len(set(found.corpus.texts)) == len(found.corpus.texts)


TEXTS = ["the red apple", "one pear", "a car", "some boat"]
ITEMS = np.eye(4)


def attempt(question, asked, wanted=0):
    return judge_query(question, wanted, items=ITEMS, asked=np.array([asked]), words=Bm25(TEXTS), metric="cosine")


def test_an_attempt_without_a_common_word_among_the_first_is_right():
    found = attempt("fruit", [0.5, 0.6, 0.7, 0.1])
    assert (found.shared, found.rank, found.solved) == ((), 3, True)


def test_a_common_word_spoils_it():
    found = attempt("The fruit", [1.0, 0.0, 0.0, 0.0])
    assert (found.shared, found.rank, found.solved) == (("the",), 1, False)


def test_a_late_rank_is_not_enough():
    assert not attempt("fruit", [0.0, 0.6, 0.7, 0.1]).solved
