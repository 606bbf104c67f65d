"""A clock that is set forward or back by hours: nothing waits, ends or is thrown away for it."""

from __future__ import annotations

import ast
import datetime

import pytest

from components.aws.overlay import Overlay
from components.catalog.views import aws
from tests.unit.source_tree import modules

EXPIRES = "components/team/identity.py"  # a sign-in ends at a moment of the provider's clock, which is the wall's


def test_how_long_something_takes_is_never_read_off_the_clock_on_the_wall():
    readers = [
        str(module.path)
        for module in modules()
        for node in module.nodes(ast.Call)
        if ast.unparse(node.func) in ("time.time", "time.time_ns")
    ]
    assert readers == [EXPIRES]


def test_a_second_reader_would_be_seen():
    (call,) = [node for node in ast.walk(ast.parse("import time\nstart = time.time()")) if isinstance(node, ast.Call)]
    assert ast.unparse(call.func) == "time.time"


@pytest.mark.parametrize(("hours", "shown"), [(-5, "0 s ago"), (5, "300 min ago")])
def test_an_age_on_the_screen_is_never_below_nothing(monkeypatch, hours, shown):
    monkeypatch.setattr(aws, "_", lambda text: text)
    asked = datetime.datetime.now(datetime.UTC) - datetime.timedelta(hours=hours)
    connected = Overlay("eu-west-1", asked, models=(None,))  # only how many there are is said
    assert connected.connected
    assert shown in aws._freshness(connected, datetime.date(2026, 1, 1))
