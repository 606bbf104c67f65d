"""Answers: what they hold while they grow, another token at one place, and the tree of those to one prompt."""

import math
from dataclasses import replace

import pytest

from components.engines.contract import Candidate, Finished, Request, Token
from components.generation.answer import Answer, closest_call, family, perplexity, tree_of
from components.generation.branches import BranchTree, alternative, branch_off, go_on
from tests.unit.engines.streams import ids, run, text, tokens

REQUEST = Request(prompt="Star Trek")
HELLO = Request(prompt="Hello", strategy="greedy", max_new_tokens=6)


def token(text, token_id, logprob=-1.0):
    return Token(text, token_id, logprob, 2.0, (Candidate(text, token_id, logprob), Candidate("x", 99, -3.0)))


def answer(*texts, request=REQUEST, parent=None, at=0, model="m"):
    made = Answer("transformers", model, request, parent=parent, at=at)
    for number, written in enumerate(texts):
        made.add(token(written, number))
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


def test_a_branch_keeps_what_came_before_and_takes_the_alternative(engine):
    gpt2 = engine("gpt2")
    first = tokens(run(gpt2, HELLO))
    other = first[2].candidates[1].id
    branched = tokens(run(gpt2, branch_off(HELLO, first, at=2, alternative=other)))
    assert [token.id for token in branched[:3]] == [first[0].id, first[1].id, other]
    assert [token.given for token in branched] == [True] * 3 + [False] * 6
    tree = BranchTree().grow(first).grow(branched, parent=0, at=2)
    grown = tree.branches[1].tokens
    assert [token.logprob for token in grown[:3]] == [
        first[0].logprob, first[1].logprob, first[2].candidates[1].logprob,
    ]  # fmt: skip
    assert grown[2].candidates == first[2].candidates
    assert grown[3:] == tuple(branched[3:])


def test_a_branch_of_a_branch(engine):
    gpt2 = engine("gpt2")
    first = tokens(run(gpt2, HELLO))
    second = tokens(run(gpt2, branch_off(HELLO, first, at=2, alternative=7)))
    third = tokens(run(gpt2, branch_off(HELLO, second, at=4, alternative=9)))
    tree = BranchTree().grow(first).grow(second, parent=0, at=2).grow(third, parent=1, at=4)
    assert [token.id for token in third[:5]] == [*[token.id for token in second[:4]], 9]
    assert list(tree.children(None)) == [0]
    assert list(tree.children(0)) == [1]
    assert list(tree.children(1)) == [2]
    assert None not in [token.entropy for token in tree.branches[2].tokens]


def test_an_answer_goes_on_where_it_ended(engine):
    gpt2 = engine("gpt2")
    first = run(gpt2, HELLO)
    longer = run(gpt2, go_on(HELLO, tokens(first)))
    assert ids(longer)[:6] == ids(first)
    assert len(ids(longer)) == 12
    assert text(longer).startswith(text(first))


def test_an_alternative_that_was_not_reported_has_no_probability():
    old = Token("a", 1, -0.5, 1.0, (Candidate("a", 1, -0.5),))
    tree = BranchTree().grow([old]).grow([Token("z", 26, given=True)], parent=0, at=0)
    assert (tree.branches[1].tokens[0].logprob, tree.branches[1].tokens[0].entropy) == (None, 1.0)


def test_tokens_without_ids_can_not_be_carried_over():
    with pytest.raises(ValueError, match="continue from its text"):
        go_on(HELLO, [Token("a", 1), Token("b")])


@pytest.mark.parametrize(("parent", "at"), [(1, 0), (-1, 0), (0, 1), (0, -1)])
def test_a_branch_needs_a_place_to_leave_from(parent, at):
    with pytest.raises(ValueError, match="branch"):
        BranchTree().grow([Token("a", 1)]).grow([Token("b", 2)], parent=parent, at=at)


def made_of(*steps, parent=None, at=0):
    """Return an answer; of each step the token taken, the other one, and the logarithm of that one's probability."""
    made = Answer("transformers", "m", REQUEST, parent=parent, at=at)
    for taken, other, logprob in steps:
        candidates = (Candidate("t", taken, -0.1), Candidate("o", other, logprob))
        made.add(Token("t", taken, -0.1, 1.0, candidates))
    return made


def test_the_closest_call_is_the_likeliest_token_that_was_not_taken():
    place, other = closest_call(made_of((1, 2, -3.0), (3, 4, -0.5), (5, 6, -0.5)))
    assert (place, other.id) == (1, 4)


def test_the_closest_call_of_a_branch_is_after_the_place_where_it_left():
    steps = ((1, 2, -0.5), (3, 4, -0.6), (5, 6, -3.0))
    place, other = closest_call(made_of(*steps, parent=answer(" a"), at=1))
    assert (place, other.id) == (2, 6)


def test_there_is_no_closest_call_without_ids_or_candidates():
    unknown = Answer("openai", "m", REQUEST)
    unknown.add(Token("a", None, -1.0, None, (Candidate("b", 2, -1.0),)))
    assert closest_call(unknown) is None
    assert closest_call(made_of()) is None
