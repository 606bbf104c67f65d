"""The direct effects add up to the difference of two logits, and each is what freezing the norms leaves of a part."""

from __future__ import annotations

import pytest
import torch

from components.inside.attribution import MOST_ERROR, attribute
from components.inside.errors import NoSuchPosition
from components.inside.reading import predicted_position, run
from tests.unit.attention.architectures import HEADS
from tests.unit.inside.networks import NAMES, given

WATCHED, OTHER = 20, 41


@pytest.fixture(params=NAMES)
def done(request, network):
    loaded = network(request.param)
    return run(loaded, given(loaded, request.param), in_detail=True)


def test_the_effects_add_up_at_every_position(done):
    for position in range(len(done.tokens)):
        found = attribute(done, position, WATCHED, OTHER)
        assert abs(found.missing) <= MOST_ERROR, position
        assert sum(each.to_watched for each in found.effects) == pytest.approx(found.watched_logit, abs=MOST_ERROR)
        assert sum(each.to_other for each in found.effects) == pytest.approx(found.other_logit, abs=MOST_ERROR)
        if done.layout.soft_cap is None:
            assert found.watched_logit == pytest.approx(float(done.logits[position, WATCHED]), abs=1e-4)


def test_there_is_one_effect_a_head_and_a_mlp_and_the_embedding(done):
    found = attribute(done, predicted_position(done.loaded, done.given), WATCHED, OTHER)
    names = [each.name for each in found.effects if each.part != "bias"]
    expected = ["embedding"]
    for sublayer in done.layout.sublayers:
        expected += [sublayer.row] if sublayer.part == "mlp" else [f"{sublayer.row}.{head}" for head in range(HEADS)]
    assert names == expected


class _Frozen:
    """A norm whose scale does not follow its input: what is left is a linear map."""

    def __init__(self, norm, vector):
        self.norm = norm
        self.is_layer = type(norm).__name__ == "LayerNorm"
        centred = vector - vector.mean() if self.is_layer else vector
        epsilon = getattr(norm, "eps", None) or norm.variance_epsilon
        self.scale = ((centred**2).mean() + epsilon).sqrt()
        self.gain = norm.weight.double() + (1.0 if type(norm).__name__.startswith("Gemma") else 0.0)

    def __call__(self, vector):
        centred = vector - vector.mean() if self.is_layer else vector
        out = centred / self.scale * self.gain
        return out + self.norm.bias.double() if self.is_layer else out


def test_each_effect_is_the_gradient_of_the_frozen_network_times_the_part(done):
    """Recomputed by automatic differentiation of a network that is written down forwards."""
    layout, position = done.layout, predicted_position(done.loaded, done.given)
    parts, stream = {}, done.streams["embedding"][position].double().clone()
    parts["embedding"] = stream.requires_grad_()
    total = parts["embedding"]
    for number, sublayer in enumerate(layout.sublayers):
        if sublayer.part == "mlp":
            added = done.added[sublayer.row][position].double().clone().requires_grad_()
            parts[sublayer.row] = added
        else:
            mixed = done.trace.mixed[sublayer.row][0, position].double().clone()
            weight = sublayer.output.weight.double()
            weight = weight if type(sublayer.output).__name__ == "Conv1D" else weight.T
            added = torch.zeros(weight.shape[1], dtype=torch.float64)
            for head, (one, rows) in enumerate(zip(mixed.chunk(HEADS), weight.chunk(HEADS), strict=True)):
                made = (one @ rows).detach().requires_grad_()
                parts[f"{sublayer.row}.{head}"] = made
                added = added + made
            if getattr(sublayer.output, "bias", None) is not None:
                added = added + sublayer.output.bias.double()
            if sublayer.norm_branch is not None:
                added = _Frozen(sublayer.norm_branch, added.detach())(added)
        total = total + added
        if sublayer.norm_out is not None:
            below = done.streams[done.rows[number]][position] + done.added[sublayer.row][position]
            total = _Frozen(sublayer.norm_out, below.double())(total)
    if layout.final_norm is not None:
        total = _Frozen(layout.final_norm, done.streams[done.rows[-1]][position].double())(total)
    total = total * layout.scale_out
    if layout.transform is not None:
        top = layout.transform
        total = total @ top.dense.weight.double().T + top.dense.bias.double()
        share = (top.activation(total) / total).detach()
        total = total * share
        total = _Frozen(top.norm, total.detach())(total)
    table = layout.head.weight.double()
    (total @ (table[WATCHED] - table[OTHER])).backward()
    found = {each.name: each.difference for each in attribute(done, position, WATCHED, OTHER).effects}
    for name, part in parts.items():
        assert found[name] == pytest.approx(float(part.grad @ part.detach()), abs=1e-4), name


def test_a_pass_without_details_is_refused(network):
    loaded = network("gpt2")
    with pytest.raises(ValueError, match="in_detail"):
        attribute(run(loaded, given(loaded, "gpt2")), 0, WATCHED, OTHER)


def test_a_position_that_is_not_there_is_refused(done):
    with pytest.raises(NoSuchPosition, match=f"from 0 to {len(done.tokens) - 1}"):
        attribute(done, len(done.tokens), WATCHED, OTHER)
