"""The shipped texts and questions: complete, plain, and honest about which questions share words."""

from __future__ import annotations

from collections import Counter

from components.embeddings.bm25 import words
from components.embeddings.corpus import shipped
from components.embeddings.link import LIST
from components.embeddings.wording import THEMES

FUNCTION_WORDS = {"a", "to", "the", "of", "in", "and", "that", "with", "who", "be", "by"}


def test_every_item_is_named_once_and_has_a_known_theme():
    items = shipped().items
    assert len({item.id for item in items}) == len({item.title for item in items}) == len(items) == 80
    assert set(Counter(item.theme for item in items).values()) == {8}
    assert {item.theme for item in items} == THEMES.keys()


def test_no_text_says_the_same_as_another_and_all_are_short():
    texts = shipped().texts
    assert len(set(texts)) == len(texts)
    assert all(5 <= len(words(text)) <= 40 for text in texts)
    assert len("\n".join(texts)) < LIST.most_chars  # could be pasted as it is


def test_every_answer_of_a_question_is_an_item():
    corpus = shipped()
    known = {item.id for item in corpus.items}
    for question in corpus.questions:
        assert question.relevant
        assert set(question.relevant) <= known, question.text


def test_questions_share_words_with_their_answer_exactly_if_they_say_so():
    corpus = shipped()
    for question in corpus.questions:
        for item_id in question.relevant:
            item = corpus.items[corpus.place(item_id)]
            shared = set(words(question.text)) & set(words(item.text)) - FUNCTION_WORDS
            assert bool(shared) == (question.words == "same"), (question.text, shared)


def test_both_kinds_of_questions_are_equally_many():
    assert Counter(question.words for question in shipped().questions) == {"same": 12, "other": 12}
