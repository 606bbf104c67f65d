"""Predictions and the distance between two of them."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from components.attention.capture import capture
from components.attention.errors import NoMaskedPosition, NoPrediction, NotWatchable
from components.attention.prediction import (
    divergence_nats,
    largest_changes,
    most_likely,
    predict,
    predicted_position,
)
from components.models.inputs import arguments, read
from components.models.recording import HeadSwitch
from tests.unit.attention.architectures import RECORDABLE, UNRECORDABLE, Tiny, load

TEXT = "w1 w2 [MASK] w4"


@pytest.mark.parametrize("name", RECORDABLE + UNRECORDABLE)
def test_a_prediction_is_the_models_own(name):
    loaded = load(name)
    given = capture(loaded, TEXT, target="w7").input
    where = predicted_position(loaded, given)
    with torch.inference_mode():
        logits = loaded.model(**arguments(loaded, given)).logits[0, where].double()
    expected = torch.softmax(logits, -1).numpy()
    # the scores of one position, computed alone, are rounded in another way
    np.testing.assert_allclose(np.exp(predict(loaded, given)), expected, rtol=1e-5)


def test_masks_are_filled_and_texts_continued():
    assert predicted_position(load("bert"), read(load("bert"), TEXT)) == 3
    assert predicted_position(load("gpt2"), read(load("gpt2"), TEXT)) == 3
    answer = capture(load("t5"), TEXT, target="w7 w8").input
    assert predicted_position(load("t5"), answer) == 2


def test_a_text_without_a_mask_says_what_to_do():
    with pytest.raises(NoMaskedPosition, match=r"Write \[MASK\]"):
        predict(load("bert"), read(load("bert"), "w1"))


def test_a_model_without_an_output_layer_is_refused():
    whole = load("bert")
    encoder = Tiny(whole.model.base_model, whole.tokenizer, whole.device, whole.watchable)
    with pytest.raises(NoPrediction, match="BertModel predicts no words"):
        predict(encoder, read(encoder, TEXT))
    with pytest.raises(NoPrediction):
        predict(encoder, read(encoder, TEXT), position=1)  # a token on the screen, whatever the model predicts


def test_what_cannot_be_watched_cannot_be_disturbed():
    loaded = load("bloom")
    with pytest.raises(NotWatchable):
        predict(loaded, read(loaded, TEXT), switches=[HeadSwitch(0, 0, "decoder")])


def test_divergence_is_that_of_pytorch():
    rng = np.random.default_rng(0)
    before, after = (torch.from_numpy(rng.normal(size=50)).log_softmax(-1) for _ in range(2))
    expected = torch.nn.functional.kl_div(after, before, log_target=True, reduction="sum").item()
    assert divergence_nats(before.numpy(), after.numpy()) == pytest.approx(expected, abs=1e-12)


@given(st.lists(st.floats(-30, 30), min_size=2, max_size=20), st.floats(-5, 5))
def test_divergence_of_nothing_is_nothing_and_of_something_positive(scores, shift):
    before = torch.tensor(scores, dtype=torch.float64).log_softmax(-1).numpy()
    moved = torch.tensor([scores[0] + shift, *scores[1:]], dtype=torch.float64).log_softmax(-1).numpy()
    assert divergence_nats(before, before) == 0.0
    assert divergence_nats(before, moved) >= 0.0


def test_changes_are_ranked_by_size_and_the_likely_by_before():
    before = np.log(np.array([0.5, 0.3, 0.1, 0.06, 0.04] + [0.0] * 94) + 1e-300)
    after = np.log(np.array([0.45, 0.1, 0.4, 0.05, 0.0] + [0.0] * 94) + 1e-300)
    loaded = load("bert")
    changed = largest_changes(loaded, before, after, count=2)
    assert [change.id for change in changed] == [2, 1]
    assert [change.piece for change in changed] == ["[SEP]", "[CLS]"]
    assert changed[0].difference == pytest.approx(0.3)
    assert [change.id for change in most_likely(loaded, before, after, count=3)] == [0, 1, 2]
