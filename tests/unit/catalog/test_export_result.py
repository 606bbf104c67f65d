"""What is taken home: every fact with its sources, and a script that runs by itself and gives the same numbers."""

from __future__ import annotations

import datetime
import json
import re
import runpy
import subprocess
import sys

import pytest

from components.catalog.curated import model, models
from components.catalog.export import Counting, result, script
from components.catalog.presets import PRESETS
from components.models.registry import record
from components.models.store import local_folder

DAY = datetime.date(2026, 11, 23)


def test_the_data_are_json_and_hold_every_fact_with_its_source():
    found = json.loads(json.dumps(result(models(), DAY), allow_nan=False))
    assert len(found["models"]) == len(models())
    bert = next(one for one in found["models"] if one["id"] == "bert")
    context = bert["context"]
    assert (context["value"], context["missing"], context["conflict"]) == (512, None, False)
    assert context["as_of"] == max(found["sources"][number]["as_of"] for number in context["source"])
    assert bert["parameters"]["value"][0]["total"] == 109_482_240
    positions = {number for one in found["models"] for fact in ("kind", "licence") for number in one[fact]["source"]}
    assert positions <= set(range(len(found["sources"])))
    j2 = next(one for one in found["models"] if one["id"] == "jurassic-2")
    assert {offer["status"] for offer in j2["offers"]} == {"ended"}


FLAN = PRESETS["flan-t5-small"]
BERT_CONFIG = json.loads((local_folder(record("classroom-bert")) / "config.json").read_bytes())
COUNTINGS = {
    "nothing counted": None,
    "a head of its own": Counting("flan-t5-small", FLAN.model_class, FLAN.settings, True, 76_961_152),
    "a config.json": Counting("classroom-bert", "BertForMaskedLM", BERT_CONFIG, False, 22_744_506),
}


@pytest.mark.parametrize("counting", COUNTINGS.values(), ids=COUNTINGS)
def test_the_script_runs_alone_and_repeats_the_data(counting, tmp_path):
    shown = [model("bert"), model("flan-t5"), model("jurassic-2")]
    text = script(shown, DAY, {"q": '누구 "\'\n"""'}, counting)
    path = tmp_path / "catalog.py"
    path.write_text(text + "\nimport json\nprint(json.dumps(result))\n", encoding="utf-8")
    assert not re.search(r"^\s*(import|from) components", text, re.MULTILINE)
    if counting:  # torch takes seconds to load: here it is loaded already
        found = runpy.run_path(str(path))["result"]
    else:
        ran = subprocess.run([sys.executable, path], capture_output=True, text=True, check=True, cwd=tmp_path)
        found = json.loads(ran.stdout.splitlines()[-1])
    assert found == result(shown, DAY, counting)
