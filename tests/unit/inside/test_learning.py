"""One step on a copy lowers the loss of this sentence, and leaves the model that everybody uses as it was."""

from __future__ import annotations

import pytest
import torch

from components.inside.errors import TooShortToLearn
from components.inside.learning import take_step
from components.inside.reading import predicted_position, read_text
from components.models.inputs import forward
from tests.unit.inside.networks import NAMES, given


@pytest.mark.parametrize("name", NAMES)
def test_the_loss_falls_and_the_model_stays(network, name):
    loaded = network(name)
    text = given(loaded, name)
    gradients = [parameter.grad for parameter in loaded.model.parameters()]
    before = {key: value.clone() for key, value in loaded.model.state_dict().items()}
    step = take_step(loaded, text, answer=41, learning_rate=1e-4)
    assert step.loss_after < step.loss_before
    assert all(torch.equal(value, before[key]) for key, value in loaded.model.state_dict().items())
    assert all(now.grad is then for now, then in zip(loaded.model.parameters(), gradients, strict=True))
    assert {"embedding", "layer 0", "layer 2"} <= step.update_norms.keys()
    assert all(length > 0 for length in step.gradient_norms.values())


def test_the_loss_is_that_of_the_next_words(network):
    loaded = network("gpt2")
    text = given(loaded, "gpt2")
    logits = forward(loaded, text).logits[0].double().log_softmax(-1)
    expected = -sum(float(logits[place, text.ids[place + 1]]) for place in range(6)) / 6
    step = take_step(loaded, text)
    assert step.tokens == 6
    assert step.loss_before == pytest.approx(expected, abs=1e-5)


def test_the_loss_of_an_encoder_is_that_of_its_mask(network):
    loaded = network("bert")
    text = given(loaded, "bert")
    logits = forward(loaded, text).logits[0, predicted_position(loaded, text)].double().log_softmax(-1)
    assert take_step(loaded, text, answer=41).loss_before == pytest.approx(-float(logits[41]), abs=1e-5)
    assert take_step(loaded, text).loss_before == pytest.approx(-float(logits.max()), abs=1e-5)


def test_a_single_word_is_refused(network):
    with pytest.raises(TooShortToLearn, match="two words"):
        take_step(network("gpt2"), read_text(network("gpt2"), "w1"))


@pytest.mark.real_model
@pytest.mark.parametrize(
    ("name", "text"),
    [("classroom_gpt2", "The capital of France is Berlin"), ("classroom_bert", "I read a good [MASK].")],
)
def test_the_loss_falls_for_the_built_in_models(request, name, text):
    loaded = request.getfixturevalue(name)
    step = take_step(loaded, read_text(loaded, text))
    assert step.loss_after < step.loss_before
