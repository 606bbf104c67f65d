"""Switching heads off: the effect is that of surgery on the weights, and nothing is left behind."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from components.attention.errors import NotWatchable
from components.attention.head_effects import effects_of_heads, head_effect, outputs_of_heads
from components.attention.prediction import divergence_nats, predict
from components.models.inputs import read
from tests.unit.attention.architectures import HEADS, RECORDABLE, load

TEXT = "w1 w2 [MASK] w4 w5"
WIDTH = 8


def surgery(loaded, layer, head):
    """Set to zero the columns of the output projection that read one head."""
    if loaded.model.config.model_type == "bert":
        weight = loaded.model.bert.encoder.layer[layer].attention.output.dense.weight
        columns = weight[:, head * WIDTH : (head + 1) * WIDTH]
    else:
        columns = loaded.model.transformer.h[layer].attn.c_proj.weight[head * WIDTH : (head + 1) * WIDTH]
    with torch.no_grad():
        columns.zero_()


@pytest.mark.parametrize("name", ["bert", "gpt2"])
def test_the_effect_is_that_of_cutting_the_head_out_of_the_weights(name):
    loaded = load(name)
    given = read(loaded, TEXT)
    whole = predict(loaded, given)
    effect = head_effect(loaded, given, [(1, 2)])
    surgery(loaded, 1, 2)
    assert effect.kl_nats == pytest.approx(divergence_nats(whole, predict(loaded, given)), rel=1e-3)
    assert effect.kl_nats > 100 * effect.rounding_nats


def test_no_head_off_is_no_effect_at_all():
    loaded = load("bert")
    effect = head_effect(loaded, read(loaded, TEXT), [])
    assert effect.kl_nats == 0.0
    assert all(change.difference == 0.0 for change in effect.most_changed)


def test_the_mean_of_a_head_that_says_the_same_everywhere_replaces_it_without_a_trace():
    """With queries and keys at zero every row is even, so each position gets the same mixture of values."""
    loaded = load("bert")
    attention = loaded.model.bert.encoder.layer[0].attention.self
    with torch.no_grad():
        for part in (attention.query, attention.key):
            part.weight.zero_()
            part.bias.zero_()
    given = read(loaded, TEXT)
    mean = head_effect(loaded, given, [(0, 1)], replacement="mean")
    zero = head_effect(loaded, given, [(0, 1)], replacement="zero")
    assert mean.kl_nats < 1e-9
    assert zero.kl_nats > 1e-4


def test_the_model_is_as_before_afterwards():
    loaded = load("gpt2")
    given = read(loaded, TEXT)
    before = predict(loaded, given)
    head_effect(loaded, given, [(0, 0), (1, 1), (2, 3)])
    effects_of_heads(loaded, given, replacement="mean")
    assert np.array_equal(predict(loaded, given), before)


def test_the_passes_are_counted_as_they_are_run():
    loaded = load("bert")
    given = read(loaded, TEXT)
    run: list[None] = []
    loaded.model.base_model.register_forward_hook(lambda *_: run.append(None))
    effect = head_effect(loaded, given, [(0, 0)])
    assert effect.passes == len(run)
    run.clear()
    assert effects_of_heads(loaded, given).passes == len(run) == 3 * HEADS + 2


@pytest.mark.parametrize("replacement", ["zero", "mean"])
def test_a_ranking_holds_the_effect_of_each_head_alone(replacement):
    loaded = load("gpt2")
    given = read(loaded, TEXT)
    ranking = effects_of_heads(loaded, given, replacement=replacement)
    for layer, head in [(0, 0), (1, 3), (2, 1)]:
        alone = head_effect(loaded, given, [(layer, head)], replacement=replacement)
        assert ranking.kl_nats[layer, head] == alone.kl_nats


def test_effects_do_not_add_up():
    loaded = load("gpt2")
    given = read(loaded, TEXT)
    heads = [(0, head) for head in range(HEADS)]
    together = head_effect(loaded, given, heads).kl_nats
    alone = sum(head_effect(loaded, given, [head]).kl_nats for head in heads)
    assert together != pytest.approx(alone, rel=0.05)


def test_progress_counts_to_the_end_and_a_checkpoint_stops():
    loaded = load("gpt2")
    given = read(loaded, TEXT)
    seen: list[tuple[int, int]] = []
    effects_of_heads(loaded, given, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(done, 12) for done in range(1, 13)]
    seen.clear()

    def checkpoint():
        if len(seen) == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        effects_of_heads(loaded, given, checkpoint=checkpoint, progress=lambda done, total: seen.append((done, total)))
    assert len(seen) == 4
    assert np.array_equal(predict(loaded, given), predict(load("gpt2"), given))


@pytest.mark.parametrize("name", RECORDABLE)
def test_heads_of_every_architecture_can_be_ranked(name):
    from components.attention.capture import capture

    loaded = load(name)
    given = capture(loaded, TEXT, target="w7").input
    kinds = ("encoder", "decoder", "cross") if given.target else (None,)
    for kind in kinds:
        ranking = effects_of_heads(loaded, given, kind=kind)
        assert ranking.kl_nats.max() > 10 * ranking.rounding_nats
        assert ranking.rounding_nats < 1e-6


@pytest.mark.parametrize("head", [(3, 0), (0, 4), (-1, 0)])
def test_a_head_that_does_not_exist_is_named(head):
    loaded = load("bert")
    with pytest.raises(ValueError, match=f"no head {head[0]}-{head[1]}; there are 3 layers of 4 heads"):
        head_effect(loaded, read(loaded, TEXT), [head])


def test_a_kind_the_model_has_not_is_named():
    loaded = load("bert")
    with pytest.raises(ValueError, match="no cross attention; it has encoder"):
        head_effect(loaded, read(loaded, TEXT), [(0, 0)], kind="cross")


def test_heads_that_cannot_be_switched_off_say_so():
    loaded = load("falcon")
    with pytest.raises(NotWatchable, match="falcon"):
        effects_of_heads(loaded, read(loaded, TEXT))


def donors_of(loaded, *texts):
    return [outputs_of_heads(loaded, read(loaded, text)) for text in texts]


@pytest.mark.parametrize("name", ["bert", "llama"])
def test_a_text_of_its_own_as_the_only_donor_changes_nothing_where_it_has_one_position(name):
    """One token: the drawn position of the donor can only be the same one."""
    loaded = load(name)
    given = read(loaded, "w5" if name == "llama" else TEXT)
    own = outputs_of_heads(loaded, given)
    drawn = [layer[:1] for layer in own]
    effect = head_effect(loaded, given, [(1, 2)], replacement="resample", donors=[drawn])
    first = head_effect(loaded, given, [(1, 2)], replacement="zero")
    if name == "llama":
        assert effect.kl_nats <= 1e-9 < first.kl_nats
    else:
        assert effect.kl_nats > 1e-9, "the first position's output stands everywhere"


def test_resampling_takes_outputs_of_other_texts_at_every_position(monkeypatch):
    loaded = load("gpt2")
    given, donors = read(loaded, TEXT), donors_of(load("gpt2"), "w7 w8 w9", "w10 w11")
    switches = []
    from components.attention import head_effects

    original = head_effects.predict
    monkeypatch.setattr(
        head_effects, "predict", lambda *a, **k: (switches.extend(k.get("switches", ())), original(*a, **k))[1]
    )
    head_effect(loaded, given, [(1, 2)], replacement="resample", donors=donors)
    (switch,) = switches
    pool = torch.cat([donor[1][:, 2] for donor in donors])
    assert switch.replacement.shape == (len(given.tokens), WIDTH)
    assert all(any(torch.equal(row, other) for other in pool) for row in switch.replacement)
    again = head_effect(loaded, given, [(1, 2)], replacement="resample", donors=donors)
    assert again.kl_nats == head_effect(loaded, given, [(1, 2)], replacement="resample", donors=donors).kl_nats


def test_without_donors_nothing_is_resampled():
    loaded = load("bert")
    with pytest.raises(ValueError, match="give donors"):
        head_effect(loaded, read(loaded, TEXT), [(0, 0)], replacement="resample")
