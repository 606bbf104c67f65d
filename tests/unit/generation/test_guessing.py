"""The game of the next word: which words are hidden, and who had them."""

import math

from hypothesis import given
from hypothesis import strategies as st

from components.engines.scoring import Guess
from components.generation.guessing import FIRST_WORD, PASSAGES, Played, Round, rounds, score


def guessed(rank, probability):
    return Guess(pieces=(1,), probability=probability, rank=rank, first=probability, candidates=())


def played(typed, word, *, rank):
    return Played(Round("before", word), typed, guessed(9, 0.1), guessed(rank, 0.25))


def test_every_word_after_the_first_ones_is_hidden_once():
    found = rounds(PASSAGES[0])
    assert found[0].before == "The old captain"
    assert [each.word for each in found[:2]] == ["looked", "at"]
    assert found[-1].word == "storm"
    assert len(found) == len(PASSAGES[0].split()) - FIRST_WORD


@given(st.text())
def test_the_text_before_a_word_is_the_text(passage):
    for each in rounds(passage):
        assert passage.startswith(each.before)
        assert each.word in passage[len(each.before) :]
        assert each.word


def test_a_hit_does_not_mind_case_or_spaces():
    assert played(" Storm ", "storm", rank=3).hit
    assert not played("rain", "storm", rank=3).hit


def test_the_score_counts_both_players_and_their_bits():
    total = score([played("a", "a", rank=1), played("b", "a", rank=5)])
    assert (total.words, total.hits, total.model_hits) == (2, 1, 1)
    assert math.isclose(total.bits, 2.0)
