import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.positional.rotary import plain_vector, random_vectors, rotary_scores, rotate
from components.positional.sinusoidal import sinusoidal


def llama_rotated(vectors, positions, base):
    """Llama's rotation in transformers: `[position, dimension]`, dimensions paired i with i + d / 2."""
    import torch
    from transformers import LlamaConfig
    from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding, apply_rotary_pos_emb

    width = vectors.shape[1]
    config = LlamaConfig(
        hidden_size=width, num_attention_heads=1, rope_parameters={"rope_type": "default", "rope_theta": base}
    )
    states = torch.from_numpy(vectors).float()[None, None]
    cosine, sine = LlamaRotaryEmbedding(config)(states, torch.tensor([positions]))
    return apply_rotary_pos_emb(states, states, cosine, sine)[0][0, 0].numpy()


@pytest.mark.parametrize("base", [10_000.0, 500_000.0])
def test_the_half_split_pairing_is_llamas(base):
    vectors = np.random.default_rng(1).normal(size=(12, 16))
    ours = rotate(vectors, np.arange(12), base=base, layout="concatenated")
    np.testing.assert_allclose(ours, llama_rotated(vectors, list(range(12)), base), atol=1e-5)


def test_the_papers_pairing_is_multiplication_of_complex_numbers():
    vectors = np.random.default_rng(2).normal(size=(12, 8))
    pairs = vectors[:, 0::2] + 1j * vectors[:, 1::2]
    angle = np.arange(12)[:, None] * 10_000.0 ** (-np.arange(0, 8, 2) / 8)
    turned = pairs * np.exp(1j * angle)
    ours = rotate(vectors, np.arange(12), layout="interleaved")
    np.testing.assert_allclose(ours[:, 0::2] + 1j * ours[:, 1::2], turned, atol=1e-12)


def test_the_two_pairings_are_not_interchangeable():
    vectors = np.random.default_rng(3).normal(size=(5, 8))
    interleaved = rotate(vectors, np.arange(5), layout="interleaved")
    assert np.abs(interleaved - rotate(vectors, np.arange(5), layout="concatenated")).max() > 0.1


@given(
    seed=st.integers(0, 1000),
    half=st.integers(1, 32),
    length=st.integers(2, 60),
    base=st.floats(2, 1_000_000),
    layout=st.sampled_from(["interleaved", "concatenated"]),
)
def test_the_product_depends_on_the_offset_only(seed, half, length, base, layout):
    query, key = random_vectors(2 * half, seed=seed)
    scores = rotary_scores(query, key, length=length, base=base, layout=layout)
    assert scores.profile.spread.max() < 1e-12
    np.testing.assert_allclose(np.linalg.norm(scores.rotated_query, axis=1), 1, atol=1e-12)
    np.testing.assert_allclose(np.diagonal(scores.scores), scores.unrotated, atol=1e-12)


def test_the_product_does_depend_on_the_direction():
    query, key = random_vectors(16, seed=0)
    scores = rotary_scores(query, key, length=10).scores
    assert abs(scores[0, 3] - scores[3, 0]) > 1e-3


@pytest.mark.parametrize("layout", ["interleaved", "concatenated"])
def test_the_bare_rotation_is_the_sinusoidal_table_with_sine_and_cosine_exchanged(layout):
    vector = plain_vector(8, layout)
    turned = rotary_scores(vector, vector, length=30, layout=layout).rotated_query
    table = sinusoidal(d_model=8, length=30, layout=layout).matrix
    exchange = np.array([1, 0, 3, 2, 5, 4, 7, 6]) if layout == "interleaved" else np.roll(np.arange(8), 4)
    np.testing.assert_allclose(turned, table[:, exchange], atol=1e-13)
