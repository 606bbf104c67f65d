"""A class on one machine: many visitors at once, without browsers, each with time to think between two looks.

    python -m tests.bench.load --scenario attention --users 100 --think 4 --seconds 120
    python -m tests.bench.load --scenario browse --users 50 --after 180

It starts the dashboard by its own command, lets one visitor open every page first so that models are loaded, and then
lets the users come in turn. Printed: how long first loads and reruns took (half of them, 95 and 99 of 100 at most),
errors, the server's memory and threads before, during and after. Messages are Streamlit's own over its websocket
(`tests.services.visitor_client`); what a browser needs to draw is not in the figures. The users share the machine with
the server: their share of the processor is printed too. Run it while the machine does nothing else.

browse
    From page to page, in any order.
attention
    The attention page; each look at another layer and head.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime
import os
import platform
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import psutil
from websockets.exceptions import WebSocketException

from components.registry import pages_for
from tests.browser.serving import serving
from tests.services.visitor_client import Run, Visitor, visiting

Look = tuple[str, dict[str, str]]
MB: Final = 2**20


def browse(chance: random.Random) -> Look:
    """Return any page."""
    return chance.choice(pages_for(None)).slug, {}


def attention(chance: random.Random) -> Look:
    """Return the attention page at any layer and head."""
    return "attention", {"layer": str(chance.randrange(6)), "head": str(chance.randrange(12))}


SCENARIOS: Final[dict[str, Callable[[random.Random], Look]]] = {"browse": browse, "attention": attention}


@dataclass
class Measured:
    """What a load did."""

    first_s: list[float] = field(default_factory=list)
    """From connecting to the end of the first page."""
    rerun_s: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    memory_bytes: list[int] = field(default_factory=list)
    """Of the server, each half second."""
    threads: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Crowd:
    """Who comes, and what they do."""

    look: Callable[[random.Random], Look]
    """What a user looks at next."""
    users: int
    think_s: float
    """Between two looks; half as much to half more."""
    seconds: float
    """How long they stay after the last one came; each looks twice at least."""
    ramp_s: float
    """Over how long they come."""


async def load(origin: str, pid: int, crowd: Crowd) -> Measured:
    """Let a crowd visit the server at `origin`, whose process is `pid`, and return what that was like."""
    measured = Measured()
    leave = time.monotonic() + crowd.ramp_s + crowd.seconds
    watching = asyncio.create_task(_watch(psutil.Process(pid), measured))
    await asyncio.gather(*(_user(number, crowd, origin, measured, leave=leave) for number in range(crowd.users)))
    watching.cancel()
    return measured


async def _user(number: int, crowd: Crowd, origin: str, measured: Measured, *, leave: float) -> None:
    chance = random.Random(number)
    await asyncio.sleep(crowd.ramp_s * number / crowd.users)
    started = time.perf_counter()
    try:
        async with visiting(origin) as visitor:
            measured.errors.extend((await _see(visitor, crowd.look(chance))).faults)
            measured.first_s.append(time.perf_counter() - started)
            staying = True
            while staying:
                await asyncio.sleep(crowd.think_s * chance.uniform(0.5, 1.5))
                run = await _see(visitor, crowd.look(chance))
                measured.rerun_s.append(run.seconds)
                measured.errors.extend(run.faults)
                staying = time.monotonic() < leave
    except (OSError, TimeoutError, WebSocketException) as error:  # refused, cut off, no answer: what a load may find
        measured.errors.append(f"{type(error).__name__}: {error}")


async def _see(visitor: Visitor, look: Look) -> Run:
    slug, parameters = look
    return await visitor.open(slug, **parameters)


async def _watch(server: psutil.Process, measured: Measured) -> None:
    while True:
        measured.memory_bytes.append(server.memory_info().rss)
        measured.threads.append(server.num_threads())
        await asyncio.sleep(0.5)


async def _warm_up(origin: str) -> None:
    async with visiting(origin) as visitor:
        for slug in ["", *(entry.slug for entry in pages_for(None))]:
            await visitor.open(slug)


def report(measured: Measured, *, users: int, before: tuple[int, int]) -> None:
    """Print the figures; `before` is the server's memory in bytes and its threads with the models loaded."""
    for name, times in (("first load", measured.first_s), ("rerun", measured.rerun_s)):
        if len(times) > 1:
            points = statistics.quantiles(times, n=100, method="inclusive")
            ms = " ".join(f"p{share} {points[share - 1] * 1000:.0f} ms" for share in (50, 95, 99))
            print(f"{name}: {ms} ({len(times)} of them)")
    print(f"errors: {len(measured.errors)} {sorted(set(measured.errors))[:5]}")
    most, memory = max(measured.memory_bytes), before[0]
    print(f"memory: {memory / MB:.0f} MB before, {most / MB:.0f} MB at most, {(most - memory) / users / MB:.1f} a user")
    print(f"threads: {before[1]} before, {max(measured.threads)} at most")


def main() -> None:
    """Measure as asked on the command line, and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--scenario", choices=SCENARIOS, default="attention")
    parser.add_argument("--users", type=int, default=100)
    parser.add_argument("--think", type=float, default=4, help="seconds between two looks")
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--ramp", type=float, default=20, help="seconds over which the users come")
    parser.add_argument("--after", type=float, default=0, help="seconds to watch after they have left")
    asked = parser.parse_args()
    crowd = Crowd(SCENARIOS[asked.scenario], asked.users, asked.think, asked.seconds, asked.ramp)
    print(f"{datetime.date.today()}, {os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}")
    print(f"{asked.scenario}: {asked.users} users, {asked.think} s to think, {asked.seconds} s")
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as server:
        asyncio.run(_warm_up(server.origin))
        process = psutil.Process(server.pid)
        before = process.memory_info().rss, process.num_threads()
        clock, busy = time.monotonic(), time.process_time()
        measured = asyncio.run(load(server.origin, server.pid, crowd))
        share = (time.process_time() - busy) / (time.monotonic() - clock)
        report(measured, users=asked.users, before=before)
        print(f"the users themselves took {share:.0%} of a core")
        if asked.after:
            time.sleep(asked.after)
            memory, threads = process.memory_info().rss, process.num_threads()
            print(f"{asked.after:.0f} s after they left: {memory / MB:.0f} MB, {threads} threads")


if __name__ == "__main__":
    main()
