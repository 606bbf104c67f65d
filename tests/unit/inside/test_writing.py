"""What a head, a neuron or a sublayer pushes is its direct effect on every score."""

from __future__ import annotations

import numpy as np
import pytest

from components.inside.attribution import attribute
from components.inside.errors import NoSuchPart, NoSuchPosition
from components.inside.reading import predicted_position, run
from components.inside.writing import head_vectors, heads_push, neurons_push, push_to_scores, sublayer_effect
from tests.unit.inside.networks import NAMES, given

WATCHED, OTHER = 20, 41


@pytest.fixture(params=NAMES)
def done(request, network):
    loaded = network(request.param)
    return run(loaded, given(loaded, request.param), in_detail=True)


def test_the_scores_are_the_direct_effects(done):
    """Pushed forwards here, pulled back there: two ways to one number."""
    position = predicted_position(done.loaded, done.given)
    effects = {each.name: each for each in attribute(done, position, WATCHED, OTHER).effects if each.part != "bias"}
    for sublayer in done.layout.sublayers:
        if sublayer.part == "mlp":
            added = done.added[sublayer.row][position].numpy()[None]
            scores = push_to_scores(done, sublayer, position, added, is_added=True)
            names = [sublayer.row]
            given_alone = sublayer_effect(done, sublayer.row, position, [WATCHED, OTHER])
            assert given_alone == pytest.approx(scores[0, [WATCHED, OTHER]], abs=1e-6)
        else:
            scores = push_to_scores(done, sublayer, position, head_vectors(done, sublayer, position))
            names = [f"{sublayer.row}.{head}" for head in range(len(scores))]
        for name, score in zip(names, scores, strict=True):
            assert score[WATCHED] == pytest.approx(effects[name].to_watched, abs=1e-4), name
            assert score[OTHER] == pytest.approx(effects[name].to_other, abs=1e-4), name


def test_words_are_sorted_and_neurons_the_strongest(done):
    position = predicted_position(done.loaded, done.given)
    found = neurons_push(done, "mlp.1", position)
    neurons = done.trace.mixed["mlp.1"][0, position].numpy()
    assert [each.strength for each in found] == pytest.approx([float(neurons[each.number]) for each in found])
    output = done.layout.sublayer("mlp.1").output
    weights = output.weight.detach().numpy()
    lengths = np.linalg.norm(weights, axis=-1 if type(output).__name__ == "Conv1D" else 0) * np.abs(neurons)
    assert [each.number for each in found] == np.argsort(-lengths)[:5].tolist()
    for each in (*found, *heads_push(done, "attention.1", position)):
        up, down = ([change for _id, change in words] for words in (each.up, each.down))
        assert up == sorted(up, reverse=True)
        assert down == sorted(down)
        assert min(up) >= max(down)


def test_parts_that_do_not_fit_are_refused(done):
    with pytest.raises(NoSuchPart, match=r"mlp\.0"):
        neurons_push(done, "attention.0", 0)
    with pytest.raises(NoSuchPart, match=r"attention\.0"):
        heads_push(done, "mlp.0", 0)
    with pytest.raises(NoSuchPart):
        sublayer_effect(done, "embedding", 0, [WATCHED])
    with pytest.raises(NoSuchPosition):
        heads_push(done, "attention.0", 99)
