"""Taking a token away: hidden from all others, or replaced by a mask."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from components.attention import token_importance
from components.attention.capture import capture, capture_input
from components.attention.errors import NoMask, NotWatchable
from components.attention.prediction import divergence_nats, predict
from components.attention.token_importance import token_effects
from components.models.inputs import read
from tests.unit.attention.architectures import RECORDABLE, UNRECORDABLE, build, inputs, load

TEXT = "w1 w2 [MASK] w4 w5"


def test_hiding_a_token_is_what_a_mask_of_ones_own_does():
    """Eager attention takes a mask `[batch, 1, query, key]` as it is: here with the column of token 1 closed."""
    loaded = load("bert")
    given = read(loaded, TEXT)
    n = len(given.ids)
    mask = torch.zeros(1, 1, n, n)
    mask[..., 1] = torch.finfo(torch.float32).min
    mask[..., 1, 1] = 0
    with torch.inference_mode():
        logits = build("bert", attention="eager")(input_ids=torch.tensor([given.ids]), attention_mask=mask).logits
    expected = divergence_nats(predict(loaded, given), logits[0, 3].double().log_softmax(-1).numpy())
    assert token_effects(loaded, given).kl_nats[1] == pytest.approx(expected, rel=1e-4)


def test_replacing_a_token_is_writing_a_mask():
    loaded = load("bert")
    given = read(loaded, TEXT)
    effects = token_effects(loaded, given, method="replace")
    written = read(loaded, "w1 w2 [MASK] [MASK] w5")
    expected = divergence_nats(predict(loaded, given), predict(loaded, written, position=3))
    assert effects.kl_nats[4] == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("method", ["hide", "replace"])
def test_the_position_that_predicts_has_no_effect_of_its_own(method):
    loaded = load("bert")
    effects = token_effects(loaded, read(loaded, TEXT), method=method).kl_nats
    assert np.isnan(effects[3])
    assert np.isfinite(np.delete(effects, 3)).all()


def test_in_a_decoder_later_tokens_have_no_effect_on_an_earlier_position():
    loaded = load("gpt2")
    effects = token_effects(loaded, read(loaded, TEXT), position=2)
    assert effects.kl_nats[3:] == pytest.approx(0.0, abs=1e-9)  # rounding
    assert (effects.kl_nats[:2] > 1e-6).all()


@pytest.mark.parametrize("name", RECORDABLE)
def test_every_architecture_has_effects_above_the_noise(name):
    loaded = load(name)
    given = capture(loaded, TEXT, target="w7").input
    effects = token_effects(loaded, given)
    seeing_all, watched = predict(loaded, given), predict(loaded, given, on_layer=lambda _layer: None)
    assert np.nanmax(effects.kl_nats) > 10 * divergence_nats(seeing_all, watched)
    assert np.isnan(effects.kl_nats).sum() == (0 if given.target else 1)


def test_the_passes_are_counted_as_they_are_run():
    loaded = load("bert")
    run: list[None] = []
    loaded.model.base_model.register_forward_hook(lambda *_: run.append(None))
    assert token_effects(loaded, read(loaded, TEXT)).passes == len(run) == 2


@pytest.mark.parametrize("method", ["hide", "replace"])
@pytest.mark.parametrize("name", ["bert", "gpt2", "llama", "t5"])
def test_tokens_taken_away_in_one_pass_are_those_taken_away_alone(name, method, monkeypatch):
    loaded = load(name)
    given = capture(loaded, TEXT, target="w7").input
    together = token_effects(loaded, given, method=method)
    monkeypatch.setattr(token_importance, "MOST_TOKENS_A_PASS", 1)
    alone = token_effects(loaded, given, method=method)
    assert alone.passes > together.passes == 2
    np.testing.assert_allclose(together.kl_nats, alone.kl_nats, rtol=1e-4, atol=1e-9)


def test_a_checkpoint_comes_before_every_pass(monkeypatch):
    monkeypatch.setattr(token_importance, "MOST_TOKENS_A_PASS", 10)  # two of these five tokens
    loaded = load("gpt2")
    calls: list[None] = []
    token_effects(loaded, read(loaded, TEXT), checkpoint=lambda: calls.append(None))
    assert len(calls) == 2


def test_without_a_mask_tokens_can_only_be_hidden():
    from dataclasses import replace

    from tokenizers import Tokenizer, models

    from components.models.tokenization import SharedTokenizer

    plain = SharedTokenizer(Tokenizer(models.WordLevel({"w1": 5, "?": 6}, unk_token="?")))
    loaded = replace(load("gpt2"), tokenizer=plain)
    with pytest.raises(NoMask):
        token_effects(loaded, read(loaded, "w1"), method="replace")


@pytest.mark.parametrize("name", UNRECORDABLE)
def test_attention_that_cannot_be_reached_says_so(name):
    loaded = load(name)
    with pytest.raises(NotWatchable, match=loaded.model.config.model_type):
        token_effects(loaded, read(loaded, TEXT))


def test_the_model_is_as_before_afterwards():
    loaded = load("t5")
    given = inputs(loaded.model)
    with torch.inference_mode():
        before = loaded.model(**given).logits
        token_effects(loaded, capture(loaded, TEXT, target="w7").input)
        assert torch.equal(loaded.model(**given).logits, before)


@pytest.mark.parametrize("name", ["bert", "roberta", "gpt2"])
def test_the_output_layer_reads_only_what_is_asked_for(name):
    loaded = load(name)
    given = read(loaded, "w1 w2 w3")
    read_out: list[int] = []
    loaded.model.get_output_embeddings().register_forward_hook(
        lambda _module, vectors, _scores: read_out.append(vectors[0].shape[:-1].numel())
    )
    capture_input(loaded, given)
    assert read_out == []
    predict(loaded, given, position=1)
    assert read_out == [1]
