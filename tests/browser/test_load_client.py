"""The measurement of a class, in small: it counts what happened, errors too."""

from __future__ import annotations

import asyncio
import json
import random

from components.registry import pages_for
from tests.bench import load
from tests.browser.serving import ROOT


def measure(origin: str, pid: int, look) -> load.Measured:
    return asyncio.run(load.load(origin, pid, load.Crowd(look, users=3, think_s=0.1, seconds=0.5, ramp_s=0.1)))


def test_every_user_is_served(app, capsys):
    measured = measure(app.origin, app.pid, lambda chance: ("tokenizer", {"text": str(chance.random())}))
    assert measured.errors == []
    assert len(measured.first_s) == 3
    assert len(measured.rerun_s) >= 3
    assert all(seconds > 0 for seconds in measured.first_s + measured.rerun_s)
    load.report(measured, users=3, before=(measured.memory_bytes[0], measured.threads[0]))
    assert "errors: 0" in capsys.readouterr().out


def test_the_scenarios_look_at_pages_there_are():
    looks = [load.browse(random.Random(number)) for number in range(200)]
    assert {slug for slug, _ in looks} == {entry.slug for entry in pages_for(None)}


def test_the_class_looks_at_every_layer_and_head_of_the_default_model():
    looks = [load.attention(random.Random(number)) for number in range(2000)]
    config = json.loads((ROOT / "components/models/bundled/classroom-bert/config.json").read_text())
    assert {slug for slug, _ in looks} == {"attention"}
    assert {int(values["layer"]) for _, values in looks} == set(range(config["num_hidden_layers"]))
    assert {int(values["head"]) for _, values in looks} == set(range(config["num_attention_heads"]))


def test_a_page_that_is_not_there_is_an_error(app):
    measured = measure(app.origin, app.pid, lambda _chance: ("nowhere", {}))
    assert set(measured.errors) == {"page not found"}


def test_a_server_that_is_not_there_is_an_error_for_each_user(app):
    measured = measure("http://127.0.0.1:9", app.pid, load.browse)
    assert len(measured.errors) == 3
    assert measured.first_s == []
