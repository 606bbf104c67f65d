"""The command that brings the tables up to date or one step back, and what a start says about other tables."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from types import SimpleNamespace

import pytest

from components.core.settings import Settings, SettingsError, settings
from components.team.store import migrate
from components.team.store.database import FILE_NAME
from components.team.store.opening import require_database
from tests.unit.team.store_contract import version_after_this


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The folder of a team's database, which the command finds by the settings."""
    monkeypatch.setenv("DASHBOARD_DATA_FOLDER", str(tmp_path))
    settings.cache_clear()
    yield tmp_path
    settings.cache_clear()


@pytest.fixture
def upgraded(folder):
    """The same, brought up to date by a later version, which goes on being the one that runs."""
    with version_after_this(folder / "later"):
        assert migrate.main(["upgrade"]) == 0
        assert tables(folder) >= {"run", "note"}
        yield folder


def tables(folder) -> set[str]:
    with closing(sqlite3.connect(folder / FILE_NAME)) as database:
        return {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def asked(monkeypatch, answer: str | None) -> None:
    """Sit at the terminal, and answer; None: nobody is there."""

    def ask(_prompt: str = "") -> str:
        assert answer is not None, "nobody is there to be asked"
        return answer

    monkeypatch.setattr(sys, "stdin", SimpleNamespace(isatty=lambda: answer is not None))
    monkeypatch.setattr("builtins.input", ask)


@pytest.mark.parametrize("answer", [None, "", "y", "no"])
def test_without_a_yes_nothing_is_lost(upgraded, monkeypatch, capsys, answer):
    asked(monkeypatch, answer)
    assert migrate.main(["downgrade"]) == 1
    printed = capsys.readouterr()
    assert "table note: 0 rows" in printed.out
    assert "Nothing was changed." in printed.err
    assert ("--yes" in printed.err) is (answer is None)
    assert "note" in tables(upgraded)


@pytest.mark.parametrize(("answer", "words"), [("yes", ()), (None, ("--yes",))])
def test_with_one_it_goes_one_step_back(upgraded, monkeypatch, capsys, answer, words):
    asked(monkeypatch, answer)
    assert migrate.main(["downgrade", *words]) == 0
    assert "its tables are those of an older version" in capsys.readouterr().out
    assert "run" in tables(upgraded)
    assert "note" not in tables(upgraded)


@pytest.mark.parametrize("words", [("-2",), ("base",)])
def test_it_never_goes_back_to_nothing(folder, monkeypatch, words):
    asked(monkeypatch, "yes")
    assert migrate.main(["upgrade"]) == 0
    before = tables(folder)
    assert migrate.main(["downgrade", *words, "--yes"]) == 1
    assert tables(folder) == before


def test_a_revision_that_does_not_exist_is_named(folder, capsys):
    assert migrate.main(["upgrade", "7777"]) == 1
    assert "7777" in capsys.readouterr().err


def test_a_start_on_tables_of_a_later_version_says_newer_and_what_to_do(folder):
    require_database(Settings(data_folder=folder))
    set_revision(folder, "9999")
    with pytest.raises(SettingsError, match="its tables are those of a newer version") as newer:
        require_database(Settings(data_folder=folder))
    assert "A later version of the dashboard made them: install that version again" in str(newer.value)
    set_revision(folder, "of-another")
    with pytest.raises(SettingsError, match="Check that the address names the database of this dashboard"):
        require_database(Settings(data_folder=folder))


def set_revision(folder, revision: str) -> None:
    with closing(sqlite3.connect(folder / FILE_NAME)) as database, database:
        database.execute("UPDATE alembic_version SET version_num = ?", [revision])
