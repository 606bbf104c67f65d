"""BERT's puzzle: how many tokens are chosen, what becomes of them, and that a seed decides all of it."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.masked_language.game import corrupt

MASK_ID = 7
VOCABULARY = 1_000


@given(length=st.integers(1, 200), seed=st.integers(0, 9_999))
def test_only_chosen_tokens_change_and_each_as_its_fate_says(length, seed):
    ids = list(range(100, 100 + length))
    eligible = list(range(0, length, 2))
    puzzle = corrupt(ids, eligible, vocabulary=VOCABULARY, mask_id=MASK_ID, seed=seed)
    assert len(puzzle.positions) == max(1, round(0.15 * len(eligible)))
    assert set(puzzle.positions) <= set(eligible)
    fates = dict(zip(puzzle.positions, puzzle.fates, strict=True))
    for position, (before, after) in enumerate(zip(ids, puzzle.ids, strict=True)):
        fate = fates.get(position, "kept")
        assert fate == "replaced" or after == (MASK_ID if fate == "masked" else before)
        assert 0 <= after < max(VOCABULARY, 300)
    assert puzzle == corrupt(ids, eligible, vocabulary=VOCABULARY, mask_id=MASK_ID, seed=seed)


def test_eight_of_ten_are_hidden_one_replaced_one_kept():
    ids = [100] * 10_000
    puzzle = corrupt(ids, range(10_000), vocabulary=VOCABULARY, mask_id=MASK_ID, seed=0)
    counts = Counter(puzzle.fates)
    assert len(puzzle.positions) == 1_500
    assert counts["masked"] / 1_500 == pytest.approx(0.8, abs=0.03)
    assert counts["replaced"] / 1_500 == pytest.approx(0.1, abs=0.025)
    assert counts["kept"] / 1_500 == pytest.approx(0.1, abs=0.025)


def test_another_seed_chooses_others():
    chosen = {corrupt([1] * 100, range(100), vocabulary=9, mask_id=0, seed=seed).positions for seed in range(10)}
    assert len(chosen) == 10


def test_nothing_is_chosen_where_nothing_may_be():
    puzzle = corrupt([1, 2], [], vocabulary=9, mask_id=0, seed=0)
    assert (puzzle.ids, puzzle.positions) == ((1, 2), ())
