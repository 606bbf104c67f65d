"""The exported script is run as a student would run it, and must give the exported numbers to the last bit."""

import json
import runpy

import jupytext
import pytest

from components.models.input_embeddings import position_table
from components.models.registry import record
from components.models.store import local_folder
from components.positional.export import collect_result, render_script
from components.positional.schemes import (
    Selection,
    alibi_encoding,
    learned_encoding,
    rotary_encoding,
    sinusoidal_encoding,
)

WAVES = {"d_model": 24, "length": 40, "base": 500.5}


def script_of(*, scheme, layout="interleaved", weights="", heads=1):
    return render_script(Selection(**WAVES, scheme=scheme, layout=layout, model=""), weights=weights, heads=heads)


def run(tmp_path, **settings):
    path = tmp_path / "script.py"
    path.write_text(script_of(**settings), encoding="utf-8")
    return json.loads(json.dumps(runpy.run_path(str(path))["result"]))


@pytest.mark.parametrize("layout", ["interleaved", "concatenated"])
def test_the_sinusoids_come_out_the_same(tmp_path, layout):
    exported = collect_result(sinusoidal_encoding(**WAVES, layout=layout))
    assert run(tmp_path, scheme="sinusoidal", layout=layout) == json.loads(json.dumps(exported))


@pytest.mark.parametrize("layout", ["interleaved", "concatenated"])
def test_the_rotation_comes_out_the_same(tmp_path, layout):
    exported = collect_result(rotary_encoding(**WAVES, layout=layout))
    assert run(tmp_path, scheme="rotary", layout=layout) == json.loads(json.dumps(exported))


@pytest.mark.parametrize("heads", [1, 8, 12])
def test_the_slopes_come_out_the_same(tmp_path, heads):
    exported = collect_result(alibi_encoding(heads=heads, length=40, head=0))
    assert run(tmp_path, scheme="alibi", heads=heads) == json.loads(json.dumps(exported))


@pytest.mark.real_model
@pytest.mark.parametrize("model", ["classroom-bert", "classroom-gpt2"])
def test_the_learned_table_comes_out_the_same(tmp_path, model):
    folder = local_folder(record(model))
    exported = collect_result(learned_encoding(position_table(folder), length=40))
    assert run(tmp_path, scheme="learned", weights=str(folder)) == json.loads(json.dumps(exported))


@pytest.mark.parametrize("scheme", ["sinusoidal", "learned", "rotary", "alibi"])
def test_it_opens_as_a_notebook_whose_first_cell_says_what_it_is(scheme):
    notebook = jupytext.reads(script_of(scheme=scheme, weights="gpt2", heads=8), fmt="py:percent")
    assert [cell.cell_type for cell in notebook.cells].count("markdown") == 1
    assert notebook.cells[0].source.startswith("# ")
    assert notebook.cells[-1].source.startswith("result = ")
