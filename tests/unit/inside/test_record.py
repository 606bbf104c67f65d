"""The exported data has the form that was promised, and every number in it is one of the model's."""

from __future__ import annotations

import json

import pytest

from components.inside.attribution import attribute
from components.inside.intervention import compare, switch_off
from components.inside.lens import read_lens
from components.inside.reading import predicted_position, run
from components.inside.record import build_result
from tests.unit.inside.networks import NAMES, given


@pytest.mark.parametrize("name", NAMES)
def test_the_result_is_plain_data_of_the_promised_form(network, name):
    loaded = network(name)
    done = run(loaded, given(loaded, name), in_detail=True)
    position = predicted_position(loaded, done.given)
    lens = read_lens(done, [20], row_by_row=True)
    changed = compare(done, switch_off(loaded, ["mlp.1"]), watched=[20], row_by_row=True)
    attribution = attribute(done, position, 20, 41)
    result = build_result(done, lens, attribution, position=position, changed=changed)
    assert json.loads(json.dumps(result, allow_nan=False)) == result
    assert result["rows"] == list(done.rows)
    assert [each["id"] for each in result["tokens"]] == [token.id for token in done.tokens]
    cell = {"token_id", "token", "prob", "watched_prob", "watched_rank", "kl_final"}
    for board in (result["lens"], result["changed"]):
        assert len(board) == len(done.rows)
        assert all(len(row) == len(done.tokens) and all(each.keys() == cell for each in row) for row in board)
    total = sum(each["difference"] for each in result["attribution"])
    top = result["final"]["logits_top"]
    assert total == pytest.approx(attribution.difference, abs=1e-3)
    assert top[0]["token_id"] == result["lens"][-1][position]["token_id"]
    assert top[0]["prob"] == pytest.approx(result["lens"][-1][position]["prob"], abs=1e-6)
    assert loaded.tokenizer.token_id(top[0]["token"]) == top[0]["token_id"]
    assert result["noise_floor"].keys() == {"kl_nats", "probability"}
    assert "changed" not in build_result(done, lens, attribution, position=position)
