"""The exported notebook, run with plain transformers, gives the exported data."""

from __future__ import annotations

import math
import runpy

import pytest
from transformers import PreTrainedTokenizerFast

from components.inside.attribution import attribute
from components.inside.export import Swap, script
from components.inside.intervention import compare, swap, switch_off
from components.inside.lens import read_lens
from components.inside.reading import predicted_position, read_text, run
from components.inside.record import build_result
from tests.unit.inside.networks import given, other_given


def differences(expected, found, where="result"):
    if isinstance(expected, dict):
        assert expected.keys() == found.keys(), where
        return [each for key in expected for each in differences(expected[key], found[key], f"{where}.{key}")]
    if isinstance(expected, list):
        assert len(expected) == len(found), where
        pairs = enumerate(zip(expected, found, strict=True))
        return [each for number, pair in pairs for each in differences(*pair, f"{where}[{number}]")]
    if isinstance(expected, float):
        return [] if math.isclose(expected, found, rel_tol=1e-3, abs_tol=2e-4) else [(where, expected, found)]
    return [] if expected == found else [(where, expected, found)]


def check(weights, loaded, text, other_text, folder, *, off=(), row="mlp.0", at=1, leave_out=()):
    done, position = run(loaded, text, in_detail=True), predicted_position(loaded, text)
    plain = run(loaded, text)
    watched, other = plain.logits[position].topk(2).indices.tolist()
    if off:
        intervention, swapped = switch_off(loaded, off), None
    else:
        intervention = swap(plain, run(loaded, other_text), row, at)
        swapped = Swap(other_text, row, at)
    expected = build_result(
        plain,
        read_lens(plain, [watched], row_by_row=True),  # as the export does
        attribute(done, position, watched, other),
        position=position,
        changed=compare(plain, intervention, watched=[watched], row_by_row=True),
    )
    code = script(weights, done, text="", position=position, watched=watched, other=other, off=off, swap=swapped)
    path = folder / "notebook.py"
    path.write_text(code, encoding="utf-8")
    found = runpy.run_path(str(path))["result"]
    for name in leave_out:
        del expected[name], found[name]
    assert differences(expected, found) == []


@pytest.mark.parametrize("name", ["llama", "gemma3", "bert", "bert_decoder", "roberta", "t5"])
def test_the_notebook_of_every_kind_of_network(network, name, tmp_path):
    loaded = network(name)
    loaded.model.save_pretrained(tmp_path)
    PreTrainedTokenizerFast(tokenizer_object=loaded.tokenizer.raw).save_pretrained(tmp_path)
    texts = given(loaded, name), other_given(loaded, name)
    # a saved tokenizer does not know which of its tokens are special
    check(str(tmp_path), loaded, *texts, tmp_path, off=["attention.1", "attention.2.3", "mlp.0"], leave_out=["tokens"])
    check(str(tmp_path), loaded, *texts, tmp_path, row="attention.1", at=2, leave_out=["tokens"])


@pytest.mark.real_model
def test_the_notebook_of_the_built_in_decoder(classroom_gpt2, tmp_path):
    texts = [read_text(classroom_gpt2, f"The capital of {name} is") for name in ("France", "Germany")]
    check("components/models/bundled/classroom-gpt2", classroom_gpt2, *texts, tmp_path, row="mlp.3", at=3)


@pytest.mark.real_model
def test_the_notebook_of_the_built_in_decoder_of_berts_blocks(classroom_gpt_ko, tmp_path):
    texts = [read_text(classroom_gpt_ko, f"{name}의 수도는") for name in ("대한민국", "일본")]
    check("components/models/bundled/classroom-gpt-ko", classroom_gpt_ko, *texts, tmp_path, row="mlp.3", at=1)
    code = (tmp_path / "notebook.py").read_text(encoding="utf-8")
    assert "AutoModelForCausalLM" in code
    assert "AutoModelForMaskedLM" not in code


@pytest.mark.real_model
def test_the_notebook_of_the_built_in_encoder(classroom_bert, tmp_path):
    text = read_text(classroom_bert, "The capital of France is [MASK].")
    check("components/models/bundled/classroom-bert", classroom_bert, text, text, tmp_path, off=["attention.5.10"])
