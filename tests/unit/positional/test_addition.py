import numpy as np
import pytest

from components.models.input_embeddings import InputEmbeddings, input_embeddings
from components.models.registry import record
from components.models.store import local_folder
from components.positional.addition import own_addition, part_lengths, sinusoidal_addition
from components.positional.sinusoidal import sinusoidal

TOKEN = np.random.default_rng(0).normal(size=(3, 8)).astype(np.float32)


def inputs(position=None):
    total = TOKEN if position is None else TOKEN + position
    return InputEmbeddings(token=TOKEN, position=position, segment=None, total=total, output=total)


def test_a_model_that_adds_no_positions_has_no_sum_of_its_own():
    assert own_addition(inputs(), 1) is None


def test_a_sum_that_is_not_normalised_is_not_shown_twice():
    added = own_addition(inputs(np.ones((3, 8), dtype=np.float32)), 1)
    assert added.normalised is None
    np.testing.assert_allclose(added.word + added.position, added.total, rtol=1e-6)


@pytest.mark.parametrize("place", [0, 2])
def test_the_paper_scales_the_word_by_the_root_of_the_width(place):
    added = sinusoidal_addition(inputs(), place, base=10_000)
    np.testing.assert_allclose(added.word, TOKEN[place] * 8**0.5)
    np.testing.assert_array_equal(added.position, sinusoidal(d_model=8, length=9).matrix[place])
    np.testing.assert_allclose(added.total, added.word + added.position)


@pytest.mark.real_model
def test_unscaled_word_vectors_would_drown_in_sinusoids():
    ids = [101, 1045, 3191, 102]
    real = input_embeddings(local_folder(record("classroom-bert")), ids)
    added = sinusoidal_addition(real, 1, base=10_000)
    unscaled = part_lengths(added)["word"] / added.scale
    assert unscaled < part_lengths(added)["position"] / 5
    own = own_addition(real, 1)
    np.testing.assert_allclose(own.word + own.segment + own.position, own.total, atol=1e-6)
    assert own.normalised is not None
