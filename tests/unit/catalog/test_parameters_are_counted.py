"""The parameters in the data are those that the published configurations give, counted without weights."""

from __future__ import annotations

from functools import cache

import pytest

from components.catalog import counting, curated
from components.catalog.counting import (
    PARTS,
    UncountableModel,
    anatomy_of_config,
    anatomy_of_folder,
    part_of,
)
from components.catalog.presets import PRESETS
from components.models.registry import record
from components.models.store import local_folder

anatomy_of_preset = cache(counting.anatomy_of_preset)  # several tests ask for the same presets


def test_the_data_hold_what_is_counted_of_every_preset():
    sizes = [size for model in curated.models() for size in model.parameters.value or () if size.preset]
    counted = {(preset, anatomy_of_preset(preset).total) for preset in PRESETS}
    assert {(size.preset, size.total) for size in sizes} == counted


@pytest.mark.parametrize("preset", ["gpt2", "gpt2-xl"])
def test_gpt2_by_the_formula_of_its_architecture(preset):
    """Width w, a layer: attention 4w² + 4w, MLP 8w² + 5w, two norms of 2w. Tables: 50,257 tokens, 1,024 places."""
    width, layers = {"gpt2": (768, 12), "gpt2-xl": (1600, 48)}[preset]
    assert anatomy_of_preset(preset).parts() == {
        "embedding": (50_257 + 1_024) * width,
        "attention": layers * (4 * width**2 + 4 * width),
        "mlp": layers * (8 * width**2 + 5 * width),
        "norm": layers * 4 * width + 2 * width,
    }


def test_llama_3_by_the_formula_of_its_architecture():
    """Grouped queries: 32 query heads share 8 key and value heads; the gated MLP has three matrices; no biases."""
    width, inner, layers, vocabulary, group = 4096, 14_336, 32, 128_256, 4
    assert anatomy_of_preset("llama-3-8b").parts() == {
        "embedding": vocabulary * width,
        "attention": layers * (2 * width**2 + 2 * width**2 // group),
        "mlp": layers * 3 * width * inner,
        "norm": (2 * layers + 1) * width,
        "head": vocabulary * width,
    }


def test_every_parameter_belongs_to_a_part():
    for preset in PRESETS:
        anatomy = anatomy_of_preset(preset)
        assert sum(anatomy.parts().values()) == anatomy.total, preset
        assert "other" not in anatomy.parts(), [row.name for row in anatomy.rows if row.part == "other"]
        assert set(anatomy.parts()) <= set(PARTS), preset


def test_experts_are_told_from_a_plain_mlp():
    mixture = anatomy_of_preset("gpt-oss-20b").parts()
    assert mixture["experts"] > 0.9 * sum(mixture.values())
    assert "experts" not in anatomy_of_preset("gpt2").parts()


def test_memory_follows_from_the_count():
    anatomy = anatomy_of_preset("gpt2")
    assert anatomy.bytes_at(32) == 4 * anatomy.total
    assert anatomy.bytes_at(4) == anatomy.total // 2


@pytest.mark.parametrize("model_id", ["classroom-bert", "classroom-gpt2", "classroom-gpt-ko"])
def test_a_model_on_this_machine_is_counted_from_its_config(model_id):
    anatomy = anatomy_of_folder(local_folder(record(model_id)))
    assert anatomy.total > 10_000_000
    assert "other" not in anatomy.parts()


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"model_type": "no-such-model"},
        {"model_type": "gpt2", "n_embd": 10, "n_head": 3},
        {"model_type": "gpt2", "n_layer": 10**9},
        {"model_type": "bert", "hidden_size": "wide"},
        {"model_type": "bert", "hidden_size": -1},
    ],
)
def test_a_configuration_that_makes_no_model_is_named(config):
    with pytest.raises(UncountableModel):
        anatomy_of_config(config)


def test_a_folder_without_a_config_is_named(tmp_path):
    with pytest.raises(UncountableModel):
        anatomy_of_folder(tmp_path)


@pytest.mark.parametrize(
    ("name", "owner", "part"),
    [
        ("transformer.h.0.attn.c_proj.weight", "Conv1D", "attention"),
        ("transformer.h.0.mlp.c_proj.weight", "Conv1D", "mlp"),
        ("embeddings.word_embeddings.weight", "Embedding", "embedding"),
        ("encoder.layer.0.attention.output.LayerNorm.weight", "LayerNorm", "norm"),
        ("encoder.layer.0.output.dense.weight", "Linear", "mlp"),
        ("decoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight", "Embedding", "attention"),
        ("model.layers.0.mlp.experts.down_proj", "Experts", "experts"),
        ("lm_head.weight", "Linear", "head"),
    ],
)
def test_names_that_families_use_differently(name, owner, part):
    assert part_of(name, owner) == part
