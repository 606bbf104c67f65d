import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.positional import claims
from components.positional.rotary import random_vectors, rotary_scores
from components.positional.rotation import best_rotation, rotation_matrix, shift
from components.positional.similarity import by_offset, cosine_similarity
from components.positional.sinusoidal import sinusoidal

settings = {
    "d_model": st.integers(1, 48).map(lambda half: 2 * half),
    "length": st.integers(3, 80),
    "base": st.floats(2, 1_000_000),
    "layout": st.sampled_from(["interleaved", "concatenated"]),
}


def similarity(table):
    return by_offset(cosine_similarity(table)).mean


def random_table(length=40, d_model=16, seed=0):
    """As a freshly initialised learned table: small and without any order."""
    return np.random.default_rng(seed).normal(scale=0.02, size=(length, d_model))


@given(**settings)
def test_every_exact_claim_holds_for_every_sinusoidal_table(d_model, length, base, layout):
    table = sinusoidal(d_model=d_model, length=length, base=base, layout=layout).matrix
    matrix = rotation_matrix(2, d_model=d_model, base=base, layout=layout)
    assert claims.norm_is_constant(table).holds
    assert claims.dot_depends_on_offset(table).holds
    assert claims.shift_is_rotation(shift(table, 2, matrix=matrix)).holds
    assert claims.wavelengths_are_geometric(table, base=base, layout=layout).holds


def test_every_exact_claim_fails_for_a_table_that_is_not_sinusoidal():
    table = random_table()
    assert claims.norm_is_constant(table).holds is False
    assert claims.dot_depends_on_offset(table).holds is False
    assert claims.shift_is_rotation(shift(table, 2, matrix=best_rotation(table, 2))).holds is False
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
    assert claims.shift_is_rotation(shift(table, 1, matrix=matrix)).holds is False


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
