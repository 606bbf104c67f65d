"""SECURITY.md names tests that exist and the headers that are sent."""

from __future__ import annotations

import re

from components.server.middleware import security_headers
from tests.unit.source_tree import ROOT

PAGE = (ROOT / "SECURITY.md").read_text("utf-8")


def test_every_test_it_names_is_there():
    named = re.findall(r"`(tests/[\w/.]+)`", PAGE)
    assert len(named) > 10
    assert [name for name in named if not (ROOT / name).is_file()] == []


def test_every_threat_names_a_test():
    table = PAGE.split("## From whom, and how", 1)[1].split("##", 1)[0]
    rows = [line for line in table.splitlines() if line.startswith("| ")][1:]
    assert len(rows) > 5
    assert [row for row in rows if "`tests/" not in row] == []


def test_it_lists_exactly_the_headers():
    table = PAGE.split("## Headers", 1)[1].split("##", 1)[0]
    listed = re.findall(r"^\| ([\w-]+) \|", table, re.MULTILINE)[1:]
    assert sorted(listed) == sorted(security_headers("class"))
