"""Another token at one place, and the tree of what comes of it."""

import pytest

from components.engines.contract import Candidate, Request, Token
from components.generation.branches import BranchTree, branch_off, go_on
from tests.unit.engines.streams import ids, run, text, tokens

REQUEST = Request(prompt="Hello", strategy="greedy", max_new_tokens=6)


def test_a_branch_keeps_what_came_before_and_takes_the_alternative(engine):
    gpt2 = engine("gpt2")
    first = tokens(run(gpt2, REQUEST))
    other = first[2].candidates[1].id
    branched = tokens(run(gpt2, branch_off(REQUEST, first, at=2, alternative=other)))
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
    first = tokens(run(gpt2, REQUEST))
    second = tokens(run(gpt2, branch_off(REQUEST, first, at=2, alternative=7)))
    third = tokens(run(gpt2, branch_off(REQUEST, second, at=4, alternative=9)))
    tree = BranchTree().grow(first).grow(second, parent=0, at=2).grow(third, parent=1, at=4)
    assert [token.id for token in third[:5]] == [*[token.id for token in second[:4]], 9]
    assert list(tree.children(None)) == [0]
    assert list(tree.children(0)) == [1]
    assert list(tree.children(1)) == [2]
    assert None not in [token.entropy for token in tree.branches[2].tokens]


def test_an_answer_goes_on_where_it_ended(engine):
    gpt2 = engine("gpt2")
    first = run(gpt2, REQUEST)
    longer = run(gpt2, go_on(REQUEST, tokens(first)))
    assert ids(longer)[:6] == ids(first)
    assert len(ids(longer)) == 12
    assert text(longer).startswith(text(first))


def test_an_alternative_that_was_not_reported_has_no_probability():
    old = Token("a", 1, -0.5, 1.0, (Candidate("a", 1, -0.5),))
    tree = BranchTree().grow([old]).grow([Token("z", 26, given=True)], parent=0, at=0)
    assert (tree.branches[1].tokens[0].logprob, tree.branches[1].tokens[0].entropy) == (None, 1.0)


def test_tokens_without_ids_can_not_be_carried_over():
    with pytest.raises(ValueError, match="continue from its text"):
        go_on(REQUEST, [Token("a", 1), Token("b")])


@pytest.mark.parametrize(("parent", "at"), [(1, 0), (-1, 0), (0, 1), (0, -1)])
def test_a_branch_needs_a_place_to_leave_from(parent, at):
    with pytest.raises(ValueError, match="branch"):
        BranchTree().grow([Token("a", 1)]).grow([Token("b", 2)], parent=parent, at=at)
