"""docs/faults.md names tests that exist, a test for every fault."""

from __future__ import annotations

import re

from tests.unit.source_tree import ROOT

PAGE = (ROOT / "docs" / "faults.md").read_text("utf-8")
ROWS = [line for line in PAGE.splitlines() if line.startswith("| ")][1:]
NAMED = re.findall(r"`(tests/[\w/.]+)::(\w+)`", PAGE)


def test_every_test_it_names_is_there():
    assert len(NAMED) > 10
    missing = [
        (file, test)
        for file, test in NAMED
        if not (ROOT / file).is_file() or f"def {test}(" not in (ROOT / file).read_text("utf-8")
    ]
    assert missing == []


def test_every_fault_says_what_a_visitor_sees_and_names_a_test():
    assert len(ROWS) > 10
    for row in ROWS:
        _, fault, seen, shown_by, _ = (cell.strip() for cell in row.split("|"))
        assert fault
        assert seen
        assert re.match(r"`tests/[\w/.]+::\w+`", shown_by), row
