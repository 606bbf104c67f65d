import numpy as np
import pytest

from components.positional.alibi import alibi, alibi_slopes
from components.positional.settings import OutOfBounds


def bloom_bias(heads, length):
    """BLOOM's own tensor: `[head, key]`, the bias up to a constant in each row, which a softmax cannot see."""
    import torch
    from transformers.models.bloom.modeling_bloom import build_alibi_tensor

    return build_alibi_tensor(torch.ones(1, length), heads, torch.float32)[:, 0].numpy()


@pytest.mark.parametrize("heads", [1, 2, 3, 6, 8, 12, 16, 25, 112, 128])
def test_the_bias_is_blooms_up_to_what_softmax_ignores(heads):
    ours = alibi(heads=heads, length=20).bias
    theirs = bloom_bias(heads, 20)
    for query in range(20):
        difference = ours[:, query, : query + 1] - theirs[:, : query + 1]
        np.testing.assert_allclose(difference, np.broadcast_to(difference[:, :1], difference.shape), atol=1e-5)


def test_eight_heads_have_the_slopes_of_the_paper():
    np.testing.assert_array_equal(alibi_slopes(8), [1 / 2**i for i in range(1, 9)])


def test_a_word_sees_itself_unpunished_and_nothing_after_it():
    bias = alibi(heads=4, length=6).bias
    assert (np.diagonal(bias, axis1=1, axis2=2) == 0).all()
    above = np.triu_indices(6, 1)
    assert np.isneginf(bias[:, above[0], above[1]]).all()
    assert np.isfinite(bias[:, above[1], above[0]]).all()


def test_the_penalty_is_the_bias_read_by_distance():
    result = alibi(heads=3, length=6)
    for distance in range(6):
        np.testing.assert_allclose(
            np.diagonal(result.bias, -distance, 1, 2).T, np.tile(result.penalty[distance], (6 - distance, 1))
        )
    assert not np.signbit(result.penalty[0]).any()


@pytest.mark.parametrize("heads", [0, -3, 129])
def test_a_number_of_heads_out_of_bounds_is_refused(heads):
    with pytest.raises(OutOfBounds, match="heads is"):
        alibi_slopes(heads)
