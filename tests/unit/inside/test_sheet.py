"""A cell's sheet: each number can be computed again from the numbers on the same sheet."""

from __future__ import annotations

import numpy as np
import pytest

from components.inside import link
from components.inside.arithmetic import matrix
from components.inside.attribution import attribute
from components.inside.reading import find_token, predicted_position, read_text, run
from components.inside.sheet import MOST_NUMBERS, build_sheet, count_products, strongest_head
from components.inside.stages import MOST_ERROR, list_stages
from tests.unit.inside import networks


@pytest.fixture(scope="module", params=networks.NAMES)
def read(request, network):
    loaded = network(request.param)
    done = run(loaded, networks.given(loaded, request.param), in_detail=True)
    return done, list_stages(done)


def last(done):
    return predicted_position(done.loaded, done.given)


def attention_rows(done):
    return [row for row in done.rows if row.startswith(("attention", "cross"))]


def test_a_score_is_the_product_of_the_query_and_the_key_on_the_sheet(read):
    done, stages = read
    for row in attention_rows(done):
        sheet = build_sheet(done, stages, row, last(done))
        query, keys = (sheet.operation(name).values for name in sheet.operation("scores").inputs)
        group = sheet.heads // sheet.key_heads
        for head in range(sheet.heads):
            again = keys[head // group] @ query[head] * sheet.scaling
            np.testing.assert_allclose(sheet.operation("scores").values[head], again, rtol=1e-4, atol=1e-5)


def test_the_shares_of_a_head_weigh_the_values_on_the_sheet(read):
    done, stages = read
    for row in attention_rows(done):
        sheet = build_sheet(done, stages, row, last(done))
        shares, mixed = sheet.operation("weights").values, sheet.operation("mixed")
        values = sheet.operation(mixed.inputs[1]).values
        np.testing.assert_array_equal(shares, sheet.shares)
        group = sheet.heads // sheet.key_heads
        for head in range(sheet.heads):
            np.testing.assert_allclose(mixed.values[head], shares[head] @ values[head // group], rtol=1e-4, atol=1e-5)


def test_the_vector_after_a_sublayer_is_that_of_the_stream(read):
    done, stages = read
    for row in done.rows:
        sheet = build_sheet(done, stages, row, last(done))
        np.testing.assert_array_equal(sheet.operation("x").values, done.streams[row][last(done)].numpy())


def test_no_operation_is_further_from_the_model_than_is_said_elsewhere(read):
    done, stages = read
    for row in (*done.rows, link.SCORES):
        for operation in build_sheet(done, stages, row, last(done)).operations:
            assert operation.error is None or operation.error <= MOST_ERROR, (row, operation.name)


def test_the_scores_are_products_of_the_last_vector_and_rows_of_the_table(read):
    done, stages = read
    sheet = build_sheet(done, stages, link.SCORES, last(done), watched=(3,))
    assert 3 in sheet.top
    logits = sheet.operation("logits").values
    np.testing.assert_allclose(logits, done.logits[last(done)][list(sheet.top)].numpy(), rtol=1e-5)
    shares = done.logits[last(done)].double().softmax(-1)[list(sheet.top)].numpy()
    np.testing.assert_allclose(sheet.operation("probabilities").values, shares, rtol=1e-5)
    name = "logits.uncapped" if done.layout.soft_cap is not None else "logits"
    product = sheet.operation(name)
    vector, rows = (sheet.operation(each).values for each in product.inputs)
    bias = getattr(done.layout.head, "bias", None)
    again = rows @ vector + (0 if bias is None else bias.detach().numpy()[list(sheet.top)])
    np.testing.assert_allclose(product.values, again, rtol=1e-4, atol=1e-5)


def test_a_sum_is_that_of_its_inputs_on_the_sheet(read):
    done, stages = read
    for row in done.rows:
        sheet = build_sheet(done, stages, row, last(done))
        on_sheet = {operation.name: operation.values for operation in sheet.operations}
        for operation in sheet.operations:
            if operation.kind == "sum" and on_sheet.keys() >= set(operation.inputs):
                again = sum(on_sheet[name] for name in operation.inputs)
                np.testing.assert_allclose(operation.values, again, rtol=1e-4, atol=1e-4, err_msg=operation.name)


def test_as_many_products_are_told_as_the_map_has_inputs(read, monkeypatch):
    done, stages = read
    for row in done.rows[1:]:
        sheet, sublayer = build_sheet(done, stages, row, last(done)), done.layout.sublayer(row)
        inputs = {name: matrix(sublayer.output).shape[0] for name in ("added", "projected")}
        inputs["written"] = inputs["added"] // max(sheet.heads, 1)
        told = {each.name: count_products(done, sheet, each) for each in sheet.operations if each.kind == "linear"}
        width = done.streams[row].shape[-1]
        assert told == {name: inputs.get(name, width) for name in told}, row
        monkeypatch.setattr("components.inside.sheet.MOST_NUMBERS", 10)  # with one head alone they are the same
        part = build_sheet(done, stages, row, last(done), head=1)
        assert told == {
            each.name: count_products(done, part, each) for each in part.operations if each.kind == "linear"
        }
        monkeypatch.undo()


def test_of_a_large_sheet_one_head_is_sent(read, monkeypatch):
    done, stages = read
    row = attention_rows(done)[-1]
    whole = build_sheet(done, stages, row, last(done))
    monkeypatch.setattr("components.inside.sheet.MOST_NUMBERS", 10)
    part = build_sheet(done, stages, row, last(done), head=1)
    assert (whole.first_head, part.first_head) == (None, 1)
    for operation in part.operations:
        if operation.axes.startswith("head"):
            head = 1 // (whole.heads // whole.key_heads) if operation.axes == "head key dim" else 1
            np.testing.assert_array_equal(operation.values[0], whole.operation(operation.name).values[head])
    np.testing.assert_array_equal(part.shares, whole.shares)


def test_the_strongest_look_is_not_that_at_the_first_token_or_itself():
    shares = np.array([[0.9, 0.05, 0.05], [0.1, 0.8, 0.1], [0.0, 0.1, 0.9]])
    assert strongest_head(shares, 2) == 1
    assert MOST_NUMBERS * 4 < 600_000, "a sheet with all heads is a part of what a page may send"


@pytest.mark.real_model
def test_what_each_head_does_to_a_watched_word_is_told(classroom_gpt2):
    done = run(classroom_gpt2, read_text(classroom_gpt2, "The capital of France is"), in_detail=True)
    paris, berlin = (find_token(classroom_gpt2, word) for word in ("Paris", "Berlin"))
    sheet = build_sheet(done, list_stages(done), "attention.4", 4, watched=(paris, berlin))
    effects = {effect.name: effect for effect in attribute(done, 4, paris, berlin).effects}
    for head, push in enumerate(sheet.pushes):
        expected = effects[f"attention.4.{head}"]
        np.testing.assert_allclose(push.watched, (expected.to_watched, expected.to_other), atol=1e-3)
