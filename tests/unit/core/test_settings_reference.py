"""Every setting is explained once, and `--help` and docs/settings.md say the same."""

from __future__ import annotations

from components.core.settings import Settings
from components.core.settings_reference import as_markdown, as_text, rows
from tests.unit.source_tree import ROOT


def test_every_setting_has_a_variable_and_a_meaning():
    assert [row.name for row in rows()] == list(Settings.model_fields)
    for row in rows():
        assert row.variable == f"DASHBOARD_{row.name.upper()}"
        assert row.meaning.endswith(".")
        assert len(row.meaning) > 20


def test_a_choice_names_its_values_and_its_default_is_one_of_them():
    choices = {row.name: row for row in rows() if row.allowed}
    assert choices["profile"].allowed == ("class", "studio", "team")
    assert all(row.default in row.allowed for row in choices.values())


def test_defaults_are_written_as_a_variable_holds_them(monkeypatch):
    defaults = {row.variable: row.default for row in rows() if row.default != "–"}
    assert defaults["DASHBOARD_DOWNLOADS"] == "false"
    assert defaults["DASHBOARD_MAX_MODELS"] == "3"
    for variable, default in defaults.items():
        monkeypatch.setenv(variable, default)
    assert Settings() == Settings.model_construct()


def test_the_documentation_has_exactly_these_rows():
    lines = (ROOT / "docs/settings.md").read_text("utf-8").splitlines()
    assert [line for line in lines if line.startswith("| `DASHBOARD_")] == as_markdown()


def test_the_text_for_a_terminal_fits_it_and_leaves_nothing_out():
    text = as_text()
    assert max(map(len, text.splitlines())) <= 100
    for row in rows():
        assert f"{row.name}  ({row.variable}, default {row.default})" in text
        assert " ".join(row.meaning.split()) in " ".join(text.split())
