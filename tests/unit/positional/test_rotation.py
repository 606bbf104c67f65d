import numpy as np
import pytest

from components.positional.rotation import best_rotation, rotation_matrix, shift
from components.positional.settings import OutOfBounds
from components.positional.sinusoidal import sinusoidal


@pytest.mark.parametrize("layout", ["interleaved", "concatenated"])
@pytest.mark.parametrize("offset", [0, 1, 7, 39])
def test_one_matrix_moves_every_position(layout, offset):
    table = sinusoidal(d_model=32, length=40, layout=layout).matrix
    matrix = rotation_matrix(offset, d_model=32, base=10_000.0, layout=layout)
    for position in range(40 - offset):
        np.testing.assert_allclose(matrix @ table[position], table[position + offset], atol=1e-13)
    assert shift(table, offset, matrix=matrix).error < 1e-13


def test_a_rotation_keeps_lengths_and_orientation():
    matrix = rotation_matrix(5, d_model=12, base=100.0, layout="interleaved")
    np.testing.assert_allclose(matrix @ matrix.T, np.eye(12), atol=1e-14)
    assert np.linalg.det(matrix) == pytest.approx(1)


def test_the_transposed_matrix_goes_backwards_and_is_caught():
    table = sinusoidal(d_model=8, length=20).matrix
    matrix = rotation_matrix(3, d_model=8, base=10_000.0, layout="interleaved")
    np.testing.assert_allclose(table[3:] @ matrix, table[:-3], atol=1e-13)
    assert shift(table, 3, matrix=matrix.T).error > 0.1


def test_interleaved_is_block_diagonal_and_concatenated_is_not():
    block = np.kron(np.eye(4), np.ones((2, 2))).astype(bool)
    inside = rotation_matrix(3, d_model=8, base=100.0, layout="interleaved")
    outside = rotation_matrix(3, d_model=8, base=100.0, layout="concatenated")
    assert not inside[~block].any()
    assert outside[~block].any()


@pytest.mark.parametrize("layout", ["interleaved", "concatenated"])
def test_the_fitted_rotation_finds_the_known_one(layout):
    # As many positions as it takes to see every direction: then the best fit is unique and exact.
    table = sinusoidal(d_model=6, length=60, base=50.0, layout=layout).matrix
    known = rotation_matrix(4, d_model=6, base=50.0, layout=layout)
    np.testing.assert_allclose(best_rotation(table, 4), known, atol=1e-9)


def test_no_orthogonal_matrix_fits_better_than_the_fitted_one():
    rng = np.random.default_rng(3)
    table = rng.normal(size=(30, 5))
    fitted = best_rotation(table, 2)
    best = np.linalg.norm(table[2:] - table[:-2] @ fitted.T)
    for _ in range(200):
        other, _ = np.linalg.qr(rng.normal(size=(5, 5)))
        assert np.linalg.norm(table[2:] - table[:-2] @ other.T) >= best


@pytest.mark.parametrize("offset", [-1, 20])
def test_a_shift_that_leaves_no_positions_is_refused(offset):
    table = sinusoidal(d_model=4, length=20).matrix
    with pytest.raises(OutOfBounds, match="from 0 to 19"):
        best_rotation(table, offset)
