"""The formats that leave the house: one JSON document, one script, the same script as a notebook."""

from __future__ import annotations

import json

import nbformat
import pytest

from components.core.version import VERSION
from components.ui.export import Export, data_document, notebook

SCRIPT = "# %% [markdown]\n# # Title\n# Why.\n\n# %%\nx = '한 🙂'\n\n# %%\nresult = {'x': x}\n"


def export(**changed):
    given = {
        "page": "tokenizer",
        "params": {"text": "한 🙂", "compare": ["a", "b"]},
        "model": "classroom-bert",
        "result": lambda: {"numbers": [0.1, 1 / 3, 1e-17], "text": "한 🙂"},
        "script": lambda: SCRIPT,
        "figure": "chart",
    }
    return Export(**{**given, **changed})


def test_the_data_is_one_document_of_five_parts():
    document = json.loads(data_document(export()))
    assert list(document) == ["page", "version", "params", "model", "result"]
    assert (document["page"], document["version"], document["model"]) == ("tokenizer", VERSION, "classroom-bert")
    assert document["params"] == {"text": "한 🙂", "compare": ["a", "b"]}


def test_numbers_keep_their_full_precision():
    assert json.loads(data_document(export()))["result"]["numbers"] == [0.1, 1 / 3, 1e-17]


def test_text_stays_readable():
    assert "한 🙂" in data_document(export())


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_what_is_no_number_in_json_is_refused(number):
    with pytest.raises(ValueError, match="JSON"):
        data_document(export(result=lambda: {"x": number}))


def test_a_view_without_a_model_says_so():
    assert json.loads(data_document(export(model=None)))["model"] is None


def test_the_notebook_is_valid_and_has_the_cells_of_the_script():
    document = nbformat.reads(notebook(export()), as_version=4)
    nbformat.validate(document)
    assert [cell.cell_type for cell in document.cells] == ["markdown", "code", "code"]
    assert document.cells[1].source == "x = '한 🙂'"
    assert document.metadata.kernelspec.name == "python3"
    assert all(not cell.get("outputs") for cell in document.cells)
