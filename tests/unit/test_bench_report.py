"""Measurements are written into their own section and touch no other."""

from __future__ import annotations

import platform
import re

import pytest

from tests.bench import report
from tests.bench.report import Report


def measured(title: str, value: str) -> Report:
    found = Report(title, note="Medians, in ms.")
    found.row("model", "ms")
    found.row("a|b", value)
    found.remark("Nobody else was there.")
    return found


def test_a_section_is_added_and_replaced_and_the_others_stay_as_they_are(tmp_path):
    file = tmp_path / "measurements.md"
    for title in ("One", "One more", "Two"):
        measured(title, f"first {title}").publish(file)
    before = file.read_text(encoding="utf-8")
    measured("One", "second").publish(file)
    after = file.read_text(encoding="utf-8")
    assert re.findall(r"^## (.+)$", after, re.MULTILINE) == ["One", "One more", "Two"]
    assert "first One |" not in after
    assert after.count("second") == 1
    assert after[after.index("## One more") :] == before[before.index("## One more") :]
    assert "\n\n\n" not in after


def test_publishing_the_same_figures_twice_changes_nothing(tmp_path):
    file = tmp_path / "measurements.md"
    found = [measured("One", "1"), measured("Two", "2")]
    for each in found:
        each.publish(file)
    once = file.read_text(encoding="utf-8")
    for each in found:
        each.publish(file)
    assert file.read_text(encoding="utf-8") == once


def test_what_is_written_is_what_was_printed(tmp_path, capsys):
    found = measured("One", "1")
    printed = capsys.readouterr().out
    found.publish(None)
    assert capsys.readouterr().out == ""
    assert set(filter(None, found.markdown().splitlines())) == set(filter(None, printed.splitlines()))
    assert "| model | ms |\n|---|---|\n| a\\|b | 1 |" in found.markdown()


def test_it_says_what_the_machine_is_but_not_its_name():
    text = report.machine()
    assert re.search(r"\d+ cores, \d+ GiB", text)
    assert platform.python_version() in text
    for package in report.PACKAGES:
        assert re.search(rf"{package} \d", text)
    assert platform.node() not in text
    assert re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", report.now())


def test_write_is_an_option_of_every_measurement():
    options = report.arguments("Measures nothing.").parse_args(["--write", "docs/measurements.md"])
    assert options.write.name == "measurements.md"
    with pytest.raises(SystemExit):
        report.arguments(None).parse_args(["--write"])
