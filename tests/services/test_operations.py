"""A real server as the operator sees it: what it counts, whether it is well, what it logs, and how it ends."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import time
import urllib.error
import urllib.request
from contextlib import contextmanager

import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families
from websockets.exceptions import ConnectionClosed

from tests import event_loop
from tests.browser.serving import STOPPED_WITHIN_S, serving
from tests.services.generation.openai_server import MODEL, Scenario, openai
from tests.services.generation.writer import answer
from tests.services.visitor_client import visiting

TOKEN = "a-token-for-the-scraper"
PROMPT = "Once upon a secretword"
NEW_TOKENS = 7
WAIT_S = 60
RUN = {"engine": "openai", "model": MODEL, "prompt": PROMPT, "max_new_tokens": str(NEW_TOKENS), "run": "1"}
OF = {"engine": "openai", "model": MODEL}


@contextmanager
def operated(folder, scenario):
    """Start the dashboard with metrics, a token and JSON in the log, and a model on another server."""
    token = folder / "token"
    token.write_text(f"{TOKEN}\n")
    with openai(scenario) as address, pytest.MonkeyPatch.context() as environment:
        served = [{"name": "class server", "base_url": address, "models": [MODEL]}]
        environment.setenv("DASHBOARD_OPENAI_SERVERS", json.dumps(served))
        environment.setenv("DASHBOARD_METRICS", "on")
        environment.setenv("DASHBOARD_METRICS_TOKEN_FILE", str(token))
        environment.setenv("DASHBOARD_LOG_FORMAT", "json")
        with serving(folder) as server:
            yield server


@pytest.fixture(scope="module")
def scenario():
    return Scenario()


@pytest.fixture(scope="module")
def server(tmp_path_factory, scenario):
    with operated(tmp_path_factory.mktemp("operated"), scenario) as server:
        yield server


def get(server, path, **headers):
    request = urllib.request.Request(f"{server.origin}{path}", headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=WAIT_S) as got:
            return got.status, got.read().decode(), got.headers
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(), error.headers


def scraped(server):
    """Return the samples of /metrics, read by Prometheus's own parser."""
    status, text, _ = get(server, "/metrics", Authorization=f"Bearer {TOKEN}")
    assert status == 200
    return [sample for family in text_string_to_metric_families(text) for sample in family.samples]


def value(samples, name, **labels):
    found = [each.value for each in samples if each.name == name and labels.items() <= each.labels.items()]
    assert len(found) <= 1, (name, labels, found)
    return found[0] if found else 0


def lines(server):
    return [json.loads(line) for line in server.log.read_text().splitlines()]


def visit(server, **parameters):
    async def one():
        async with visiting(server.origin) as visitor:
            return await visitor.open("generation", **parameters)

    return event_loop.run(one())


def eventually(look):
    give_up = time.monotonic() + WAIT_S
    while not (found := look()):
        assert time.monotonic() < give_up
        time.sleep(0.02)
    return found


def test_it_is_alive_and_ready(server):
    assert json.loads(get(server, "/healthz")[1]) == {"alive": True}
    eventually(lambda: get(server, "/readyz")[0] == 200)  # the server answers while it still draws the menu
    _, body, headers = get(server, "/readyz")
    assert json.loads(body) == {"ready": True, "parts": dict.fromkeys(("server", "menu", "models"), "ok")}
    assert headers["Cache-Control"] == "no-store"


def test_streamlits_own_address_for_numbers_is_closed(server):
    assert get(server, "/_stcore/metrics", Authorization=f"Bearer {TOKEN}")[0] == 404


@pytest.mark.parametrize("shown", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": TOKEN}])
def test_without_the_token_there_are_no_numbers(server, shown):
    status, body, _ = get(server, "/metrics", **shown)
    assert status == 403
    assert "dashboard_" not in body


def test_what_a_run_used_is_counted(server, scenario):
    before = scraped(server)
    run = visit(server, **RUN, seed="3")
    assert run.faults == ()
    asked = scenario.bodies[-1]
    warmth = asked.get("temperature", 1.0)
    written = list(answer(PROMPT, tokens=NEW_TOKENS, seed=asked["seed"], temperature=warmth))
    after = scraped(server)

    def grown(name, **labels):
        return value(after, name, **labels) - value(before, name, **labels)

    assert grown("dashboard_generation_tokens_total", **OF, direction="written") == len(written)
    assert grown("dashboard_generation_tokens_total", **OF, direction="read") == len(PROMPT.encode())
    ended = "end" if written[-1].end == "end" else "length"
    assert grown("dashboard_generation_runs_total", **OF, reason=ended) == 1
    for name in ("wait_seconds", "first_token_seconds", "tokens_per_second"):
        assert grown(f"dashboard_generation_{name}_count", **OF) == 1
    assert 0 < grown("dashboard_generation_first_token_seconds_sum", **OF) < run.seconds
    assert grown("dashboard_script_run_seconds_count", page="generation") == 1
    assert 0 < grown("dashboard_script_run_seconds_sum", page="generation") < run.seconds
    assert value(after, "dashboard_generation_running", **OF) == 0


def test_streamlits_and_the_process_own_numbers_stand_there_too(server):
    async def two_visits():
        async with visiting(server.origin) as visitor, visiting(server.origin) as other:
            await visitor.open("tokenizer")
            await other.open("tokenizer")
            return await asyncio.to_thread(scraped, server)

    samples = event_loop.run(two_visits())
    assert value(samples, "streamlit_active_sessions") >= 2
    assert value(samples, "streamlit_session_events_total", type="connect") >= 2
    memory = psutil.Process(server.pid).memory_info().rss
    assert value(samples, "process_resident_memory_bytes") == pytest.approx(memory, rel=0.2)
    assert value(samples, "dashboard_threads") <= psutil.Process(server.pid).num_threads()
    assert not any("cache_memory" in sample.name for sample in samples)


def test_a_model_that_is_loaded_is_there_with_its_memory(server):
    assert visit(server, model="classroom-gpt2", max_new_tokens="2", run="1").faults == ()
    samples = scraped(server)
    weights = os.path.getsize("components/models/bundled/classroom-gpt2/model.safetensors")
    memory = value(samples, "dashboard_model_memory_bytes", kind="causal language model", model="classroom-gpt2")
    assert memory >= weights  # float32 in memory, at most that on the disk
    assert value(samples, "dashboard_generation_tokens_total", model="classroom-gpt2", direction="written") == 2


def test_an_error_is_counted_and_its_reference_leads_to_its_log_lines(server, scenario):
    scenario.trouble = "cut"
    try:
        [told] = visit(server, **RUN, seed="4").faults
    finally:
        scenario.trouble = None
    assert value(scraped(server), "dashboard_errors_total", kind="CutMidStream") == 1
    reference = re.search(r"Reference for the operator of this dashboard: (\w+)", told)[1]
    about = [line for line in lines(server) if line.get("generation") == reference]
    assert {line["message"] for line in about} == {"a service reported a fault", "generation ended: failed"}
    assert {line["page"] for line in about} == {"generation"}
    assert all(line["run"] for line in about)


def test_the_log_has_one_object_a_line_and_nothing_that_was_typed(server):
    assert visit(server, **RUN, seed="5").faults == ()
    status, _, headers = get(server, f"/tokenizer?text={PROMPT.replace(' ', '+')}", **{"X-Request-ID": "from-nginx"})
    assert (status, headers["X-Request-ID"]) == (200, "from-nginx")
    logged = eventually(lambda: [line for line in lines(server) if line.get("request") == "from-nginx"])
    assert [line["message"] for line in logged] == ["GET /tokenizer 200"]
    assert get(server, "/healthz", **{"X-Request-ID": "a\tb" * 40})[2]["X-Request-ID"] != "a\tb" * 40
    text = server.log.read_text()
    assert "secretword" not in text
    assert TOKEN not in text
    assert {"time", "level", "logger", "message"} <= set.intersection(*(set(line) for line in lines(server)))


def test_garbage_is_looked_for_seldom(server):
    visits = 5

    def searches():
        return value(scraped(server), "python_gc_collections_total", generation="0")

    visit(server)
    before = searches()
    for _ in range(visits):
        visit(server)
    assert searches() - before < visits  # with Python's own thresholds two or three for each


def test_told_to_end_it_keeps_what_was_written_says_why_and_leaves_in_order(tmp_path):
    scenario = Scenario(trouble="thinks", trouble_after=1)

    async def stopped_in_the_middle(server):
        def writes():
            return value(scraped(server), "dashboard_generation_first_token_seconds_count", **OF)

        async with visiting(server.origin) as visitor:
            running = asyncio.create_task(visitor.open("generation", **RUN, seed="3"))
            await asyncio.to_thread(eventually, writes)
            os.kill(server.pid, signal.SIGTERM)
            run = await running
            with pytest.raises(ConnectionClosed, match="1012"):
                await visitor.wait()
        return run

    with operated(tmp_path, scenario) as server:
        process = psutil.Process(server.pid)
        started_s = time.monotonic()
        run = event_loop.run(stopped_in_the_middle(server))
        assert any("being restarted" in fault for fault in run.faults), run.faults
        assert process.wait(STOPPED_WITHIN_S) == 0
        assert time.monotonic() - started_s < WAIT_S
        ended = [line for line in lines(server) if line["message"].startswith("generation ended")]
        assert [(line["message"], line["tokens_written"]) for line in ended] == [("generation ended: stopped", 1)]
        assert scenario.gone.wait(WAIT_S)
