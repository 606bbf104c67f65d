"""The timeline draws a day that is known as a day, and one that only bounds it as a bound."""

from __future__ import annotations

import datetime

import pytest

from components.catalog import curated, figures
from components.catalog.figures import End, end_of

DAY = datetime.date(2026, 11, 26)
GONE_BY = {"titan-text-lite": "2025-12-18", "jurassic-2": "2025-11-10"}
ENDED = {"gpt-3": "2024-01-04", "dall-e-3": "2026-05-12"}


@pytest.fixture(scope="module")
def traces():
    chart = figures.timeline(curated.models(), "bert", DAY)
    return {trace.name: trace for trace in chart.figure.data if trace.name}, chart.figure.data


def marked(trace):
    return {row[0]: (str(x), row[2]) for row, x in zip(trace.customdata, trace.x, strict=True)}


def test_a_bound_is_no_end():
    assert end_of(curated.model("titan-text-lite"), DAY) == End(datetime.date(2025, 12, 18), exact=False)
    assert end_of(curated.model("gpt-3"), DAY) == End(datetime.date(2024, 1, 4))


def test_a_bound_is_drawn_apart_and_says_that_the_day_was_not_found(traces):
    named, _ = traces
    bounds, ends = marked(named["Gone by"]), marked(named["Ended"])
    assert bounds.keys() & ends.keys() == set()
    assert named["Gone by"].marker.symbol != named["Ended"].marker.symbol
    for model_id, day in GONE_BY.items():
        assert bounds[model_id] == (day, f"gone by {day}; the exact day was not found")
    assert {model_id: ends[model_id][0] for model_id in ENDED} == ENDED


def test_a_life_whose_end_is_a_bound_is_dotted(traces):
    _, data = traces
    lines = {trace.line.dash: set(trace.x) for trace in data if trace.mode == "lines"}
    assert lines.keys() == {"solid", "dot"}
    assert GONE_BY["jurassic-2"] in lines["dot"]
    assert ENDED["dall-e-3"] not in lines["dot"]
