"""What is shipped of the heads of the built-in models is what measuring them gives."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from components.attention.known_heads import BUILT_IN, known_labels, ranked
from components.attention.labels import labels
from components.attention.roles import head_roles


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


def test_the_list_has_stable_names_only_and_no_more_than_two_of_a_role():
    found = ranked(known_labels("classroom-bert"), count=99)
    assert found == sorted(found, key=lambda label: -label.gain)
    assert all(label.stable for label in found)
    roles = [label.role for label in found]
    assert max(map(roles.count, roles)) == 2


def test_another_model_has_nothing_shipped():
    assert known_labels("gpt2") is None
