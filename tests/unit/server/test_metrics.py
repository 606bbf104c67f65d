"""Who may read the numbers, and that Prometheus reads the same as was counted."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.runtime.stats import CACHE_MEMORY_FAMILY, CounterStat, GaugeStat, HistogramStat, StatsManager

from components.operations import metrics as counted
from components.server import metrics
from components.server.streamlit_internals import sessions


@pytest.fixture
def ask(monkeypatch, tmp_path):
    """Ask for the numbers with some settings, from some address."""
    monkeypatch.setattr(metrics, "read_stats", dict)

    def asked(setting, *, token=None, host="127.0.0.1", **headers):
        file = None
        if token is not None:
            file = tmp_path / "token"
            file.write_bytes(token)
        monkeypatch.setattr(metrics, "settings", lambda: SimpleNamespace(metrics=setting, metrics_token_file=file))
        client = TestClient(Starlette(routes=[metrics.route("/team")]), client=(host, 50_000))
        return client.get("/team/metrics", headers={name.replace("_", "-"): value for name, value in headers.items()})

    return asked


def test_off_there_is_nothing(ask):
    assert ask("off").status_code == 404


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1"])
def test_without_a_token_this_machine_reads_them(ask, host):
    answer = ask("on", host=host)
    assert answer.status_code == 200
    assert "dashboard_threads" in answer.text


@pytest.mark.parametrize("host", ["10.0.0.7", "::2", "testclient", ""])
def test_without_a_token_other_machines_do_not(ask, host):
    assert ask("on", host=host).status_code == 403


@pytest.mark.parametrize(
    "header", ["X_Forwarded_For", "X_Forwarded_Context", "Forwarded", "X_Real_IP", "X_ProxyContextPath", "Via"]
)
def test_a_request_through_a_proxy_is_not_from_this_machine(ask, header):
    assert ask("on", **{header: "127.0.0.1"}).status_code == 403


def test_the_token_opens_them_from_everywhere(ask):
    assert ask("on", token=b"secret\n", host="10.0.0.7", Authorization="Bearer secret").status_code == 200


@pytest.mark.parametrize("shown", ["", "Bearer ", "Bearer wrong", "secret", "Bearer sécret", "Basic secret"])
@pytest.mark.parametrize("token", [b"secret", b""])
def test_nothing_else_opens_them_once_there_is_a_token(ask, token, shown):
    assert ask("on", token=token, Authorization=shown.encode()).status_code == 403


def test_a_token_file_that_cannot_be_read_opens_nothing(ask):
    answer = ask("on", token=b"\xff\xfe", Authorization="Bearer x")
    assert answer.status_code == 503
    assert "dashboard_" not in answer.text


def test_what_was_counted_is_read_under_its_name_and_labels(ask):
    def read():
        families = text_string_to_metric_families(ask("on").text)
        return {
            (each.name, tuple(sorted(each.labels.items()))): each.value
            for family in families
            if family.name.startswith("dashboard_")
            for each in family.samples
        }

    before = read()
    counted.ERRORS.labels('a"\n\\').inc()
    counted.RUNS.labels("openai", "m", "length").inc()
    counted.TOKENS.labels("openai", "m", "written").inc(7)
    counted.SCRIPT_RUN_S.labels("tokenizer-test").observe(2.5)
    grown = {key: value - before.get(key, 0) for key, value in read().items() if key[0] != "dashboard_threads"}
    of_page = ("page", "tokenizer-test")
    bounds = ("0.05", "0.1", "0.25", "0.5", "1.0", "2.5", "5.0", "10.0", "30.0", "60.0", "120.0", "+Inf")
    assert {key: value for key, value in grown.items() if value or of_page in key[1]} == {
        ("dashboard_errors_total", (("kind", 'a"\n\\'),)): 1,
        ("dashboard_generation_runs_total", (("engine", "openai"), ("model", "m"), ("reason", "length"))): 1,
        ("dashboard_generation_tokens_total", (("direction", "written"), ("engine", "openai"), ("model", "m"))): 7,
        ("dashboard_script_run_seconds_count", (of_page,)): 1,
        ("dashboard_script_run_seconds_sum", (of_page,)): 2.5,
        **{("dashboard_script_run_seconds_bucket", (("le", bound), of_page)): float(bound) >= 2.5 for bound in bounds},
    }


def test_streamlits_own_numbers_are_read_without_the_one_that_walks_through_every_cache(monkeypatch):
    kept = {
        "runs": [CounterStat("runs", 3, {"kind": "full"}, help="how many")],
        "open": [GaugeStat("open", 2, help="now")],
        "took": [HistogramStat("took", [(0.5, 1), (float("inf"), 2)], 1.5, 2, help="seconds")],
        CACHE_MEMORY_FAMILY: [GaugeStat(CACHE_MEMORY_FAMILY, 7)],
    }

    class Provider:
        stats_families = tuple(kept)

        def get_stats(self, families=None):
            return {name: kept[name] for name in families or kept}

    manager = StatsManager()
    manager.register_provider(Provider())
    monkeypatch.setattr(sessions, "get_instance", lambda: SimpleNamespace(stats_mgr=manager))
    samples = {
        (each.name, tuple(each.labels.items())): each.value
        for one in metrics._counted_by_streamlit()
        for each in one.samples
    }
    assert samples == {
        ("streamlit_runs_total", (("kind", "full"),)): 3,
        ("streamlit_open", ()): 2,
        ("streamlit_took_bucket", (("le", "0.5"),)): 1,
        ("streamlit_took_bucket", (("le", "+Inf"),)): 2,
        ("streamlit_took_sum", ()): 1.5,
        ("streamlit_took_count", ()): 2,
    }
