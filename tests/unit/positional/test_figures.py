"""What the charts say and how heavy they are; how they look is for eyes."""

import numpy as np
import pytest

from components.positional import figures
from components.positional.claims import rotation_matrix
from components.positional.order import OrderEffect
from components.positional.rotary import random_vectors, rotary_scores
from components.positional.schemes import alibi_encoding, learned_encoding, rotary_encoding, sinusoidal_encoding
from components.positional.settings import D_MODEL_MAX_DIMENSIONS, LENGTH_MAX_POSITIONS
from components.positional.sinusoidal import follow_dimension, sinusoidal

WAVES = {"d_model": 16, "length": 20, "base": 10_000, "layout": "interleaved"}
MOST = {"d_model": D_MODEL_MAX_DIMENSIONS, "length": LENGTH_MAX_POSITIONS, "base": 10_000, "layout": "interleaved"}
MOST_BYTES = 2_000_000
TABLE = np.random.default_rng(0).normal(size=(20, 8))


def test_hovering_a_cell_tells_dimension_frequency_and_wavelength():
    encoding = sinusoidal_encoding(**WAVES)
    [trace] = figures.draw_table(encoding).figure.data
    assert f"{encoding.wavelengths[5]:,.4g} positions" in trace.x[5]
    assert f"{encoding.frequencies[5]:.4g} radians" in trace.x[5]
    assert all(part in trace.hovertemplate for part in ("%{x}", "%{y}", "%{z"))
    np.testing.assert_allclose(trace.z, encoding.matrix, atol=1e-6)


@pytest.mark.parametrize(
    "encoding",
    [
        sinusoidal_encoding(**WAVES),
        learned_encoding(TABLE, length=20),
        rotary_encoding(**WAVES),
        alibi_encoding(heads=4, length=20, head=0),
        learned_encoding(np.zeros((20, 8)), length=20),
    ],
    ids=["sinusoidal", "learned", "rotary", "alibi", "all zero"],
)
def test_signed_values_get_a_scale_that_is_centred_on_zero(encoding):
    [trace] = figures.draw_table(encoding).figure.data
    assert trace.zmin == -trace.zmax < 0
    assert trace.autocolorscale


def test_a_few_large_weights_do_not_bleach_a_learned_table():
    table = np.random.default_rng(0).normal(size=(64, 64))
    table[0, 0] = 1000
    [trace] = figures.draw_table(learned_encoding(table, length=64)).figure.data
    assert trace.zmax < 100
    assert trace.z.max() == 1000


def test_the_largest_table_is_thinned_evenly_and_stays_light():
    encoding = sinusoidal_encoding(**MOST)
    figure = figures.draw_table(encoding).figure
    assert len(figure.to_json()) < MOST_BYTES
    [trace] = figure.data
    assert list(trace.y[:3]) == [0, 2, 4]
    np.testing.assert_allclose(trace.z, encoding.matrix[::2, ::2], atol=1e-6)


def test_every_other_chart_of_the_largest_table_is_light_too():
    encoding = sinusoidal_encoding(**MOST)
    waves = sinusoidal(**MOST)
    query, key = random_vectors(MOST["d_model"], seed=0)
    matrix = rotation_matrix(5, d_model=MOST["d_model"], base=10_000, layout="interleaved")
    drawn = [
        figures.draw_waves([follow_dimension(waves, dimension) for dimension in range(6)], position=3),
        figures.draw_columns(encoding, range(6), position=3),
        figures.draw_vector(encoding, 3),
        figures.draw_dials(encoding, "interleaved", position=3),
        figures.draw_rotation(matrix, "interleaved", offset=5),
        figures.draw_similarity(encoding, rise=44),
        figures.draw_pairs(encoding, "title"),
        figures.draw_products(rotary_scores(query, key, length=MOST["length"])),
    ]
    assert max(len(chart.figure.to_json()) for chart in drawn) < MOST_BYTES
    assert all(chart.alt for chart in drawn)


@pytest.mark.parametrize("layout", ["interleaved", "concatenated"])
def test_a_hand_points_to_the_two_numbers_of_its_pair(layout):
    encoding = sinusoidal_encoding(**WAVES | {"layout": layout})
    hands = figures.draw_dials(encoding, layout, position=1).figure.data[0]
    assert hands.x[1] - hands.x[0] == pytest.approx(np.sin(1))
    assert hands.y[1] == pytest.approx(np.cos(1))


@pytest.mark.parametrize("layout", ["interleaved", "concatenated"])
def test_the_shown_part_of_a_shift_keeps_pairs_together(layout):
    whole = rotation_matrix(3, d_model=128, base=100, layout=layout)
    [trace] = figures.draw_rotation(whole, layout, offset=3).figure.data
    shown = trace.x.astype(int)
    assert len(shown) == 32
    np.testing.assert_allclose(trace.z, whole[np.ix_(shown, shown)], atol=1e-6)
    # A pair cut in two would leave a row that is no longer of length 1.
    np.testing.assert_allclose(np.linalg.norm(trace.z, axis=1), 1, atol=1e-6)


def test_a_matrix_smaller_than_the_part_is_shown_whole():
    whole = rotation_matrix(3, d_model=4, base=100, layout="interleaved")
    assert figures.draw_rotation(whole, "interleaved", offset=3).figure.data[0].z.shape == (4, 4)


def test_two_tokens_of_the_same_word_get_two_bars():
    effect = OrderEffect(order=np.arange(3), with_positions=np.ones(3), without_positions=np.zeros(3))
    with_positions, _without = figures.draw_order(effect, ["the", "the", "end"]).figure.data
    assert len(set(with_positions.x)) == 3


def test_the_first_rise_is_marked_and_named():
    encoding = sinusoidal_encoding(d_model=128, length=64, base=10_000, layout="interleaved")
    chart = figures.draw_similarity(encoding, rise=12)
    assert "offset 12" in chart.figure.layout.annotations[0].text
    assert "First rise: 12" in chart.alt
    assert "First rise: none" in figures.draw_similarity(encoding, rise=None).alt
