"""What the charts say and how heavy they are; how they look is for eyes."""

import numpy as np
import pytest

from components.positional import figures
from components.positional.order import OrderEffect
from components.positional.rotary import random_vectors, rotary_scores
from components.positional.schemes import rotary_encoding, sinusoidal_encoding
from components.positional.settings import D_MODEL_MAX_DIMENSIONS, LENGTH_MAX_POSITIONS
from components.positional.sinusoidal import follow_dimension, sinusoidal

WAVES = {"d_model": 16, "length": 20, "base": 10_000, "layout": "interleaved"}
MOST = {"d_model": D_MODEL_MAX_DIMENSIONS, "length": LENGTH_MAX_POSITIONS, "base": 10_000, "layout": "interleaved"}
MOST_BYTES = 2_000_000


def test_every_chart_of_the_largest_table_is_light():
    encoding = sinusoidal_encoding(**MOST)
    waves = sinusoidal(**MOST)
    query, key = random_vectors(MOST["d_model"], seed=0)
    drawn = [
        figures.draw_waves([follow_dimension(waves, dimension) for dimension in range(6)], position=3),
        figures.draw_columns(encoding, range(6), position=3),
        figures.draw_vector(encoding, 3),
        figures.draw_dials(encoding, "interleaved", position=3),
        figures.draw_similarity(encoding, rise=44),
        figures.draw_products(rotary_scores(query, key, length=MOST["length"])),
    ]
    assert max(len(chart.figure.to_json()) for chart in drawn) < MOST_BYTES
    assert all(chart.alt for chart in drawn)


def test_a_wave_has_a_dot_at_each_whole_position_and_no_other():
    """A dot that has no size costs the browser as much as one that is seen."""
    waves = sinusoidal(**WAVES)
    dots, line = figures.draw_waves([follow_dimension(waves, 0)], position=3).figure.data
    assert (dots.mode, line.mode) == ("markers", "lines")
    assert dots.x.tolist() == list(range(WAVES["length"]))
    assert dots.y == pytest.approx(waves.matrix[:, 0])
    assert len(line.x) > len(dots.x)


def test_rotated_columns_name_their_wavelength_and_share_an_axis():
    chart = figures.draw_columns(rotary_encoding(**WAVES), [0, 15], position=3)
    assert "wavelength 6.283 positions" in chart.figure.layout.annotations[0].text
    assert chart.figure.layout.yaxis.range == chart.figure.layout.yaxis2.range == (-1.15, 1.15)


@pytest.mark.parametrize("layout", ["interleaved", "concatenated"])
def test_a_hand_points_to_the_two_numbers_of_its_pair(layout):
    encoding = sinusoidal_encoding(**WAVES | {"layout": layout})
    hands = figures.draw_dials(encoding, layout, position=1).figure.data[0]
    assert hands.x[1] - hands.x[0] == pytest.approx(np.sin(1))
    assert hands.y[1] == pytest.approx(np.cos(1))


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
