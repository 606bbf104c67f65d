import numpy as np
import pytest

from components.positional.learned import learned
from components.positional.settings import OutOfBounds, TableTooShort

TABLE = np.random.default_rng(0).normal(size=(30, 6)).astype(np.float16)


def test_the_weights_are_shown_unscaled():
    shown = learned(TABLE, length=10)
    np.testing.assert_array_equal(shown.matrix, TABLE[:10])
    assert shown.matrix.dtype == np.float64
    assert shown.table_length == 30
    np.testing.assert_allclose(shown.norms, np.sqrt((TABLE[:10].astype(float) ** 2).sum(axis=1)))


def test_large_half_precision_weights_do_not_overflow():
    shown = learned(np.full((4, 4), 60_000, dtype=np.float16), length=4)
    np.testing.assert_allclose(shown.norms, 2 * 59_968.0, rtol=1e-3)
    np.testing.assert_allclose(shown.similarity, 1)


def test_a_learned_table_cannot_be_continued():
    with pytest.raises(TableTooShort, match="learned 30 positions and no more"):
        learned(TABLE, length=31)


def test_an_empty_piece_of_a_table_is_refused():
    with pytest.raises(OutOfBounds):
        learned(TABLE, length=0)
