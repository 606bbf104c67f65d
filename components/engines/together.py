"""Several runs streamed at once: whichever has an event ready is heard first.

Each run is pumped by a thread of its own, because a run may wait (for a server, for a seat in a queue), and in one
thread all others would wait with it; of two runs on one model, the second might even wait for the first, which
nobody moves on. Only the caller's thread calls `checkpoint`, since Streamlit's session lives there.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from contextvars import copy_context
from dataclasses import dataclass
from queue import Empty, Full, Queue
from threading import Event as Flag
from threading import Thread
from typing import Final

from components.core.errors import VisitorError
from components.engines.contract import Checkpoint, Engine, Event, Request
from components.engines.errors import Cancelled
from components.engines.runs import generate
from components.models.queue import POLL_SECONDS

_MOST_EVENTS_AHEAD: Final = 32  # how far runs may be ahead of the page that shows them


@dataclass(frozen=True)
class Run:
    """One of several runs."""

    engine: Engine
    request: Request


@dataclass(frozen=True)
class _Over:
    """A run has ended; `fault` is what it raised."""

    fault: Exception | None


def stream_together(
    runs: Mapping[str, Run], checkpoint: Checkpoint, *, session: str = ""
) -> Generator[tuple[str, Event | VisitorError], None, None]:
    """Stream several runs at once.

    Parameters
    ----------
    runs
        By a name of the caller's.
    checkpoint
        Called at least ten times a second, in the caller's thread; raising in it ends all runs.
    session
        Whose runs these are.

    Yields
    ------
    Each event with its run's name. A run that fails gives its error as its last event; the others go on.
    """
    events: Queue[tuple[str, Event | _Over]] = Queue(maxsize=_MOST_EVENTS_AHEAD)
    with _pumps(runs, events, session):
        going = set(runs)
        while going:
            checkpoint()
            try:
                name, event = events.get(timeout=POLL_SECONDS)
            except Empty:
                continue
            if not isinstance(event, _Over):
                yield name, event
                continue
            going.remove(name)
            if isinstance(event.fault, VisitorError):
                yield name, event.fault
            elif event.fault is not None:
                raise event.fault


@contextmanager
def _pumps(runs: Mapping[str, Run], events: Queue[tuple[str, Event | _Over]], session: str) -> Iterator[None]:
    stopped = Flag()
    threads = [
        Thread(
            target=copy_context().run,  # its log lines carry the same ids as ours
            args=(_pump, name, run, events, stopped, session),
            name=f"run {name}",
            daemon=True,
        )
        for name, run in runs.items()
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stopped.set()


def _pump(name: str, run: Run, events: Queue[tuple[str, Event | _Over]], stopped: Flag, session: str) -> None:
    def checkpoint() -> None:
        if stopped.is_set():
            raise Cancelled

    fault: Exception | None = None
    try:
        with closing(generate(run.engine, run.request, checkpoint, session=session)) as stream:
            for event in stream:
                _put(events, (name, event), checkpoint)
    except Cancelled:
        return  # nobody listens any more
    except Exception as error:  # noqa: BLE001 (the caller's thread gives or raises it)
        fault = error
    with suppress(Cancelled):
        _put(events, (name, _Over(fault)), checkpoint)


def _put(events: Queue[tuple[str, Event | _Over]], item: tuple[str, Event | _Over], checkpoint: Checkpoint) -> None:
    while True:
        checkpoint()
        try:
            return events.put(item, timeout=POLL_SECONDS)
        except Full:
            continue
