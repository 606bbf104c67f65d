"""What the matrices say: their numbers, their names, and where their colours end."""

import xml.etree.ElementTree as ET

import numpy as np
import pytest

from components.positional import matrices
from components.positional.claims import rotation_matrix
from components.positional.schemes import alibi_encoding, learned_encoding, rotary_encoding, sinusoidal_encoding
from components.positional.settings import D_MODEL_MAX_DIMENSIONS, LENGTH_MAX_POSITIONS

WAVES = {"d_model": 16, "length": 20, "base": 10_000, "layout": "interleaved"}
MOST = {"d_model": D_MODEL_MAX_DIMENSIONS, "length": LENGTH_MAX_POSITIONS, "base": 10_000, "layout": "interleaved"}
MOST_BYTES = 3_000_000
TABLE = np.random.default_rng(0).normal(size=(20, 8))


def test_a_cell_tells_position_dimension_frequency_and_wavelength():
    encoding = sinusoidal_encoding(**WAVES)
    table = matrices.describe_table(encoding)
    assert f"{encoding.wavelengths[5]:,.4g} positions" in table.notes[5]
    assert f"{encoding.frequencies[5]:.4g} radians" in table.notes[5]
    assert table.cell == "position {row} · dimension {column} · value {value}"
    assert (table.rows[-1], table.columns[-1]) == ("19", "15")
    np.testing.assert_array_equal(table.values, encoding.matrix)


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
def test_the_largest_number_gets_the_full_colour(encoding):
    assert matrices.describe_table(encoding).limit > 0
    if encoding.scheme != "learned":
        assert matrices.describe_table(encoding).limit == np.abs(encoding.matrix).max()


def test_a_few_large_weights_do_not_bleach_a_learned_table():
    table = np.random.default_rng(0).normal(size=(64, 64))
    table[0, 0] = 1000
    shown = matrices.describe_table(learned_encoding(table, length=64))
    assert shown.limit < 100
    assert shown.values.max() == 1000


def test_the_largest_table_is_thinned_evenly():
    encoding = sinusoidal_encoding(**MOST)
    table = matrices.describe_table(encoding)
    assert table.rows[:3] == ["0", "2", "4"]
    assert len(table.notes) == len(table.columns) == table.values.shape[1]
    np.testing.assert_array_equal(table.values, encoding.matrix[::2, ::2])


@pytest.mark.parametrize("layout", ["interleaved", "concatenated"])
def test_the_shown_part_of_a_shift_keeps_pairs_together(layout):
    whole = rotation_matrix(3, d_model=128, base=100, layout=layout)
    shift = matrices.describe_rotation(whole, layout, offset=3)
    shown = np.array(shift.rows, dtype=int)
    assert len(shown) == 32
    np.testing.assert_array_equal(shift.values, whole[np.ix_(shown, shown)])
    # A pair cut in two would leave a row that is no longer of length 1.
    np.testing.assert_allclose(np.linalg.norm(shift.values, axis=1), 1, atol=1e-6)


def test_a_matrix_smaller_than_the_part_is_shown_whole():
    whole = rotation_matrix(3, d_model=4, base=100, layout="interleaved")
    assert matrices.describe_rotation(whole, "interleaved", offset=3).values.shape == (4, 4)


def test_the_sum_stands_below_its_parts():
    rows = {"word": np.arange(10.0), "+ position 1": np.ones(10), "= sum": np.arange(10.0) + 1}
    parts = matrices.describe_addition(rows, start=4, count=4, limit=0)
    np.testing.assert_array_equal(parts.values, [[4, 5, 6, 7], [1, 1, 1, 1], [5, 6, 7, 8]])
    assert parts.columns == ["4", "5", "6", "7"]  # names as long as “dimension 4” ran into each other
    assert parts.limit > 0


def test_the_vector_file_names_the_scheme_and_its_axes():
    svg = matrices.draw_table_svg(sinusoidal_encoding(**WAVES), "<Sinusoidal>")
    texts = {text.text for text in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")}
    assert {"<Sinusoidal>: ↓ position → dimension", "0", "-1", "1"} <= texts


def test_the_vector_file_of_the_largest_table_is_light():
    assert len(matrices.draw_table_svg(sinusoidal_encoding(**MOST), "Sinusoidal")) < MOST_BYTES
