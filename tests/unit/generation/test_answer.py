"""Answers: what they hold while they grow, and the tree of those to one prompt."""

import math
from dataclasses import replace

import pytest

from components.engines.contract import Candidate, Finished, Request, Token
from components.generation.answer import Answer, family, perplexity, tree_of
from components.generation.branches import alternative

REQUEST = Request(prompt="Star Trek")


def token(text, token_id, logprob=-1.0):
    return Token(text, token_id, logprob, 2.0, (Candidate(text, token_id, logprob), Candidate("x", 99, -3.0)))


def answer(*texts, request=REQUEST, parent=None, at=0, model="m"):
    made = Answer("transformers", model, request, parent=parent, at=at)
    for number, text in enumerate(texts):
        made.add(token(text, number))
    return made


def test_the_text_grows_with_the_tokens():
    made = answer(" is", " a")
    assert (made.text, made.token_ids) == (" is a", (0, 1))
    assert made.transcript.finish is None
    made.add(Finished("length"))
    assert made.transcript.finish == "length"


def test_an_engine_that_names_no_ids_gives_none():
    made = answer(" is")
    made.add(Token(" a"))
    assert made.token_ids is None


def test_perplexity_is_a_fair_choice_among_that_many():
    assert perplexity([token("a", 0, -math.log(8))] * 5) == pytest.approx(8)
    assert perplexity([Token("a")]) is None


def test_tokens_it_goes_on_from_keep_what_was_measured():
    old = answer(" is", " a")
    new = Answer("transformers", "m", REQUEST, known=tuple(old.tokens))
    for each in old.tokens:
        new.add(Token(each.text, each.id, given=True))
    assert [each.logprob for each in new.tokens] == [-1.0, -1.0]
    assert all(each.given for each in new.tokens)


def test_another_token_takes_its_chance_from_the_candidates():
    old = token(" is", 0)
    assert alternative(old, 99).logprob == -3.0
    assert alternative(old, 7).logprob is None


def test_answers_to_one_prompt_stand_in_one_tree():
    trunk = answer(" is", " a", " series")
    branch = answer(" is", " an", " epic", parent=trunk, at=1)
    other = answer(" x", request=Request(prompt="Star Wars"))
    elsewhere = answer(" y", model="n")
    found = family([trunk, other, branch, elsewhere], branch)
    assert found == [trunk, branch]
    tree = tree_of(found)
    assert [each.parent for each in tree.branches] == [None, 0]
    assert tree.branches[1].text == " is an epic"


def test_an_answer_stopped_before_its_own_token_stands_in_no_tree():
    trunk = answer(" is", " a")
    stopped = answer(" is", parent=trunk, at=1)
    assert family([trunk, stopped], trunk) == [trunk]


def test_settings_make_no_other_subject():
    hot = answer(" is", request=replace(REQUEST, temperature=2.0, seed=4))
    assert hot.continues(answer(" is"))
