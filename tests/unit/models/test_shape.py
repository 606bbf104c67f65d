"""The measures read from config.json, against the ones transformers reads from the same file."""

from __future__ import annotations

import pytest
import torch
from transformers import AutoConfig

from components.models.errors import CorruptFile
from components.models.registry import record
from components.models.shape import model_shape
from components.models.store import local_folder
from tests.unit.models import tiny


@pytest.fixture(params=tiny.CONFIGS)
def folder(request, tmp_path):
    tiny.CONFIGS[request.param]().save_pretrained(tmp_path)
    return tmp_path


def test_measures_are_the_ones_transformers_reads(folder):
    shape, config = model_shape(folder), AutoConfig.from_pretrained(folder)
    assert shape.family == config.model_type
    assert shape.layers == config.num_hidden_layers
    assert shape.heads == config.num_attention_heads
    assert shape.width == config.hidden_size
    assert shape.vocabulary == config.vocab_size
    assert shape.key_value_heads == getattr(config, "num_key_value_heads", shape.heads)


@pytest.mark.parametrize(
    ("family", "scheme", "positions"),
    [
        *(("bert", "learned", 16), ("distilbert", "learned", 16), ("gpt2", "learned", 16), ("opt", "learned", 16)),
        ("roberta", "learned", 16),  # its config says 18: two rows carry no position
        *(("llama", "rotary", 16), ("gemma3_text", "rotary", 16), ("t5", "relative", None)),
    ],
)
def test_how_a_family_knows_positions_and_how_many(tmp_path, family, scheme, positions):
    tiny.CONFIGS[family]().save_pretrained(tmp_path)
    shape = model_shape(tmp_path)
    assert (shape.position_scheme, shape.positions) == (scheme, positions)


@pytest.mark.parametrize("family", [family for family in tiny.CONFIGS if family != "t5"])
def test_the_longest_input_it_names_runs_and_for_learned_positions_a_longer_one_does_not(tmp_path, family):
    model = tiny.save(family, tmp_path).model
    shape = model_shape(tmp_path)
    ids = torch.full((1, shape.positions), 5)
    with torch.inference_mode():
        model(ids)
        if shape.position_scheme == "learned":
            with pytest.raises((IndexError, RuntimeError, ValueError)):
                model(torch.full((1, shape.positions + 1), 5))


def test_both_halves_of_an_encoder_decoder_are_counted(tmp_path):
    tiny.CONFIGS["t5"]().save_pretrained(tmp_path)
    shape = model_shape(tmp_path)
    assert (shape.layers, shape.decoder_layers, shape.head_width) == (2, 3, 8)


def test_inner_width_that_gpt2_leaves_out_is_four_times_the_width(tmp_path):
    model = tiny.save("gpt2", tmp_path).model
    assert model_shape(tmp_path).inner_width == model.transformer.h[0].mlp.c_fc.weight.shape[1]


@pytest.mark.parametrize("model_id", ["classroom-bert", "classroom-gpt2"])
def test_the_embedded_models_have_the_shape_their_cards_say(model_id):
    shape = model_shape(local_folder(record(model_id)))
    assert (shape.layers, shape.heads, shape.width, shape.positions) == (6, 12, 384, 512)


def test_of_a_text_and_image_model_the_text_part_is_read(tmp_path):
    (tmp_path / "config.json").write_text(
        '{"model_type": "gemma3", "text_config": {"model_type": "gemma3_text", "num_hidden_layers": 2, '
        '"num_attention_heads": 2, "hidden_size": 8, "vocab_size": 9}}'
    )
    assert model_shape(tmp_path).family == "gemma3_text"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", "Expecting value"),
        ("[1]", "not a JSON object"),
        ("[" * 100_000, "recursion"),
        ("\udc80", "decode"),
        ('{"model_type": "bert", "num_hidden_layers": 2, "hidden_size": 4}', "num_attention_heads"),
        ('{"num_hidden_layers": -2}', "num_hidden_layers"),
    ],
)
def test_an_unreadable_config_is_said_to_be_so(tmp_path, content, expected):
    (tmp_path / "config.json").write_text(content, "utf-8", errors="surrogateescape")
    with pytest.raises(CorruptFile, match=r"config\.json") as error:
        model_shape(tmp_path)
    assert expected in str(error.value)


def test_a_missing_config_is_said_to_be_so(tmp_path):
    with pytest.raises(CorruptFile, match=r"config\.json"):
        model_shape(tmp_path)
