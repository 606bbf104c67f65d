import numpy as np
import pytest

from components.positional.schemes import (
    alibi_encoding,
    learned_encoding,
    rotary_encoding,
    sinusoidal_encoding,
)

WAVES = {"d_model": 16, "length": 30, "base": 10_000.0, "layout": "interleaved"}
TABLE = np.random.default_rng(0).normal(size=(40, 8))


@pytest.fixture(params=["sinusoidal", "learned", "rotary", "alibi"])
def encoding(request):
    return {
        "sinusoidal": lambda: sinusoidal_encoding(**WAVES),
        "learned": lambda: learned_encoding(TABLE, length=30),
        "rotary": lambda: rotary_encoding(**WAVES),
        "alibi": lambda: alibi_encoding(heads=4, length=30, head=1),
    }[request.param]()


def test_every_scheme_fits_the_same_axes(encoding):
    assert len(encoding.matrix) == 30
    assert encoding.closeness.shape == (30, 30)
    np.testing.assert_allclose(np.diagonal(encoding.closeness), 1)
    assert np.abs(encoding.closeness).max() <= 1 + 1e-12
    assert encoding.by_offset.mean[0] == pytest.approx(1)


def test_sinusoidal_and_rotary_see_the_same_distances_by_different_means():
    added, turned = sinusoidal_encoding(**WAVES), rotary_encoding(**WAVES)
    assert np.abs(added.matrix - turned.matrix).max() > 0.5
    np.testing.assert_allclose(added.by_offset.mean, turned.by_offset.mean, atol=1e-12)


def test_only_the_learned_table_depends_on_more_than_the_offset(encoding):
    spread = encoding.by_offset.spread[1:].max()
    assert (spread > 0.01) == (encoding.scheme == "learned")


def test_alibi_is_the_factor_by_which_softmax_weights_fall():
    encoding = alibi_encoding(heads=4, length=6, head=2)
    scores = np.random.default_rng(1).normal(size=6)
    plain = np.exp(scores) / np.exp(scores).sum()
    biased = np.exp(scores + encoding.matrix[::-1, 2])
    factor = plain * encoding.closeness[5]
    np.testing.assert_allclose(biased / biased.sum(), factor / factor.sum())
    assert not encoding.closeness[2, 3:].any()
