"""What is shipped of the heads of the built-in models is what measuring them gives."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pytest
import torch
from transformers import BertModel

from components.attention.capture import capture
from components.attention.known_heads import BUILT_IN, known_labels, ranked
from components.attention.labels import labels
from components.attention.roles import head_roles
from components.fine_tuning.examples import read_shipped as read_reviews
from components.models import recording
from tests.unit.attention.architectures import Tiny


@pytest.mark.real_model
@pytest.mark.parametrize("model_id", BUILT_IN)
def test_what_is_shipped_is_what_is_measured(model_id, request):
    measured = labels(head_roles(request.getfixturevalue(model_id.replace("-", "_"))))
    shipped = known_labels(model_id)
    assert shipped.keys() == measured.keys()
    for place, label in measured.items():
        expected, found = asdict(label), asdict(shipped[place])
        for name in ("score", "gain", "low", "high"):
            # float32 on another number of threads, and six digits in the file
            assert found.pop(name) == pytest.approx(expected.pop(name), abs=2e-4), (place, name)
        assert found.pop("p") == pytest.approx(expected.pop("p"), rel=0.05, abs=1e-12), place
        assert found == expected


@pytest.mark.real_model
def test_heads_of_e5_that_look_at_a_neighbour_do_so_in_korean_sentences(classroom_e5_ko):
    """Roles are measured on random pieces; this is what they are worth in 40 of the project's Korean reviews."""
    offsets = {(0, 2): 1, (1, 7): -1, (2, 6): -1}
    named = known_labels("classroom-e5-ko")
    looking = {"previous_token": 1, "next_token": -1}
    assert {at: looking[each.role] for at, each in named.items() if each.role in looking} == offsets
    korean = read_reviews("korean")
    leads: dict[tuple[int, int], list[bool]] = {at: [] for at in offsets}
    for review in (*korean.training, *korean.held_out)[::3]:
        weights = capture(classroom_e5_ko, review.text).main.weights
        last = weights.shape[-1] - 1
        rows = np.arange(3, last - 2)  # each place that is compared is a piece of the sentence
        if not len(rows):
            continue
        for (layer, head), offset in offsets.items():
            looks = weights[layer, head]
            places = {each: looks[rows, rows - each].mean() for each in range(-2, 3)}
            rivals = [places[each] for each in places if each != offset]
            leads[layer, head].append(places[offset] > max(*rivals, looks[rows, 0].mean(), looks[rows, last].mean()))
    assert all(len(each) > 35 for each in leads.values())
    assert min(np.mean(each) for each in leads.values()) > 0.9


@pytest.mark.real_model
def test_the_same_shape_with_random_weights_has_no_named_head(classroom_e5_ko):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        untrained = BertModel(classroom_e5_ko.model.config, add_pooling_layer=False).eval()
    network = Tiny(untrained, classroom_e5_ko.tokenizer, torch.device("cpu"), recording.install(untrained))
    assert labels(head_roles(network)) == {}


def test_the_list_has_stable_names_only_and_no_more_than_two_of_a_role():
    found = ranked(known_labels("classroom-bert"), count=99)
    assert found == sorted(found, key=lambda label: -label.gain)
    assert all(label.stable for label in found)
    roles = [label.role for label in found]
    assert max(map(roles.count, roles)) == 2


def test_another_model_has_nothing_shipped():
    assert known_labels("gpt2") is None
