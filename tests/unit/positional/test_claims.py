import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.positional import claims
from components.positional.claims import best_rotation, check_claims, measure_shift, rotation_matrix
from components.positional.rotary import random_vectors, rotary_scores
from components.positional.schemes import alibi_encoding, learned_encoding, rotary_encoding, sinusoidal_encoding
from components.positional.settings import OutOfBounds
from components.positional.similarity import cosine_similarity, summarize_by_offset
from components.positional.sinusoidal import sinusoidal

settings = {
    "d_model": st.integers(1, 48).map(lambda half: 2 * half),
    "length": st.integers(3, 80),
    "base": st.floats(2, 1_000_000),
    "layout": st.sampled_from(["interleaved", "concatenated"]),
}


def similarity(table):
    return summarize_by_offset(cosine_similarity(table)).mean


def random_table(length=40, d_model=16, seed=0):
    """As a freshly initialised learned table: small and without any order."""
    return np.random.default_rng(seed).normal(scale=0.02, size=(length, d_model))


@given(**settings)
def test_every_exact_claim_holds_for_every_sinusoidal_table(d_model, length, base, layout):
    table = sinusoidal(d_model=d_model, length=length, base=base, layout=layout).matrix
    matrix = rotation_matrix(2, d_model=d_model, base=base, layout=layout)
    assert claims.norm_is_constant(table).holds
    assert claims.dot_depends_on_offset(table).holds
    assert claims.shift_is_rotation(measure_shift(table, 2, matrix=matrix)).holds
    assert claims.wavelengths_are_geometric(table, base=base, layout=layout).holds


def test_every_exact_claim_fails_for_a_table_that_is_not_sinusoidal():
    table = random_table()
    assert claims.norm_is_constant(table).holds is False
    assert claims.dot_depends_on_offset(table).holds is False
    assert claims.shift_is_rotation(measure_shift(table, 2, matrix=best_rotation(table, 2))).holds is False
    assert claims.wavelengths_are_geometric(table, base=10_000.0, layout="interleaved").holds is False


def test_a_table_that_is_only_rescaled_fails_the_norm_alone():
    table = 2 * sinusoidal(d_model=16, length=40).matrix
    assert claims.norm_is_constant(table).holds is False
    assert claims.norm_is_constant(table).measured == pytest.approx(2 * np.sqrt(8))
    assert claims.dot_depends_on_offset(table).holds


def test_one_wrong_entry_turns_the_claims_red():
    table = sinusoidal(d_model=16, length=40).matrix
    table[20, 3] += 1e-6
    matrix = rotation_matrix(1, d_model=16, base=10_000.0, layout="interleaved")
    assert claims.norm_is_constant(table).holds is False
    assert claims.dot_depends_on_offset(table).holds is False
    assert claims.shift_is_rotation(measure_shift(table, 1, matrix=matrix)).holds is False


def test_wavelengths_read_with_the_other_layout_are_wrong():
    table = sinusoidal(d_model=16, length=40, layout="concatenated").matrix
    assert claims.wavelengths_are_geometric(table, base=10_000.0, layout="concatenated").holds
    assert claims.wavelengths_are_geometric(table, base=10_000.0, layout="interleaved").holds is False


@pytest.mark.parametrize(("d_model", "longest"), [(4, 628.3), (64, 47_117), (128, 54_410), (512, 60_611.5)])
def test_the_longest_wavelength_is_not_two_pi_times_the_base(d_model, longest):
    claim = claims.wavelengths_are_geometric(
        sinusoidal(d_model=d_model, length=10).matrix, base=10_000.0, layout="interleaved"
    )
    assert claim.measured == pytest.approx(longest, rel=1e-4)
    assert claim.measured < 2 * np.pi * 10_000 * 0.97


@pytest.mark.parametrize(("d_model", "length", "rise"), [(128, 64, 12), (512, 100, 44)])
def test_similarity_first_rises_where_a_loop_over_cosines_says(d_model, length, rise):
    frequencies = [10_000 ** (-2 * i / d_model) for i in range(d_model // 2)]
    curve = [sum(np.cos(w * k) for w in frequencies) for k in range(length)]
    by_hand = next(k for k in range(1, length) if curve[k] > curve[k - 1])
    claim = claims.similarity_is_not_monotone(similarity(sinusoidal(d_model=d_model, length=length).matrix))
    assert claim.holds is True
    assert claim.measured == by_hand == rise


def test_a_table_too_short_for_a_rise_decides_nothing():
    claim = claims.similarity_is_not_monotone(similarity(sinusoidal(d_model=128, length=12).matrix))
    assert claim.holds is None
    assert np.isnan(claim.measured)


def test_a_turned_query_keeps_its_length_and_a_stretched_one_does_not():
    query, key = random_vectors(16, seed=0)
    turned = rotary_scores(query, key, length=20).rotated_query
    assert claims.turning_keeps_length(turned, before=1.0).holds
    assert claims.turning_keeps_length(turned * np.linspace(1, 1.01, 20)[:, None], before=1.0).holds is False


def test_a_product_with_one_position_out_of_step_depends_on_more_than_the_offset():
    query, key = random_vectors(16, seed=0)
    scores = rotary_scores(query, key, length=20).scores
    assert claims.depends_on_offset(scores, code="turned_offset").holds
    scores[3, 9] += 1e-6
    assert claims.depends_on_offset(scores, code="turned_offset").holds is False


def test_two_positions_decide_nothing_about_offsets():
    assert claims.dot_depends_on_offset(random_table(length=2)).holds is None


@pytest.mark.parametrize("layout", ["interleaved", "concatenated"])
@pytest.mark.parametrize("offset", [0, 1, 7, 39])
def test_one_matrix_moves_every_position(layout, offset):
    table = sinusoidal(d_model=32, length=40, layout=layout).matrix
    matrix = rotation_matrix(offset, d_model=32, base=10_000.0, layout=layout)
    for position in range(40 - offset):
        np.testing.assert_allclose(matrix @ table[position], table[position + offset], atol=1e-13)
    assert measure_shift(table, offset, matrix=matrix).error < 1e-13


def test_a_rotation_keeps_lengths_and_orientation():
    matrix = rotation_matrix(5, d_model=12, base=100.0, layout="interleaved")
    np.testing.assert_allclose(matrix @ matrix.T, np.eye(12), atol=1e-14)
    assert np.linalg.det(matrix) == pytest.approx(1)


def test_the_transposed_matrix_goes_backwards_and_is_caught():
    table = sinusoidal(d_model=8, length=20).matrix
    matrix = rotation_matrix(3, d_model=8, base=10_000.0, layout="interleaved")
    np.testing.assert_allclose(table[3:] @ matrix, table[:-3], atol=1e-13)
    assert measure_shift(table, 3, matrix=matrix.T).error > 0.1


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


WAVES = {"d_model": 32, "length": 64, "base": 10_000, "layout": "interleaved"}
TABLE = np.random.default_rng(0).normal(scale=0.02, size=(64, 32))


def verdicts(encoding, offset=5, layout="interleaved"):
    checks = check_claims(encoding, offset=offset, base=10_000, layout=layout)
    return {claim.code: claim.holds for claim in checks.claims}


@pytest.mark.parametrize("offset", [0, 1, 63])
@pytest.mark.parametrize("layout", ["interleaved", "concatenated"])
def test_sinusoids_are_green(offset, layout):
    encoding = sinusoidal_encoding(**WAVES | {"layout": layout})
    assert verdicts(encoding, offset, layout) == {
        "norm": True,
        "offset": True,
        "rotation": True,
        "wavelengths": True,
        "not_monotone": True,
    }


def test_a_learned_table_is_red_in_all_exact_claims():
    found = verdicts(learned_encoding(TABLE, length=64))
    assert found.pop("not_monotone") is True
    assert found == {"norm": False, "offset": False, "rotation": False, "wavelengths": False}


@pytest.mark.parametrize("layout", ["interleaved", "concatenated"])
def test_rotary_is_green_and_its_shift_is_the_turn_itself(layout):
    encoding = rotary_encoding(**WAVES | {"layout": layout})
    found = verdicts(encoding, layout=layout)
    assert found == {"turned_norm": True, "turned_offset": True, "rotation": True, "not_monotone": True}


def test_alibi_has_nothing_to_shift():
    checks = check_claims(alibi_encoding(heads=4, length=20, head=0), offset=1, base=10_000, layout="interleaved")
    assert checks.shift is None
    assert [claim.holds for claim in checks.claims] == [True]


def test_settings_that_are_not_the_tables_own_are_found_out():
    checks = check_claims(sinusoidal_encoding(**WAVES), offset=5, base=500, layout="interleaved")
    found = {claim.code: claim.holds for claim in checks.claims}
    assert found["rotation"] is False
    assert found["wavelengths"] is False
    assert found["norm"] is True
