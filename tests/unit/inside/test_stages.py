"""Every stage, recomputed from its shown inputs by NumPy, equals what the model computed."""

from __future__ import annotations

import numpy as np
import pytest

from components.inside.reading import read_text, run
from components.inside.stages import MOST_ERROR, list_stages
from tests.unit.inside.networks import ENCODER_DECODERS, NAMES, given


def check(stages):
    for stage in stages.all:
        value, again = stage.value, stages.recompute(stage.name)
        assert value.shape == again.shape, stage.name
        assert len(stage.shape) == value.ndim, stage.name
        finite = np.isfinite(value)
        np.testing.assert_array_equal(finite, np.isfinite(again), err_msg=stage.name)
        largest = max(1.0, float(np.abs(value[finite]).max()))
        np.testing.assert_allclose(again[finite], value[finite], rtol=0, atol=MOST_ERROR * largest, err_msg=stage.name)


@pytest.fixture(params=NAMES)
def stages(request, network):
    loaded = network(request.param)
    return list_stages(run(loaded, given(loaded, request.param), in_detail=True))


def test_every_stage_is_recomputed_from_its_inputs(stages):
    check(stages)


def test_inputs_come_before_what_is_computed_from_them(stages):
    known = set()
    for stage in stages.all:
        assert set(stage.inputs) <= known, stage.name
        assert stage.name not in known
        known.add(stage.name)
        assert stage.kind == "given" or (stage.formula and stage.code), stage.name


def test_every_stage_leads_to_the_probabilities(stages):
    """Nothing is listed beside the computation, and nothing of it is left out."""
    used, wanted = set(), ["probabilities"]
    while wanted:
        name = wanted.pop()
        if name not in used:
            used.add(name)
            wanted += stages.by_name[name].inputs
    assert used == set(stages.by_name)


def test_a_change_of_an_input_changes_the_stage(stages):
    """A recomputation that ignored its inputs would pass the comparison with the model."""
    for stage in stages.all:
        if not stage.inputs or stage.kind == "lookup":
            continue
        inputs = [stages.by_name[each].value for each in stage.inputs]
        for number, each in enumerate(inputs):
            other = [*inputs[:number], each + np.linspace(0.5, 2.0, each.shape[-1]), *inputs[number + 1 :]]
            with np.errstate(invalid="ignore"):
                assert not np.allclose(stage.recompute(*other), stage.recompute(*inputs)), (stage.name, number)


def test_the_list_is_read_from_the_architecture(network):
    def names(each):
        loaded = network(each)
        return list_stages(run(loaded, given(loaded, each), in_detail=True)).by_name

    assert {"position_vectors", "attention.0.normed", "attention.0.masked", "final"} <= names("gpt2").keys()
    assert "attention.0.query_turned" not in names("gpt2")
    llama = names("llama")
    assert {"attention.0.query_turned", "mlp.0.gate"} <= llama.keys()
    assert llama["attention.0.key"].value.shape[0] == 2  # grouped queries
    assert llama["final"].formula == "x / √(mean(x²) + ε) · g"
    assert {"attention.1.sum", "transform.norm", "segment_vectors"} <= names("bert").keys()
    assert "attention.0.masked" not in names("bert")
    assert {"attention.0.capped", "logits.uncapped", "mlp.0.projected"} <= names("gemma2").keys()
    assert "attention.0.query_normed" in names("gemma3")
    for each in ENCODER_DECODERS:
        assert {"encoded", "cross.1.weights", "attention.0.biased"} <= names(each).keys()
    assert "mlp.0.gate" in names("t5_gated")


@pytest.mark.real_model
@pytest.mark.parametrize(
    ("name", "text"),
    [("classroom_gpt2", "The capital of France is"), ("classroom_bert", "The capital of France is [MASK].")],
)
def test_every_stage_of_the_built_in_models(request, name, text):
    loaded = request.getfixturevalue(name)
    check(list_stages(run(loaded, read_text(loaded, text), in_detail=True)))


def test_a_padding_token_that_is_typed_has_no_position_in_roberta(network):
    loaded = network("roberta")
    stages = list_stages(run(loaded, read_text(loaded, "w1 [PAD] w2 [MASK]"), in_detail=True))
    value, again = stages.by_name["embedding"].value, stages.recompute("embedding")
    np.testing.assert_allclose(again, value, atol=MOST_ERROR * np.abs(value).max())
