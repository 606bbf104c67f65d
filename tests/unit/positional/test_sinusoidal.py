import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.positional import settings
from components.positional.sinusoidal import follow_dimension, sinusoidal


def reference_interleaved(length, d_model):
    """DistilBERT's own table, an implementation that shares no line with ours."""
    import torch
    from transformers.models.distilbert.modeling_distilbert import create_sinusoidal_embeddings

    out = torch.empty(length, d_model)
    create_sinusoidal_embeddings(length, d_model, out)
    return out.numpy()


def reference_concatenated(length, d_model):
    """Marian's own table."""
    from transformers.models.marian.modeling_marian import MarianSinusoidalPositionalEmbedding

    return MarianSinusoidalPositionalEmbedding(length, d_model).create_weight().numpy()


@pytest.mark.parametrize(("d_model", "length"), [(2, 2), (4, 50), (64, 17), (128, 200)])
def test_the_interleaved_layout_is_distilberts(d_model, length):
    ours = sinusoidal(d_model=d_model, length=length, layout="interleaved").matrix
    np.testing.assert_allclose(ours, reference_interleaved(length, d_model), atol=1e-7)


@pytest.mark.parametrize(("d_model", "length"), [(2, 2), (4, 50), (64, 17), (128, 200)])
def test_the_concatenated_layout_is_marians(d_model, length):
    ours = sinusoidal(d_model=d_model, length=length, layout="concatenated").matrix
    np.testing.assert_allclose(ours, reference_concatenated(length, d_model), atol=1e-7)


def test_the_two_layouts_are_different_pictures_of_the_same_columns():
    interleaved = sinusoidal(d_model=16, length=30).matrix
    concatenated = sinusoidal(d_model=16, length=30, layout="concatenated").matrix
    assert np.abs(interleaved - concatenated).max() > 1
    assert sorted(map(tuple, interleaved.T)) == sorted(map(tuple, concatenated.T))


@pytest.mark.parametrize("layout", ["interleaved", "concatenated"])
def test_each_dimension_repeats_after_its_wavelength(layout):
    # base^(6 / 8) chosen so that every wavelength, in units of 2 pi, is a whole number: 1, 4, 16, 64.
    encoding = sinusoidal(d_model=8, length=40, base=256.0, layout=layout)
    np.testing.assert_allclose(np.sort(np.unique(encoding.wavelengths)) / (2 * np.pi), [1, 4, 16, 64])
    for dimension in range(8):
        curve = follow_dimension(encoding, dimension)
        at = np.interp(np.arange(40), curve.positions, curve.values)
        np.testing.assert_allclose(at, encoding.matrix[:, dimension], atol=1e-12)


def test_low_dimensions_wave_fast_and_high_ones_slowly():
    encoding = sinusoidal(d_model=64, length=100)
    crossings = (np.diff(np.sign(encoding.matrix), axis=0) != 0).sum(axis=0)
    assert crossings[0] > 10 * max(crossings[-1], 1)
    assert encoding.wavelengths[0] < encoding.wavelengths[-1]


@pytest.mark.parametrize("layout", ["interleaved", "concatenated"])
def test_a_wave_is_named_sine_where_it_starts_at_zero(layout):
    encoding = sinusoidal(d_model=6, length=5, layout=layout)
    for dimension in range(6):
        assert follow_dimension(encoding, dimension).function == (
            "sin" if encoding.matrix[0, dimension] == 0 else "cos"
        )


@given(half=st.integers(1, 512))
def test_every_even_width_within_the_limits_gives_a_table(half):
    assert sinusoidal(d_model=2 * half, length=3).matrix.shape == (3, 2 * half)


@given(half=st.integers(1, 511))
def test_an_odd_width_is_refused_by_name(half):
    with pytest.raises(settings.OddWidth, match=f"d_model is {2 * half + 1}, an odd number"):
        sinusoidal(d_model=2 * half + 1, length=3)


@given(d_model=st.integers(-5000, 5000).filter(lambda width: not 2 <= width <= 1024))
def test_a_width_out_of_bounds_names_the_bounds(d_model):
    with pytest.raises(settings.OutOfBounds, match=f"d_model is {d_model}. Choose a number from 2 to 1024"):
        sinusoidal(d_model=d_model, length=3)


@given(base=st.floats(allow_nan=True, allow_infinity=True))
def test_every_base_gives_finite_numbers_or_a_reason(base):
    if 2 <= base <= 1_000_000:
        assert all(map(math.isfinite, sinusoidal(d_model=4, length=2, base=base).matrix.ravel()))
    else:
        with pytest.raises(settings.OutOfBounds, match="base is"):
            sinusoidal(d_model=4, length=2, base=base)


@pytest.mark.parametrize("length", [-1, 0, 1, 513])
def test_a_length_out_of_bounds_names_the_bounds(length):
    with pytest.raises(settings.OutOfBounds, match=rf"length is {length}\. Choose a number from 2 to 512\."):
        sinusoidal(d_model=4, length=length)


@pytest.mark.parametrize("layout", ["", "Interleaved", "stacked", "{value}", "\0"])
def test_an_unknown_layout_names_the_two_there_are(layout):
    with pytest.raises(settings.UnknownLayout, match="interleaved, concatenated"):
        sinusoidal(d_model=4, length=4, layout=layout)


@pytest.mark.parametrize("dimension", [-1, 4])
def test_a_dimension_that_is_not_there_is_refused_not_wrapped_round(dimension):
    with pytest.raises(settings.OutOfBounds, match="from 0 to 3"):
        follow_dimension(sinusoidal(d_model=4, length=4), dimension)
