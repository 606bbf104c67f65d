"""PostgreSQL killed, gone, slow or refusing: nothing that was confirmed is lost, and no message holds the password."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
import time

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from components.core.settings import Settings, SettingsError
from components.team.errors import StoreUnavailable
from components.team.store import faults, runs, writer
from components.team.store.opening import require_database
from components.team.store.writer import Writer
from tests.browser.serving import ROOT, free_port
from tests.services.postgres.server import PASSWORD, QUOTED
from tests.unit.team.people_of_tests import ANA, a_run

SOON_S = 90


@pytest.fixture(autouse=True)
def _no_password_anywhere(caplog):
    with caplog.at_level(logging.DEBUG):
        yield
    assert PASSWORD not in caplog.text
    assert QUOTED not in caplog.text


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(writer, "_FIRST_PAUSE_S", 0.05)
    monkeypatch.setattr(writer, "_LONGEST_PAUSE_S", 0.2)


def save(store, run):
    with store.writing() as session:
        runs.save(session, ANA, run)


def put(queue, run):
    return queue.put("a run", ANA.id, lambda session: runs.save(session, ANA, run))


def until(said):
    give_up = time.monotonic() + SOON_S
    while not said() and time.monotonic() < give_up:
        time.sleep(0.02)
    assert said()


def test_a_server_killed_mid_write_loses_nothing_that_was_confirmed(server, store, open_store, quick):
    save(store, a_run("before"))
    queue = Writer(store)
    given, stop = [], threading.Event()

    def keep_giving():
        while not stop.is_set() and len(given) < 900:
            given.append(put(queue, a_run(f"{len(given)} " * 500)))
            time.sleep(0.002)

    thread = threading.Thread(target=keep_giving)
    thread.start()
    until(lambda: sum(job.state == "saved" for job in given) >= 5)
    server.kill()
    confirmed = sum(job.state == "saved" for job in list(given))
    until(lambda: any(job.reason is faults.UNREACHABLE for job in list(given)))
    stop.set()
    thread.join()
    server.start()
    fresh = open_store()
    with fresh.reading(patient=True):
        pass
    assert runs.read_page(fresh, ANA.id).total >= confirmed + 1
    assert queue.flush(SOON_S)
    assert {job.state for job in given} == {"saved"}
    assert runs.read_page(fresh, ANA.id).total == len(given) + 1
    queue.stop()


def test_while_the_server_is_away_pages_learn_it_soon_and_go_on_when_it_is_back(server, open_store):
    now_s = [0.0]
    store = open_store(clock_s=lambda: now_s[0])
    save(store, a_run())
    server.stop()
    with pytest.raises(StoreUnavailable) as away:
        runs.read_page(store, ANA.id)
    assert away.value.values["reason"] is faults.UNREACHABLE
    began = time.monotonic()
    for _ in range(50):
        with pytest.raises(StoreUnavailable):
            runs.read_page(store, ANA.id)
    assert time.monotonic() - began < 1
    server.start()
    now_s[0] += 60
    assert runs.read_page(store, ANA.id).total == 1


def test_a_server_that_stops_saying_anything_holds_no_page_up(server, open_store):
    now_s = [0.0]
    store = open_store(clock_s=lambda: now_s[0])
    save(store, a_run())
    with server.frozen():
        began = time.monotonic()
        with pytest.raises(StoreUnavailable) as silent:
            runs.read_page(store, ANA.id)
        assert silent.value.values["reason"] is faults.UNREACHABLE
        assert time.monotonic() - began < 15
    now_s[0] += 60
    assert runs.read_page(store, ANA.id).total == 1


def test_a_server_that_freezes_in_the_middle_of_a_transaction_is_left(server, open_store):
    store = open_store()
    save(store, a_run())
    began = time.monotonic()
    with pytest.raises(StoreUnavailable), store.reading() as session, server.frozen():
        session.execute(text("SELECT 1"))
    assert time.monotonic() - began < 15


def test_a_table_that_somebody_keeps_locked_holds_no_page_up(server, store, made_url):
    save(store, a_run())
    with server.connect(made_url.rsplit("/", 1)[1]) as other, other.transaction():
        other.execute("LOCK TABLE run IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(StoreUnavailable) as held:
            runs.read_page(store, ANA.id)
        assert held.value.values["reason"] in (faults.LOCKED, faults.SLOW)


def test_a_database_that_may_only_be_read_says_so(server, open_store, made_url):
    save(open_store(), a_run())
    with server.connect() as admin:
        admin.execute(f"ALTER DATABASE {made_url.rsplit('/', 1)[1]} SET default_transaction_read_only = on")
    store = open_store()
    with pytest.raises(StoreUnavailable) as refused:
        save(store, a_run())
    assert refused.value.values["reason"] is faults.READ_ONLY


def wrong_start(url, **options):
    with pytest.raises(SettingsError) as refused:
        require_database(Settings(database=SecretStr(url)), **options)
    assert PASSWORD not in str(refused.value)
    assert QUOTED not in str(refused.value)
    return str(refused.value)


def test_a_start_without_its_server_stops_with_the_reason(url):
    nobody = url.replace(url.split("@")[1].split("/")[0], f"127.0.0.1:{free_port()}")
    began = time.monotonic()
    assert "it does not answer" in wrong_start(nobody, wait_s=1)
    assert time.monotonic() - began < 20


def test_a_start_with_a_wrong_password_or_name_stops_too(url):
    assert "does not answer" in wrong_start(url.replace(QUOTED, "wrong"), wait_s=0)
    assert "no_such_database" in wrong_start(f"{url.rsplit('/', 1)[0]}/no_such_database", wait_s=0)


def test_a_start_waits_for_a_server_that_comes_up_meanwhile(server, url):
    server.stop()
    coming = threading.Timer(0.5, server.start)
    coming.start()
    require_database(Settings(database=SecretStr(url)), wait_s=SOON_S)
    coming.join()


def test_the_command_makes_the_tables_and_says_where(url, tmp_path):
    secret = tmp_path / "database"
    secret.write_text(url)

    def command(word):
        return subprocess.run(
            [sys.executable, "-m", "components.team.store.migrate", word],
            cwd=ROOT,
            env=os.environ | {"DASHBOARD_DATABASE_FILE": str(secret)},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    assert command("check").returncode == 1
    for word in ("upgrade", "check"):
        done = command(word)
        assert done.returncode == 0, done.stderr
        assert done.stdout.endswith("on 127.0.0.1: up to date\n")
        assert json.dumps(PASSWORD)[1:-1] not in done.stdout + done.stderr
