"""What is taken home: every fact with its sources, and a script that runs by itself and gives the same numbers."""

from __future__ import annotations

import datetime
import json
import subprocess
import sys

import pytest

from components.foundation.catalogue import model, models
from components.foundation.result import result, script

DAY = datetime.date(2026, 11, 23)


def test_the_data_are_json_and_hold_every_fact_with_its_source():
    found = json.loads(json.dumps(result(models(), DAY), allow_nan=False))
    assert len(found["models"]) == len(models())
    bert = next(one for one in found["models"] if one["id"] == "bert")
    assert bert["context"] == {
        "value": 512,
        "missing": None,
        "conflict": False,
        "as_of": bert["context"]["source"][0]["as_of"],
        "source": bert["context"]["source"],
    }
    assert bert["parameters"]["value"][0]["total"] == 109_482_240
    j2 = next(one for one in found["models"] if one["id"] == "jurassic-2")
    assert {offer["status"] for offer in j2["offers"]} == {"ended"}


@pytest.mark.parametrize("chosen", ["flan-t5", "claude-5.5"])
def test_the_script_runs_alone_and_repeats_the_data(chosen, tmp_path):
    shown = [model("bert"), model("flan-t5"), model("jurassic-2")]
    text = script(shown, model(chosen), DAY, {"q": "누구 \"'"})
    path = tmp_path / "catalog.py"
    path.write_text(text + "\nimport json\nprint(json.dumps(result))\n", encoding="utf-8")
    ran = subprocess.run([sys.executable, path], capture_output=True, text=True, check=True, cwd=tmp_path)
    found = json.loads(ran.stdout.splitlines()[-1])
    exported = result(shown, DAY)["models"]
    assert [one["id"] for one in found["models"]] == [one["id"] for one in exported]
    assert [one["status"] for one in found["models"]] == [one["status"] for one in exported]
    if chosen == "flan-t5":
        assert found["parameters_counted"] == {"flan-t5-small": 76_961_152}
