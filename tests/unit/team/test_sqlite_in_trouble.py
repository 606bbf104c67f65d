"""A SQLite database that is locked, gone, read-only, full or damaged: named in words, soon, and over when that is."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from components.core.settings import Settings, SettingsError
from components.team.errors import StoreUnavailable
from components.team.store import database, faults, runs
from components.team.store.database import FILE_NAME, sqlite
from components.team.store.opening import require_database
from tests.unit.source_tree import ROOT
from tests.unit.team.people_of_tests import ANA, a_run

NOBODY = 65534
SAVE = """
import os, sys
from pathlib import Path
from components.team.errors import StoreUnavailable
from components.team.store import runs
from components.team.store.database import Store, sqlite
from components.team.store.migrate import upgrade
from tests.unit.team.people_of_tests import ANA, a_run

def save(store):
    with store.writing() as session:
        runs.save(session, ANA, a_run("x" * 10_000))

save(Store(sqlite(Path(sys.argv[2])), prepare=upgrade))  # loads what is loaded late
if os.geteuid() == 0:  # root may write whatever a file's mode says
    os.setuid(int(sys.argv[3]))
store, saved = Store(sqlite(Path(sys.argv[1]))), 0
try:
    while saved < 100_000:
        save(store)
        saved += 1
except StoreUnavailable as error:
    print(saved, error)
"""


def save(store):
    run = a_run()
    with store.writing() as session:
        runs.save(session, ANA, run)


def why(act, *arguments):
    with pytest.raises(StoreUnavailable) as failed:
        act(*arguments)
    return failed.value.values["reason"]


def elsewhere(file, tmp_path, *, user=0, **options):
    """Save runs in another process until it fails."""
    done = subprocess.run(
        [sys.executable, "-c", SAVE, file, tmp_path / "another", str(user)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=200,
        check=True,
        **options,
    )
    return done.stdout


def test_a_new_database_is_for_this_user_alone_and_its_readers_do_not_wait_for_its_writer(store):
    save(store)
    files = [file for file in store.place.file.parent.iterdir() if file.name.startswith(store.place.file.name)]
    assert {file.suffix for file in files} >= {".sqlite3", ".lock"}
    assert [file.name for file in files if file.stat().st_mode & 0o077] == []
    with store.writing() as session:
        runs.save(session, ANA, a_run())
        assert runs.read_page(store, ANA.id).total == 1
        assert session.connection().exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert session.connection().exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_while_another_process_keeps_it_locked_pages_wait_a_second_once_then_not_at_all(open_store):
    now_s = [0.0]
    store = open_store(clock_s=lambda: now_s[0])
    save(store)
    other = sqlite3.connect(store.place.file, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    began = time.monotonic()
    assert why(save, store) is faults.LOCKED
    first_s = time.monotonic() - began
    assert first_s > 0.9
    began = time.monotonic()
    for _ in range(50):
        assert why(save, store) is faults.LOCKED
        assert why(runs.read_page, store, ANA.id) is faults.LOCKED
    assert time.monotonic() - began < 0.9
    other.execute("ROLLBACK")
    other.close()
    now_s[0] += database.REST_S
    save(store)
    assert runs.read_page(store, ANA.id).total == 2


def test_a_file_that_is_gone_is_not_replaced_by_an_empty_one(open_store):
    now_s = [0.0]
    store = open_store(clock_s=lambda: now_s[0])
    save(store)
    away = store.place.file.with_name("away")
    store.place.file.rename(away)
    assert why(save, store) is faults.GONE
    assert not store.place.file.exists()
    away.rename(store.place.file)
    now_s[0] += database.REST_S
    save(store)
    assert runs.read_page(store, ANA.id).total == 2


def test_a_file_that_is_no_database_is_called_damaged(store):
    save(store)
    store.place.file.write_bytes(b"this is no database, and long enough to be looked at as one" * 100)
    assert why(save, store) is faults.BROKEN


def test_a_read_only_database_says_so(store, tmp_path):
    save(store)
    machines = Path(tempfile.gettempdir())
    for folder in tmp_path.parents:  # pytest's own are shut for other users
        if machines in folder.parents:
            folder.chmod(0o755)
    for each in (tmp_path, store.place.file.parent):
        each.chmod(0o555)
    store.place.file.chmod(0o444)
    assert elsewhere(store.place.file, tmp_path.parent, user=NOBODY).startswith(
        "0 The database of this dashboard cannot be used now: it is read-only."
    )
    tmp_path.chmod(0o755)
    store.place.file.parent.chmod(0o755)


def test_a_full_disk_says_so_and_keeps_what_was_confirmed(store, tmp_path):
    save(store)

    def small_files():
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))

    said = elsewhere(store.place.file, tmp_path, preexec_fn=small_files)
    assert "its disk is full or cannot be written to" in said
    saved = int(said.split()[0])
    assert saved > 0
    assert runs.read_page(store, ANA.id).total == saved + 1
    save(store)
    assert runs.read_page(store, ANA.id).total == saved + 2


def test_a_start_without_a_usable_place_says_which_and_why(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(SettingsError, match="missing or cannot be opened") as refused:
        require_database(Settings(data_folder=tmp_path / "file"))
    assert str(tmp_path / "file" / FILE_NAME) in str(refused.value)


def test_a_start_makes_the_database_that_is_not_there_yet(tmp_path):
    require_database(Settings(data_folder=tmp_path / "new" / "folder"))
    save(database.Store(sqlite(tmp_path / "new" / "folder" / FILE_NAME)))
