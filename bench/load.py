"""A class on one machine: many visitors at once, without browsers, each with time to think between two looks.

    python -m bench.load --scenario attention --write docs/measurements.md
    python -m bench.load --scenario attention --users 200 --goal 0.5
    python -m bench.load --scenario mixed --write docs/measurements.md
    python -m bench.load --scenario soak --write docs/measurements.md        # 30 minutes

It starts the dashboard by its own command, lets one visitor open every page first so that models are loaded, lets the
users come in turn, and watches on after they have left. Messages are Streamlit's own over its websocket
(`tests.services.visitor_client`); what a browser needs to draw is not in the figures. The users share the machine with
the server: their share of a core is written down too, and so is the server's computing time for each look, which says
something even on a busy machine. The others need a machine that does nothing else.

browse
    From page to page, in any order.
attention
    The attention page. Of fifteen looks twelve are at another head: the browser draws it by itself, so the look costs
    the visitor no wait and the server nothing. One look is a new text, one another view and one the way back. When the
    visitor turns to text or view, the server is told which head is on the screen; a look that comes while it still
    reads that waits for it, and the wait counts.
inside
    The page through the whole model. Of fifteen looks eight are at another face of the board, which the browser draws
    by itself, telling the server 600 ms later, and four at another cell: its board is marked at once, what happens in
    it comes from the server, and the visitor waits for that. One look is a new text, one another view and one the way
    back.
generate
    The playground; each look presses "Generate".
mixed
    8 generate while 50 browse.
soak
    30 minutes of all of it by fewer; whether memory grows is read off its first and last third.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import psutil
from websockets.exceptions import WebSocketException

from bench import report
from components.attention import link
from components.attention.views.heatmap import KEY
from components.attention.views.page import VIEWS
from components.inside import link as inside
from components.inside.views.board import KEY as BOARD
from components.inside.views.page import VIEWS as INSIDE_VIEWS
from components.registry import pages_for
from tests.browser.serving import serving
from tests.services.visitor_client import Run, Visitor, visiting


@dataclass(frozen=True)
class Looked:
    """What one look was like."""

    waited_s: float
    """That the visitor waited for it; 0 where the browser draws it by itself."""
    faults: tuple[str, ...] = ()
    told_s: float | None = None
    """How long the server took to hear of what the browser had done by itself; nobody waits for it. None: not told."""
    is_asked: bool = True
    """Whether the look itself went to the server."""


Look = Callable[[Visitor, random.Random], Awaitable[Looked]]
"""One look of a visitor; the random numbers say at what."""

AT_REST_AFTER_S: Final = 0.6
"""As in the tensor view's frontend/src/reporter.ts."""
CLICK_S: Final = 0.08
"""From pressing a button to its click."""
TURNS: Final = (*6 * ("switch",), "text", *6 * ("switch",), "view", "back")
BOARD_TURNS: Final = (*2 * ("face", "face", "cell", "face", "face", "cell"), "text", "view", "back")
BOARD_ROWS: Final = 14
"""Of the built-in decoder."""
OTHER_VIEWS: Final = tuple(view for view in link.VIEWS if view != link.VIEW.default)

MB: Final = 2**20
WATCH_S: Final = 0.5
GONE_S: Final = 180.0
"""After which the memory of visitors who left has to be back."""
MOST_LEFT_MB: Final = 32
"""What may be left then: caches that filled up, not sessions."""
NEW_TOKENS: Final = "32"
WHO: Final = ("student", "teacher", "doctor", "painter", "farmer", "driver", "cook", "child", "guard", "nurse")
WHAT: Final = ("book", "coat", "bread", "letter", "lamp", "ball", "key", "bike", "cup", "box", "map", "song")
WHERE: Final = ("at home", "in the car", "on the bus", "by the door", "in the rain", "under the table", "at school")
HOW: Final = ("old", "heavy", "broken", "late", "wet", "cold", "small", "empty", "good", "blue", "new", "slow")


async def browse(visitor: Visitor, chance: random.Random) -> Looked:
    """Open any page."""
    return _answered(await visitor.open(chance.choice(pages_for(None)).slug))


class HeadLooks:
    """Looks at the heads of one text, then of another, with another view between them."""

    def __init__(self) -> None:
        self._turn = -1
        self._untold: dict[str, int] = {}
        """The head that the browser shows, until the server is told."""

    async def __call__(self, visitor: Visitor, chance: random.Random) -> Looked:
        """Open the page, or take the next of `TURNS`; where to begin is left to chance."""
        if self._turn < 0:
            self._turn = chance.randrange(TURNS.index("view") + 1)
            return _answered(await visitor.open(link.PAGE))
        turn = TURNS[self._turn % len(TURNS)]
        self._turn += 1
        if turn == "switch":
            self._untold = {"layer": chance.randrange(6), "head": chance.randrange(12)}
            return Looked(0, is_asked=False)
        told = await self._tell(visitor)
        if turn == "text":
            looked = _answered(await visitor.change(link.TEXT.name, string_value=new_text(chance)))
        else:
            view = link.VIEW.default if turn == "back" else chance.choice(OTHER_VIEWS)
            looked = _answered(await visitor.change(link.VIEW.name, string_array_value=[VIEWS[view][0]]))
        return looked if told is None else replace(looked, faults=told.faults + looked.faults, told_s=told.seconds)

    async def _tell(self, visitor: Visitor) -> Run | None:
        if not self._untold:
            return None
        selected = self._untold | {"query": None, "key": None, "mode": "text"}
        query = {name: str(value) for name, value in self._untold.items()}
        self._untold = {}
        run = await visitor.change(KEY, query=query, json_value=json.dumps({"selection": selected}))
        await asyncio.sleep(max(0.0, CLICK_S - run.seconds))
        return run


class BoardLooks:
    """Looks at the board of one text, at other cells of it, then at another text, with another view between them."""

    def __init__(self) -> None:
        self._turn = -1
        self._cell = (3, 4)

    async def __call__(self, visitor: Visitor, chance: random.Random) -> Looked:
        """Open the page, or take the next of `BOARD_TURNS`; where to begin is left to chance."""
        if self._turn < 0:
            self._turn = chance.randrange(BOARD_TURNS.index("view") + 1)
            return _answered(await visitor.open(inside.PAGE, step="explore"))
        turn = BOARD_TURNS[self._turn % len(BOARD_TURNS)]
        self._turn += 1
        if turn in {"face", "cell"}:
            return await self._look(visitor, chance, is_cell=turn == "cell")
        if turn == "text":
            return _answered(await visitor.change(inside.TEXT.name, string_value=new_text(chance)))
        views = [view for view in inside.VIEW.options if view not in {inside.VIEW.default, "time"}]
        view = inside.VIEW.default if turn == "back" else chance.choice(views)
        return _answered(await visitor.change(inside.VIEW.name, string_array_value=[INSIDE_VIEWS[view]]))

    async def _look(self, visitor: Visitor, chance: random.Random, *, is_cell: bool) -> Looked:
        if is_cell:
            self._cell = (chance.randrange(BOARD_ROWS), chance.randrange(5))
        row, position = self._cell
        await asyncio.sleep(AT_REST_AFTER_S)
        mode = chance.choice(inside.SHOW.options)
        selected = {"layer": 0, "head": 0, "query": row, "key": position, "mode": mode}
        run = await visitor.change(
            BOARD,
            query={"show": mode, "position": str(position)},
            json_value=json.dumps({"selection": selected}),
        )
        return _answered(run) if is_cell else Looked(0, run.faults, run.seconds, is_asked=False)


def new_text(chance: random.Random) -> str:
    """Return a sentence of ten words that hardly anybody else reads."""
    who, what, where, how = map(chance.choice, (WHO, WHAT, WHERE, HOW))
    return f"The {who} left the {what} {where} because it was {how}."


async def generate(visitor: Visitor, chance: random.Random) -> Looked:
    """Press "Generate" on the playground, after opening it."""
    seed = str(chance.randrange(1000))
    opened = await visitor.open("generation", strategy="sample", max_new_tokens=NEW_TOKENS, seed=seed)
    written = await visitor.press("generation_generate")
    return Looked(written.seconds, opened.faults + written.faults)


def _answered(run: Run) -> Looked:
    return Looked(run.seconds, run.faults)


@dataclass(frozen=True)
class Crowd:
    """Visitors who do the same."""

    student: Callable[[], Look]
    """What makes a visitor's looks; it may remember what came before."""
    users: int
    think_s: float
    """Between two looks; half as much to half more."""
    look_p95_s: float | None = None
    """The goal."""


@dataclass(frozen=True)
class Scenario:
    """Who comes, and for how long."""

    crowds: dict[str, Crowd]
    seconds: float
    """How long they stay after the last one came; each looks twice at least."""
    ramp_s: float
    """Over how long they come."""
    after_s: float = GONE_S

    @property
    def users(self) -> int:
        """All of them."""
        return sum(crowd.users for crowd in self.crowds.values())


SCENARIOS: Final = {
    "attention": Scenario({"attention": Crowd(HeadLooks, 100, 4, look_p95_s=0.25)}, seconds=60, ramp_s=30),
    "inside": Scenario({"inside": Crowd(BoardLooks, 100, 4, look_p95_s=0.25)}, seconds=60, ramp_s=30),
    "browse": Scenario({"browse": Crowd(lambda: browse, 50, 4)}, seconds=60, ramp_s=15),
    "generate": Scenario({"generate": Crowd(lambda: generate, 8, 4)}, seconds=60, ramp_s=4),
    "mixed": Scenario(
        {"browse": Crowd(lambda: browse, 50, 4, look_p95_s=1.0), "generate": Crowd(lambda: generate, 8, 0)},
        seconds=60,
        ramp_s=15,
        after_s=0,
    ),
    "soak": Scenario(
        {
            "attention": Crowd(HeadLooks, 20, 4),
            "browse": Crowd(lambda: browse, 15, 8),
            "generate": Crowd(lambda: generate, 2, 15),
        },
        seconds=30 * 60,
        ramp_s=20,
    ),
}


@dataclass
class Measured:
    """What a load did."""

    first_s: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    """From connecting to the end of the first look, by crowd."""
    looks: dict[str, list[Looked]] = field(default_factory=lambda: defaultdict(list))
    """All after the first; `waited_s` is counted from the moment the visitor wanted to look."""
    errors: list[str] = field(default_factory=list)
    memory_bytes: list[int] = field(default_factory=list)
    """Of the server, each half second while they are on."""
    threads: list[int] = field(default_factory=list)
    server_cpu_s: float = 0.0
    users_cpu_s: float = 0.0
    took_s: float = 0.0
    arriving_cpu_s: float = 0.0
    """Of the server until the last one came."""
    looks_while_arriving: int = 0


async def load(origin: str, pid: int, scenario: Scenario) -> Measured:
    """Let the crowds visit the server at `origin`, whose process is `pid`, and return what that was like."""
    measured, server = Measured(), psutil.Process(pid)
    started, computed = time.monotonic(), (_cpu_s(server), time.process_time())
    leave = started + scenario.ramp_s + scenario.seconds
    watching = asyncio.create_task(_watch(server, measured))
    arriving = asyncio.create_task(_note_arrivals(server, measured, scenario.ramp_s, since_s=computed[0]))
    everyone = [name for name, crowd in scenario.crowds.items() for _ in range(crowd.users)]
    random.Random(0).shuffle(everyone)
    comes_s = [scenario.ramp_s * number / len(everyone) for number in range(len(everyone))]
    users = (
        _user(name, scenario.crowds[name], origin, measured, chance=random.Random(number), comes_s=at_s, leave=leave)
        for number, (name, at_s) in enumerate(zip(everyone, comes_s, strict=True))
    )
    await asyncio.gather(*users)
    watching.cancel()
    await arriving
    measured.took_s = time.monotonic() - started
    measured.server_cpu_s, measured.users_cpu_s = _cpu_s(server) - computed[0], time.process_time() - computed[1]
    return measured


async def _user(
    name: str, crowd: Crowd, origin: str, measured: Measured, *, chance: random.Random, comes_s: float, leave: float
) -> None:
    await asyncio.sleep(comes_s)
    started, look = time.perf_counter(), crowd.student()
    try:
        async with visiting(origin) as visitor:
            measured.errors.extend((await look(visitor, chance)).faults)
            measured.first_s[name].append(time.perf_counter() - started)
            wanted = time.perf_counter()
            staying = True
            while staying:
                wanted += crowd.think_s * chance.uniform(0.5, 1.5)
                await asyncio.sleep(wanted - time.perf_counter())
                late_s = max(0.0, time.perf_counter() - wanted)
                looked = await look(visitor, chance)
                if looked.is_asked:
                    looked = replace(looked, waited_s=looked.waited_s + late_s)
                    wanted = time.perf_counter()
                measured.looks[name].append(looked)
                measured.errors.extend(looked.faults)
                staying = time.monotonic() < leave
    except (OSError, TimeoutError, WebSocketException) as error:  # refused, cut off, no answer: what a load may find
        measured.errors.append(f"{type(error).__name__}: {error}")


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


async def _watch(server: psutil.Process, measured: Measured) -> None:
    while True:
        measured.memory_bytes.append(server.memory_info().rss)
        measured.threads.append(server.num_threads())
        await asyncio.sleep(WATCH_S)


async def _note_arrivals(server: psutil.Process, measured: Measured, ramp_s: float, *, since_s: float) -> None:
    await asyncio.sleep(ramp_s)
    measured.arriving_cpu_s = _cpu_s(server) - since_s
    measured.looks_while_arriving = sum(map(len, measured.looks.values()))


async def _warm_up(origin: str) -> None:
    """Open every page and view and write a text, so that what is measured is no model and no library being loaded."""
    async with visiting(origin) as visitor:
        for entry in pages_for(None):
            await visitor.open(entry.slug)
        for view in link.VIEWS:
            await visitor.open(link.PAGE, view=view)
        await generate(visitor, random.Random(0))


def tell(found: report.Report, scenario: Scenario, measured: Measured, *, before: tuple[int, int]) -> None:
    """Write down the figures; `before` is the server's memory in bytes and its threads with the models loaded."""
    found.row("what", "p50", "p95", "p99", "of", "goal")
    for name, crowd in scenario.crowds.items():
        looks = measured.looks[name]
        reached = [each.waited_s for each in looks if each.is_asked]
        told = [each.told_s for each in looks if each.told_s is not None]
        rows = [
            ("first load", measured.first_s[name], None),
            ("looks that reach the server", reached, crowd.look_p95_s),
        ]
        if told:
            rows.append(("all looks", [each.waited_s for each in looks], crowd.look_p95_s))
            rows.append(("messages about looks in the browser, which nobody waits for", told, None))
        for kind, times, goal in rows:
            if len(times) > 1:
                found.row(f"{name}: {kind}", *_percentiles(times), len(times), _verdict(times, goal))
    looks_in_all = sum(map(len, (*measured.first_s.values(), *measured.looks.values())))
    faults = "" if not measured.errors else f" ({'; '.join(sorted(set(measured.errors))[:3])})"
    found.remark(f"Errors: {len(measured.errors)}{faults}; goal: none.")
    servers, users = measured.server_cpu_s / measured.took_s, measured.users_cpu_s / measured.took_s
    later = sum(map(len, measured.looks.values())) - measured.looks_while_arriving
    if looks_in_all and later:
        each_ms = 1000 * (measured.server_cpu_s - measured.arriving_cpu_s) / later
        with_first_ms = 1000 * measured.server_cpu_s / looks_in_all
        found.remark(
            f"Computing: {each_ms:.1f} ms of the server for each of the {later} looks after everybody had come, "
            f"messages about looks included; with first loads {with_first_ms:.1f} ms for each of {looks_in_all}. "
            f"It took {servers:.0%} of a core, the users {users:.0%}."
        )
    most, memory = max(measured.memory_bytes), before[0]
    each_mb = (most - memory) / scenario.users / MB
    found.remark(
        f"Memory: {memory / MB:.0f} MB before, {most / MB:.0f} MB at most, {each_mb:.1f} MB a session (goal: 3). "
        f"Threads: {before[1]} before, {max(measured.threads)} at most."
    )


def _percentiles(times: list[float]) -> list[str]:
    points = statistics.quantiles(times, n=100, method="inclusive")
    return [f"{points[share - 1] * 1000:.0f} ms" for share in (50, 95, 99)]


def _verdict(times: list[float], goal_s: float | None) -> str:
    if goal_s is None:
        return ""
    met = statistics.quantiles(times, n=100, method="inclusive")[94] <= goal_s
    return f"p95 {goal_s * 1000:.0f} ms: {'met' if met else 'missed'}"


def _tell_growth(found: report.Report, memory: list[int]) -> None:
    third = len(memory) // 3
    first, last = statistics.median(memory[third : 2 * third]) / MB, statistics.median(memory[2 * third :]) / MB
    found.remark(f"Median memory in the second third {first:.0f} MB, in the last {last:.0f} MB.")


def _tell_after(found: report.Report, process: psutil.Process, before: tuple[int, int], after_s: float) -> None:
    """Watch until the memory is back, for as long as that may take."""
    gone = time.monotonic()
    while (waited := time.monotonic() - gone) < after_s and _left_mb(process, before) > MOST_LEFT_MB:
        time.sleep(WATCH_S)
    threads = process.num_threads() - before[1]
    found.remark(
        f"{waited:.0f} s after they left: {_left_mb(process, before):+.0f} MB and {threads:+d} threads against before "
        f"(goal: at most {MOST_LEFT_MB} MB after {GONE_S:.0f} s)."
    )


def _left_mb(process: psutil.Process, before: tuple[int, int]) -> float:
    return float(process.memory_info().rss - before[0]) / MB


def _asked() -> tuple[str, Scenario, Path | None]:
    parser = report.arguments(__doc__)
    parser.add_argument("--scenario", choices=SCENARIOS, default="attention")
    parser.add_argument("--users", type=int, help="instead of the scenario's; of several crowds each in proportion")
    parser.add_argument("--think", type=float, help="seconds between two looks, of all crowds")
    parser.add_argument("--goal", type=float, help="seconds within which 95 of 100 looks should be answered")
    parser.add_argument("--seconds", type=float, help="how long they stay once all are there")
    parser.add_argument("--ramp", type=float, help="seconds over which they come")
    parser.add_argument("--after", type=float, help="seconds to watch after they have left")
    options = parser.parse_args()
    return options.scenario, _changed(SCENARIOS[options.scenario], options), options.write


def _changed(scenario: Scenario, options: argparse.Namespace) -> Scenario:
    def of(crowd: Crowd) -> Crowd:
        share = 1 if options.users is None else options.users / scenario.users
        think_s = crowd.think_s if options.think is None else options.think
        goal_s = crowd.look_p95_s if options.goal is None else options.goal
        return replace(crowd, users=max(1, round(crowd.users * share)), think_s=think_s, look_p95_s=goal_s)

    return Scenario(
        {name: of(crowd) for name, crowd in scenario.crowds.items()},
        seconds=scenario.seconds if options.seconds is None else options.seconds,
        ramp_s=scenario.ramp_s if options.ramp is None else options.ramp,
        after_s=scenario.after_s if options.after is None else options.after,
    )


def main() -> None:
    """Measure as asked on the command line."""
    name, scenario, write = _asked()
    who = ", ".join(f"{crowd.users} {crowd_name}" for crowd_name, crowd in scenario.crowds.items())
    think = ", ".join(sorted({f"{crowd.think_s:g}" for crowd in scenario.crowds.values()}))
    note = f"{who}; {think} s between two actions; {scenario.seconds:g} s, after {scenario.ramp_s:g} s of arriving."
    found = report.Report(f"Load: {name}", note=note)
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as server:
        asyncio.run(_warm_up(server.origin))
        process = psutil.Process(server.pid)
        before = process.memory_info().rss, process.num_threads()
        measured = asyncio.run(load(server.origin, server.pid, scenario))
        tell(found, scenario, measured, before=before)
        if name == "soak":
            _tell_growth(found, measured.memory_bytes)
        if scenario.after_s:
            _tell_after(found, process, before, scenario.after_s)
        if "Traceback" in (log := server.log.read_text(encoding="utf-8", errors="replace")):
            print(log)
            found.remark("The server logged a traceback.")
    found.publish(write)


if __name__ == "__main__":
    main()
