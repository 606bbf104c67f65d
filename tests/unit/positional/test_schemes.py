import numpy as np
import pytest

from components.models.input_embeddings import position_table
from components.models.registry import record
from components.models.store import local_folder
from components.positional import claims
from components.positional.claims import best_rotation, measure_shift
from components.positional.export import collect_result
from components.positional.schemes import (
    alibi_biases,
    alibi_encoding,
    alibi_slopes,
    learned_encoding,
    rotary_encoding,
    sinusoidal_encoding,
)
from components.positional.settings import OutOfBounds, TableTooShort

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


def bloom_bias(heads, length):
    """BLOOM's own tensor: `[head, key]`, the bias up to a constant in each row, which a softmax cannot see."""
    import torch
    from transformers.models.bloom.modeling_bloom import build_alibi_tensor

    return build_alibi_tensor(torch.ones(1, length), heads, torch.float32)[:, 0].numpy()


@pytest.mark.parametrize("heads", [1, 2, 3, 6, 8, 12, 16, 25, 112, 128])
def test_the_bias_is_blooms_up_to_what_softmax_ignores(heads):
    ours = alibi_biases(heads=heads, length=20).bias
    theirs = bloom_bias(heads, 20)
    for query in range(20):
        difference = ours[:, query, : query + 1] - theirs[:, : query + 1]
        np.testing.assert_allclose(difference, np.broadcast_to(difference[:, :1], difference.shape), atol=1e-5)


def test_eight_heads_have_the_slopes_of_the_paper():
    np.testing.assert_array_equal(alibi_slopes(8), [1 / 2**i for i in range(1, 9)])


def test_a_word_sees_itself_unpunished_and_nothing_after_it():
    bias = alibi_biases(heads=4, length=6).bias
    assert (np.diagonal(bias, axis1=1, axis2=2) == 0).all()
    above = np.triu_indices(6, 1)
    assert np.isneginf(bias[:, above[0], above[1]]).all()
    assert np.isfinite(bias[:, above[1], above[0]]).all()


def test_the_penalty_is_the_bias_read_by_distance():
    result = alibi_biases(heads=3, length=6)
    for distance in range(6):
        np.testing.assert_allclose(
            np.diagonal(result.bias, -distance, 1, 2).T, np.tile(result.penalty[distance], (6 - distance, 1))
        )
    assert not np.signbit(result.penalty[0]).any()


@pytest.mark.parametrize("heads", [0, -3, 129])
def test_a_number_of_heads_out_of_bounds_is_refused(heads):
    with pytest.raises(OutOfBounds, match="heads is"):
        alibi_slopes(heads)


WEIGHTS = np.random.default_rng(0).normal(size=(30, 6)).astype(np.float16)


def test_the_weights_are_shown_unscaled():
    encoding = learned_encoding(WEIGHTS, length=10)
    np.testing.assert_array_equal(encoding.matrix, WEIGHTS[:10])
    assert encoding.matrix.dtype == np.float64
    norms = np.sqrt((WEIGHTS[:10].astype(float) ** 2).sum(axis=1))
    np.testing.assert_allclose(collect_result(encoding)["norms"], norms)


def test_large_half_precision_weights_do_not_overflow():
    encoding = learned_encoding(np.full((4, 4), 60_000, dtype=np.float16), length=4)
    np.testing.assert_allclose(collect_result(encoding)["norms"], 2 * 59_968.0, rtol=1e-3)
    np.testing.assert_allclose(encoding.closeness, 1)


def test_a_learned_table_cannot_be_continued():
    with pytest.raises(TableTooShort, match="learned 30 positions and no more"):
        learned_encoding(WEIGHTS, length=31)


def test_an_empty_piece_of_a_table_is_refused():
    with pytest.raises(OutOfBounds):
        learned_encoding(WEIGHTS, length=0)


@pytest.fixture(params=["classroom-bert", "classroom-gpt2"])
def real(request):
    return learned_encoding(position_table(local_folder(record(request.param))), length=64)


@pytest.mark.real_model
def test_the_learned_tables_obey_none_of_the_exact_claims(real):
    table = real.matrix
    assert claims.norm_is_constant(table).holds is False
    assert claims.dot_depends_on_offset(table).holds is False
    assert claims.shift_is_rotation(measure_shift(table, 1, matrix=best_rotation(table, 1))).holds is False
    assert claims.wavelengths_are_geometric(table, base=10_000.0, layout="interleaved").holds is False


@pytest.mark.real_model
def test_position_0_stands_out(real):
    assert np.linalg.norm(real.matrix, axis=1).argmax() == 0


@pytest.mark.real_model
def test_neighbours_are_more_alike_than_strangers(real):
    near = real.closeness.diagonal(1)[5:].mean()
    far = real.closeness.diagonal(40).mean()
    assert near > far + 0.3
