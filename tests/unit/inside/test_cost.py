"""What a stage costs is counted from its sizes and measured by running it."""

from __future__ import annotations

import pytest
import torch
import transformers as hf

from components.inside.cost import (
    Machine,
    compare_cache,
    count_bytes,
    count_operations,
    measure_machine,
    measure_stages,
)
from components.inside.reading import run
from components.inside.stages import list_stages
from components.models import recording, tracing
from tests.unit.attention.architectures import VOCABULARY, Tiny, tokenizer
from tests.unit.inside.networks import NAMES, given


def counted(stages, name):
    stage = stages.by_name[name]
    inputs = [stages.by_name[each].value for each in stage.inputs]
    return count_operations(stage, inputs, stage.value), count_bytes(stage, inputs, stage.value)


def test_products_are_counted_by_hand(network):
    """GPT-2 with width 32, 4 heads of 8, 128 neurons, 99 words, 7 positions."""
    loaded = network("gpt2")
    stages = list_stages(run(loaded, given(loaded, "gpt2"), in_detail=True))
    assert counted(stages, "attention.0.query") == (2 * 7 * 32 * 32, 4 * (7 * 32 + 32 * 32 + 32 + 7 * 32))
    assert counted(stages, "attention.0.scores")[0] == 2 * 4 * 7 * 7 * 8
    assert counted(stages, "attention.0.mixed")[0] == 2 * 4 * 7 * 8 * 7
    assert counted(stages, "attention.0.added")[0] == 2 * 7 * 32 * 32
    assert counted(stages, "mlp.0.up")[0] == 2 * 7 * 32 * 128
    assert counted(stages, "mlp.0.added")[0] == 2 * 7 * 128 * 32
    assert counted(stages, "logits")[0] == 2 * 7 * 32 * 99


@pytest.mark.parametrize("name", NAMES)
def test_every_stage_has_a_time_and_an_estimate(network, name):
    loaded = network(name)
    stages = list_stages(run(loaded, given(loaded, name), in_detail=True))
    made = []
    costs = measure_stages(
        loaded, stages, Machine(1e9, 1e9), progress=lambda number, total: made.append((number, total))
    )
    assert [each.name for each in costs] == [each.name for each in stages.all if each.kind != "given"]
    assert made[-1] == (len(costs), len(costs))
    for each in costs:
        assert each.measured_s > 0
        assert each.bytes_moved > 0
        assert each.estimated_s == max(each.operations, each.bytes_moved) / 1e9


def test_the_machine_is_measured(network):
    machine = measure_machine(network("gpt2"))
    assert machine.operations_per_s > 1e8
    assert machine.bytes_per_s > 1e7


@pytest.mark.parametrize("name", ["gpt2", "bert_decoder", "llama", "gemma"])
def test_the_cache_writes_the_same_and_grows_by_one_token(network, name):
    loaded = network(name)
    found = compare_cache(loaded, given(loaded, name), new_tokens=5)
    assert found.is_same
    assert len(found.with_cache_s) == len(found.without_cache_s) == len(found.token_ids) == 5
    config = loaded.model.config
    key_heads = getattr(config, "num_key_value_heads", config.num_attention_heads)
    a_token = 2 * 4 * config.num_hidden_layers * key_heads * 8
    assert found.cache_bytes == tuple(a_token * (7 + number) for number in range(5))


def test_an_encoder_has_no_cache(network):
    with pytest.raises(ValueError, match="bert"):
        compare_cache(network("bert"), given(network("bert"), "bert"))


def test_the_cache_is_compared_as_far_as_the_model_can_write():
    config = hf.GPT2Config(n_embd=32, n_layer=2, n_head=4, n_positions=10, vocab_size=VOCABULARY)
    model = hf.GPT2LMHeadModel(config).eval()
    loaded = Tiny(model, tokenizer(framed=False), torch.device("cpu"), recording.install(model), tracing.install(model))
    found = compare_cache(loaded, given(loaded, "gpt2"))
    assert len(found.token_ids) == len(found.without_cache_s) == 4, "the fourth follows the last position"
