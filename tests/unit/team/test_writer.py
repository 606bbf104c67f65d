"""The queue behind the pages: what is given is written, or the caller learns that it was not."""

from __future__ import annotations

import logging
import sqlite3
import time

import pytest

from components.team.store import faults, runs, writer
from components.team.store.writer import Writer
from tests.unit.team.people_of_tests import ANA, BEN, a_run

SOON_S = 30


@pytest.fixture
def locked(store):
    """The database, kept locked by somebody else until `release` is called."""
    store._be_ready()
    other = sqlite3.connect(store.place.file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    store.release = lambda: other.execute("ROLLBACK")
    yield store
    other.close()


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr("components.team.store.database.PATIENT_MS", 50)
    monkeypatch.setattr(writer, "_FIRST_PAUSE_S", 0.02)
    monkeypatch.setattr(writer, "_LONGEST_PAUSE_S", 0.05)


def put(queue, run, who=ANA):
    return queue.put("a run", who.id, lambda session: runs.save(session, who, run))


def until(said):
    give_up = time.monotonic() + SOON_S
    while not said() and time.monotonic() < give_up:
        time.sleep(0.01)
    assert said()


def test_what_is_given_is_written_in_order(store):
    queue = Writer(store)
    jobs = [put(queue, a_run(f"{number}")) for number in range(20)]
    assert queue.flush(SOON_S)
    assert {job.state for job in jobs} == {"saved"}
    assert runs.read_page(store, ANA.id).total == 20
    queue.stop()


def test_the_caller_does_not_wait_for_a_locked_database(locked, quick):
    queue = Writer(locked)
    began = time.monotonic()
    jobs = [put(queue, a_run(f"{number}")) for number in range(5)]
    assert time.monotonic() - began < 1
    until(lambda: jobs[0].reason is faults.LOCKED)
    assert {job.state for job in jobs} == {"waiting"}
    locked.release()
    assert queue.flush(SOON_S)
    assert {job.state for job in jobs} == {"saved"}
    assert runs.read_page(locked, ANA.id).total == 5
    queue.stop()


def test_a_full_queue_says_so_and_logs_it_without_the_text(locked, quick, caplog):
    queue = Writer(locked, most=2)
    jobs = [put(queue, a_run("a secret text")) for _ in range(3)]
    assert [job.state for job in jobs] == ["waiting", "waiting", "lost"]
    assert jobs[2].reason is writer.TOO_MANY
    assert "not tried again: a run" in caplog.text
    assert "secret" not in caplog.text
    locked.release()
    assert queue.flush(SOON_S)
    assert runs.read_page(locked, ANA.id).total == 2
    queue.stop()


def test_one_that_is_wrong_is_lost_by_name_and_the_others_go_on(store, caplog):
    queue = Writer(store)
    wrong = queue.put("something wrong", ANA.id, lambda session: session.scalars(1 / 0))
    twice = queue.put("no such person", ANA.id, lambda session: session.add(runs.Run(person_id="?", **vars(a_run()))))
    right = put(queue, a_run())
    assert queue.flush(SOON_S)
    assert (wrong.state, twice.state, right.state) == ("lost", "lost", "saved")
    assert "something wrong: ZeroDivisionError" in caplog.text
    queue.stop()


def test_stopping_writes_what_waits(store):
    queue = Writer(store)
    jobs = [put(queue, a_run()) for _ in range(10)]
    queue.stop()
    assert {job.state for job in jobs} == {"saved"}
    late = put(queue, a_run())
    assert (late.state, late.reason) == ("lost", writer.ENDING)


def test_stopping_while_the_database_is_locked_names_what_is_lost(locked, quick, caplog):
    queue = Writer(locked)
    jobs = [put(queue, a_run()) for _ in range(3)]
    with caplog.at_level(logging.ERROR):
        queue.stop(timeout_s=0.1)
    assert {job.state for job in jobs} == {"lost"}
    assert caplog.text.count("not saved, and not tried again: a run") == 3


def test_what_waits_about_a_person_who_deletes_everything_is_dropped(locked, quick):
    queue = Writer(locked)
    put(queue, a_run("ana's"))
    put(queue, a_run("ben's"), BEN)
    queue.forget(ANA.id)
    locked.release()
    assert queue.flush(SOON_S)
    assert runs.read_page(locked, ANA.id).total == 0
    assert runs.read_page(locked, BEN.id).total == 1
    queue.stop()


def test_waiting_for_a_moment_is_over_after_that_moment(locked, quick):
    queue = Writer(locked)
    job = put(queue, a_run())
    began = time.monotonic()
    job.wait(0.2)
    first = time.monotonic() - began
    for _ in range(100):
        job.wait(0.2)
    assert first > 0.15
    assert time.monotonic() - began < first + 0.2
    locked.release()
    queue.stop()
