"""Embedding tables without torch, against the model that was saved."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from components.models.errors import CorruptFile
from components.models.input_embeddings import embedding_rows, embedding_table, input_embeddings, position_table
from components.models.registry import record
from components.models.store import local_folder
from tests.unit.models import tiny

IDS = [2, 3, 4, 5, 39, 7]


def first_layer_input(model, ids, **inputs):
    """Return what the first block of a model is called with, as torch computes it."""
    seen = []
    base = model.base_model
    blocks = {
        "bert": lambda: base.encoder.layer, "roberta": lambda: base.encoder.layer, "gpt2": lambda: base.h,
        "distilbert": lambda: base.transformer.layer, "opt": lambda: base.decoder.layers, "llama": lambda: base.layers,
        "gemma3_text": lambda: base.layers, "t5": lambda: base.encoder.block,
    }  # fmt: skip

    def keep(module, args, kwargs):
        seen.append(args[0] if args else kwargs["hidden_states"])

    hook = blocks[model.config.model_type]()[0].register_forward_pre_hook(keep, with_kwargs=True)
    if model.config.is_encoder_decoder:
        inputs["decoder_input_ids"] = torch.tensor([ids])
    with torch.inference_mode():
        model(torch.tensor([ids]), **inputs)
    hook.remove()
    return seen[0][0].numpy()


@pytest.fixture(params=tiny.CONFIGS)
def saved(request, tmp_path):
    return tiny.save(request.param, tmp_path)


def test_the_table_is_the_models_input_embeddings(saved):
    expected = saved.model.get_input_embeddings().weight.detach().numpy()
    assert np.array_equal(embedding_table(saved.folder), expected)
    assert np.array_equal(embedding_rows(saved.folder, IDS), expected[IDS])


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_tables_are_read_exactly(tmp_path, dtype):
    saved = tiny.save("llama", tmp_path, dtype=dtype)
    assert np.array_equal(embedding_table(tmp_path), saved.model.get_input_embeddings().weight.detach().float().numpy())


def test_row_n_of_the_position_table_is_position_n(saved):
    family = saved.model.config.model_type
    tables = {
        "bert": ("embeddings.position_embeddings", 0), "distilbert": ("embeddings.position_embeddings", 0),
        "gpt2": ("wpe", 0), "roberta": ("embeddings.position_embeddings", 2),
        "opt": ("decoder.embed_positions", 2),
    }  # fmt: skip
    if family not in tables:
        assert position_table(saved.folder) is None
        return
    name, offset = tables[family]
    expected = saved.model.base_model.get_submodule(name).weight.detach().numpy()[offset:]
    assert np.array_equal(position_table(saved.folder), expected)
    assert len(expected) == 16


def test_parts_add_up_to_what_the_first_layer_reads(saved):
    read = input_embeddings(saved.folder, IDS)
    np.testing.assert_allclose(read.output, first_layer_input(saved.model, IDS), rtol=0, atol=2e-6)
    parts = [part for part in (read.token, read.segment, read.position) if part is not None]
    np.testing.assert_allclose(read.total, sum(parts), rtol=0, atol=1e-6)


def test_segments_reach_the_sum(tmp_path):
    saved = tiny.save("bert", tmp_path)
    segments = [0, 0, 0, 1, 1, 1]
    read = input_embeddings(tmp_path, IDS, segments=segments)
    expected = first_layer_input(saved.model, IDS, token_type_ids=torch.tensor([segments]))
    np.testing.assert_allclose(read.output, expected, rtol=0, atol=2e-6)
    assert not np.allclose(read.output, input_embeddings(tmp_path, IDS).output)


def test_the_oldest_names_of_layer_norm_are_understood(tmp_path):
    saved = tiny.save("bert", tmp_path)
    path = tmp_path / "model.safetensors"
    renamed = {
        name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"): tensor
        for name, tensor in load_file(path).items()
    }
    save_file(renamed, path, metadata={"format": "pt"})
    assert any("gamma" in name for name in renamed)
    np.testing.assert_allclose(
        input_embeddings(tmp_path, IDS).output, first_layer_input(saved.model, IDS), rtol=0, atol=2e-6
    )


def test_an_id_beyond_the_vocabulary_is_an_error(tmp_path):
    tiny.save("gpt2", tmp_path)
    with pytest.raises(IndexError, match="rows 0 to 39"):
        input_embeddings(tmp_path, [40])


def test_more_ids_than_positions_are_an_error(tmp_path):
    tiny.save("bert", tmp_path)
    with pytest.raises(IndexError, match="rows 0 to 15"):
        input_embeddings(tmp_path, [2] * 17)


def test_weights_without_a_known_table_are_said_to_be_so(tmp_path):
    tiny.save("bert", tmp_path)
    save_file({"something.else": torch.zeros(2, 2)}, tmp_path / "model.safetensors")
    with pytest.raises(CorruptFile, match="no tensor is called"):
        embedding_table(tmp_path)


@pytest.mark.real_model
@pytest.mark.parametrize("model_id", ["classroom-bert", "classroom-gpt2"])
def test_the_embedded_models_inputs_are_what_torch_computes(model_id):
    from transformers import AutoModelForCausalLM, AutoModelForMaskedLM

    auto = AutoModelForMaskedLM if model_id == "classroom-bert" else AutoModelForCausalLM
    folder = local_folder(record(model_id))
    model = auto.from_pretrained(folder, dtype=torch.float32).eval()
    ids = [1045, 3191, 1037, 2204, 3117, 1012]
    np.testing.assert_allclose(input_embeddings(folder, ids).output, first_layer_input(model, ids), rtol=0, atol=2e-6)
    assert position_table(folder).shape == (512, 384)
