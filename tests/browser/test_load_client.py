"""The measurement of a class, in small: it counts what happened, errors too."""

from __future__ import annotations

import json
import random

import pytest

from components.registry import pages_for
from tests import event_loop
from tests.bench import load
from tests.bench.report import Report
from tests.browser.serving import ROOT
from tests.services.visitor_client import Run, visiting


def measure(origin: str, pid: int, look) -> load.Measured:
    crowd = load.Crowd(look, users=3, think_s=0.1, rerun_p95_s=60)
    return event_loop.run(load.load(origin, pid, scenario(crowd)))


def scenario(crowd: load.Crowd) -> load.Scenario:
    return load.Scenario({"few": crowd}, seconds=0.5, ramp_s=0.1)


class Noted:
    """A visitor who only notes where they are sent."""

    def __init__(self) -> None:
        self.looks: list[tuple[str, dict[str, str]]] = []

    async def open(self, slug: str, **parameters: str) -> Run:
        self.looks.append((slug, parameters))
        return Run(0.0, (), ())


def sent_to(look, times: int) -> list[tuple[str, dict[str, str]]]:
    noted = Noted()

    async def look_around() -> None:
        for number in range(times):
            await look(noted, random.Random(number))

    event_loop.run(look_around())
    return noted.looks


def test_every_user_is_served_and_the_figures_are_told(app, capsys):
    measured = measure(
        app.origin, app.pid, lambda visitor, chance: visitor.open("tokenizer", text=str(chance.random()))
    )
    assert measured.errors == []
    assert len(measured.first_s["few"]) == 3
    assert len(measured.rerun_s["few"]) >= 3
    assert all(seconds > 0 for seconds in measured.first_s["few"] + measured.rerun_s["few"])
    assert measured.server_cpu_s > 0
    load.tell(
        Report("Load: few"),
        scenario(load.Crowd(load.browse, 3, 0.1, rerun_p95_s=60)),
        measured,
        before=(measured.memory_bytes[0], measured.threads[0]),
    )
    told = capsys.readouterr().out
    assert "| few: rerun |" in told
    assert "p95 60000 ms: met" in told
    assert "Errors: 0" in told
    assert f"for each of {3 + len(measured.rerun_s['few'])} looks" in told


def test_whoever_generates_presses_the_button_and_gets_a_text(app):
    async def opened_and_written() -> tuple[Run, Run]:
        async with visiting(app.origin) as visitor:
            opened = await visitor.open("generation", max_new_tokens="8")
            return opened, await visitor.press("generation_generate")

    opened, written = event_loop.run(opened_and_written())
    assert opened.faults == written.faults == ()
    assert len(written.sizes_bytes) > len(opened.sizes_bytes)  # the page as it was, and the answer


def test_the_scenarios_look_at_pages_there_are():
    assert {slug for slug, _ in sent_to(load.browse, 300)} == {entry.slug for entry in pages_for(None)}


def test_the_class_looks_at_every_layer_and_head_of_the_default_model():
    looks = sent_to(load.attention, 2000)
    config = json.loads((ROOT / "components/models/bundled/classroom-bert/config.json").read_text())
    assert {slug for slug, _ in looks} == {"attention"}
    assert {int(values["layer"]) for _, values in looks} == set(range(config["num_hidden_layers"]))
    assert {int(values["head"]) for _, values in looks} == set(range(config["num_attention_heads"]))


def test_the_goals_are_those_of_a_class():
    attention, mixed = load.SCENARIOS["attention"], load.SCENARIOS["mixed"]
    assert (attention.users, attention.crowds["attention"].think_s) == (100, 4)
    assert attention.crowds["attention"].rerun_p95_s == pytest.approx(0.25)
    assert (mixed.crowds["generate"].users, mixed.crowds["browse"].users) == (8, 50)
    assert mixed.crowds["browse"].rerun_p95_s == pytest.approx(1.0)
    assert load.SCENARIOS["soak"].seconds == 30 * 60


def test_a_page_that_is_not_there_is_an_error(app):
    measured = measure(app.origin, app.pid, lambda visitor, _chance: visitor.open("nowhere"))
    assert set(measured.errors) == {"page not found"}


def test_a_server_that_is_not_there_is_an_error_for_each_user(app):
    measured = measure("http://127.0.0.1:9", app.pid, load.browse)
    assert len(measured.errors) == 3
    assert measured.first_s == {}
