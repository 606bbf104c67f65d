"""The exported script of a view that was bought on Bedrock, run against a server that speaks AWS."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from components.aws.bedrock import EMBEDDERS, embed
from components.embeddings.corpus import read_shipped
from components.embeddings.export import Numbers, result, script
from components.embeddings.link import VIEWS
from tests.services.aws_server import serving
from tests.services.embeddings.vectors import Embedding
from tests.services.planted import plant
from tests.unit.source_tree import ROOT

RUN = """
import json, runpy, sys
print(json.dumps([runpy.run_path(path)["result"] for path in sys.argv[1:]]))
"""
QUERY = "robbery of works of art"


def vectors(model, texts, purpose):
    kept = {}
    embed(model, texts, purpose, keep=kept.__setitem__, checkpoint=lambda: None)
    return np.array([kept[text] for text in texts])


@pytest.mark.parametrize("model", [EMBEDDERS[0], EMBEDDERS[-1]], ids=lambda model: model.id)
def test_the_script_of_every_view_gives_the_exported_numbers(model, monkeypatch, tmp_path):
    corpus = read_shipped()
    with serving(Embedding()) as address:
        plant(monkeypatch, tmp_path)
        monkeypatch.setenv("AWS_ENDPOINT_URL", address)
        numbers = Numbers(
            corpus=corpus,
            text=QUERY,
            liked=[3, 5],
            vectors="centred",
            metric="euclidean",
            items=vectors(model, corpus.texts, "document"),
            query=vectors(model, [QUERY], "query"),
            questions=vectors(model, [question.text for question in corpus.questions], "query"),
        )
        paths = []
        for view in VIEWS:
            paths.append(tmp_path / f"{view}.py")
            paths[-1].write_text(
                script(view, numbers, weights="", pooling="mean", most_tokens=256, bought=model), encoding="utf-8"
            )
        done = subprocess.run(
            [sys.executable, "-I", "-c", RUN, *map(str, paths)],
            cwd=ROOT,
            env=os.environ | {"OMP_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
    assert done.returncode == 0, done.stderr[-3000:]
    found = dict(zip(VIEWS, json.loads(done.stdout.splitlines()[-1]), strict=True))
    for view in VIEWS:
        assert flat(found[view]) == pytest.approx(flat(result(view, numbers)), abs=1e-9), view


def flat(value, name="result"):
    """Return a nested result as one dict, which pytest.approx can compare."""
    if isinstance(value, dict):
        return {key: each for part in value for key, each in flat(value[part], f"{name}.{part}").items()}
    if isinstance(value, list | tuple):
        return {key: each for place, part in enumerate(value) for key, each in flat(part, f"{name}[{place}]").items()}
    return {name: value}
