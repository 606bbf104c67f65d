import numpy as np
import pytest

from components.positional.sinusoidal import sinusoidal, wave


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
        curve = wave(encoding, dimension)
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
        assert wave(encoding, dimension).function == ("sin" if encoding.matrix[0, dimension] == 0 else "cos")
