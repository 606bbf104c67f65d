"""Charts: nothing a visitor writes becomes markup or a template, and each says in words what it shows."""

from __future__ import annotations

import json

import numpy as np
import pytest

from components.embeddings import figures
from components.embeddings.figures import draw_map
from components.embeddings.quality import Mean, Quality
from components.embeddings.search import Hit
from components.models.projection import project

HOSTILE = ["<a href='javascript:x'>b</a>", "%{hostile}", "</script>", "\ufffd\u202e🙂", "한글 " * 30]
RANDOM = np.random.default_rng(4)
VECTORS = RANDOM.normal(size=(5, 3))


def drawn():
    hits = [Hit(place, 0.5, place + 1, float(place), None if place % 2 else place + 1) for place in range(5)]
    yield figures.draw_ranks(hits, HOSTILE)
    flat = project(VECTORS)
    yield draw_map(flat, HOSTILE, [None] * 5, query=flat.points[0], nearest=[1, 2])
    yield draw_map(flat, HOSTILE, ["a", "b", "a", "b", "a"], query=None, nearest=[])
    yield figures.draw_cosines(RANDOM.uniform(-1, 1, 10), RANDOM.uniform(-1, 1, 10))
    half, whole = Mean(0.5, (0.3, 0.7)), Mean(1.0)
    yield figures.draw_recall({HOSTILE[2]: {"all": Quality(half, half)}, "BM25": {"all": Quality(whole, whole)}})


@pytest.mark.parametrize("chart", list(drawn()))
def test_titles_are_no_markup_and_no_template(chart):
    traces = json.loads(chart.figure.to_json())["data"]
    for trace in traces:
        template = trace.get("hovertemplate", "")
        assert not any(part in template for part in ("javascript", "hostile"))
        shown = json.dumps([trace.get("text"), trace.get("customdata"), trace.get("y") if "name" in trace else None])
        assert "<a" not in shown


@pytest.mark.parametrize("chart", list(drawn()))
def test_each_has_a_text_alternative(chart):
    assert len(chart.alt) > 20
    assert "{" not in chart.alt.replace("%{hostile}", "")


def test_bars_carry_their_intervals_and_none_where_there_is_none():
    half, whole = Mean(0.5, (0.3, 0.8)), Mean(1.0)
    chart = figures.draw_recall({"BERT": {"all": Quality(half, half)}, "BM25": {"all": Quality(whole, whole)}})
    first, second = chart.figure.data
    assert (first.error_x.arrayminus[0], first.error_x.array[0]) == pytest.approx((0.2, 0.3))
    assert (second.error_x.arrayminus[0], second.error_x.array[0]) == (0, 0)
    assert "50% (30–80%)" in chart.alt


def test_the_text_alternative_of_the_ranks_names_the_first():
    hits = [Hit(1, 0.9, 1, 0.0, None), Hit(0, 0.5, 2, 1.0, 1)]
    assert "1 second, 2 first" in figures.draw_ranks(hits, ["first", "second"]).alt
