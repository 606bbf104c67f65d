"""Answers taken in as they are written, and the hook that keeps them longer than a session: a team fills it."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass

from components.core.errors import VisitorError
from components.engines.contract import Event, EventStream, Started
from components.engines.metering import Cost
from components.generation.answer import Answer, Saving
from components.generation.comparison import LaneRecord

Save = Callable[[Answer, Cost], Saving | None]
"""Takes an answer in, given what its run costs; None if there is nothing to save."""


Events = Generator[tuple[str, Event | VisitorError], None, None]
"""Each event with the name of its run; an error ends that run."""


@dataclass(frozen=True, kw_only=True)
class History:
    """What is stored of this run's visitor; without a store nothing.

    Attributes
    ----------
    is_kept
        Whether answers of this run's visitor are stored.
    saver
        Returns what stores answers for this run's visitor. Ask before a run: a sign-in may end before the run does.
    draw
        Draws the stored answers.
    draw_keep_comparison
        Offers to keep texts that were written side by side, given their prompt; nothing where none are kept.
    draw_comparisons
        Draws the comparisons that were kept; nothing where there are none.
    """

    is_kept: Callable[[], bool] = lambda: False
    saver: Callable[[], Save] = lambda: lambda answer, cost: None
    draw: Callable[[], None] = lambda: None
    draw_keep_comparison: Callable[[str, Sequence[LaneRecord]], None] = lambda prompt, lanes: None
    draw_comparisons: Callable[[], None] = lambda: None


_history = History()


def keep_history_with(history: History) -> None:
    """Have a store keep answers and comparisons."""
    global _history  # noqa: PLW0603 (one store for the process)
    _history = history


def history() -> History:
    """Return what keeps answers and comparisons."""
    return _history


def stream_into(
    answers: Mapping[str, Answer],
    events: Events,
    draw: Callable[[], None],
    *,
    costs: Mapping[str, Cost],
    every_s: float,
) -> None:
    """Take in the events of runs until all have ended, and store the answers, however they end.

    Parameters
    ----------
    answers
        By the names of their runs.
    draw
        Draws the answers as far as they have come.
    costs
        What each run costs.
    every_s
        Seconds between two drawings, at least.
    """
    drawn_s = 0.0
    save = history().saver()
    try:
        with closing(events):
            for name, event in events:
                if isinstance(event, VisitorError):
                    answers[name].fail(event)
                else:
                    answers[name].add(event)
                if not isinstance(event, Started) and time.monotonic() - drawn_s > every_s:
                    drawn_s = time.monotonic()
                    draw()
    finally:
        for name, answer in answers.items():
            answer.saving = save(answer, costs[name])


def name_events(name: str, stream: EventStream) -> Events:
    """Give the events of a single run with its name, and what it raises as its last one."""
    with closing(stream):
        try:
            for event in stream:
                yield name, event
        except VisitorError as error:
            yield name, error
