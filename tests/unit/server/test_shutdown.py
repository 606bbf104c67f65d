"""Told once the process ends in good order and in bounded time, told twice at once."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap

import pytest

from components.server import shutdown
from tests.unit.source_tree import ROOT

BOUND_S = 60

# What a server does, without one: handlers of its own, which it gives back and then repeats what it got.
SERVER = """
import asyncio, signal, sys, threading
from components.operations import script_runs
from components.server import shutdown

busy_s, shutdown.SCRIPTS_END_S, shutdown.GONE_S = (float(word) for word in sys.argv[1:])
shutdown.exit_on_sigterm()

async def serve():
    closed = asyncio.Event()
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    for number in before:
        signal.signal(number, lambda number, frame: closed.set())
    shutdown.install_signal_handlers()
    with script_runs.track_run("tokenizer"):
        print("serves", flush=True)
        while not shutdown.stopping.is_requested():
            await asyncio.sleep(0.01)
        print("was told", flush=True)
        await asyncio.sleep(busy_s)
    await closed.wait()
    print("closed", flush=True)
    for number, handler in before.items():
        signal.signal(number, handler)
    signal.raise_signal(signal.SIGTERM)

asyncio.run(serve())
"""


@pytest.fixture
def start():
    started = []

    def one(*, busy_s, scripts_end_s=30.0, gone_s=50.0):
        process = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(SERVER), str(busy_s), str(scripts_end_s), str(gone_s)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stdout.readline() == "serves\n"
        process.send_signal(signal.SIGTERM)
        assert process.stdout.readline() == "was told\n"
        return process

    yield one
    for process in started:
        process.kill()
        process.communicate()


def test_it_waits_for_scripts_and_ends_with_success(start):
    process = start(busy_s=0.2)
    out, err = process.communicate(timeout=BOUND_S)
    assert (process.returncode, out, err) == (0, "closed\n", "")


def test_it_waits_no_longer_than_it_may(start):
    process = start(busy_s=1.5, scripts_end_s=0.1)
    _, err = process.communicate(timeout=BOUND_S)
    assert process.returncode == 0
    assert "1 scripts did not end in time" in err


@pytest.mark.parametrize("again", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_ends_it_at_once(start, again):
    process = start(busy_s=BOUND_S)
    process.send_signal(again)
    out, err = process.communicate(timeout=BOUND_S)
    assert (process.returncode, out) == (-again, "")
    assert "Traceback" not in err


def test_what_holds_the_process_is_left_behind(start):
    process = start(busy_s=BOUND_S, gone_s=0.2)
    _, err = process.communicate(timeout=BOUND_S)
    assert process.returncode == 1
    assert "still busy" in err


def test_all_steps_together_take_less_than_docker_waits():
    steps_s = (shutdown.SCRIPTS_END_S, shutdown.LAST_WORDS_S, shutdown.WRITTEN_S, shutdown.CLOSED_S)
    assert sum(steps_s) < shutdown.GONE_S < 10
