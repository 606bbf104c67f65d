"""Who may read the numbers, and that Prometheus reads the same as was counted."""

from __future__ import annotations

from types import SimpleNamespace
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette
from starlette.testclient import TestClient

from components.operations import counts
from components.server import metrics


@pytest.fixture
def ask(monkeypatch, tmp_path):
    """Ask for the numbers with some settings, from some address."""
    monkeypatch.setattr(metrics, "_streamlits", lambda: ())

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
def test_whoever_comes_through_a_proxy_is_no_neighbour(ask, header):
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


numbers = st.floats(min_value=0, max_value=1e6, allow_nan=False)


@given(st.lists(numbers, max_size=30), st.text(max_size=8))
def test_a_histogram_is_read_as_it_was_counted(values, label):
    histogram = counts.Histogram("dashboard_x_seconds", "x", "who")
    for each in values:
        histogram.observe(each, label)
    registry = CollectorRegistry()
    with patch.multiple(counts, COUNTERS=(), HISTOGRAMS=(histogram,)):
        registry.register(metrics._Collector(metrics._ours))
        text = generate_latest(registry).decode()
    [family] = [each for each in text_string_to_metric_families(text) if each.name == histogram.name]
    buckets = {each.labels["le"]: each.value for each in family.samples if each.name.endswith("_bucket")}
    assert buckets == (
        {
            "+Inf" if bound is None else str(bound): sum(bound is None or each <= bound for each in values)
            for bound in (*histogram.bounds, None)
        }
        if values
        else {}
    )
    sums = [each.value for each in family.samples if each.name.endswith("_sum")]
    assert sums == ([pytest.approx(sum(values))] if values else [])


def test_a_counter_is_read_as_it_was_counted():
    counter = counts.Counter("dashboard_things", "x", "kind")
    counter.add("a")
    counter.add('b"\n\\', amount=4)
    registry = CollectorRegistry()
    with patch.multiple(counts, COUNTERS=(counter,), HISTOGRAMS=()):
        registry.register(metrics._Collector(metrics._ours))
        text = generate_latest(registry).decode()
    [family] = [each for each in text_string_to_metric_families(text) if each.name == counter.name]
    assert {sample.labels["kind"]: sample.value for sample in family.samples} == {"a": 1, 'b"\n\\': 4}
