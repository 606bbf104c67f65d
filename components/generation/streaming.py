"""Answers taken in as they are written: one loop, for one answer and for several side by side."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Mapping
from contextlib import closing

from components.core.errors import VisitorError
from components.engines.contract import Event, EventStream, Started
from components.engines.metering import Cost
from components.generation.answer import Answer
from components.generation.history import history

Events = Generator[tuple[str, Event | VisitorError], None, None]
"""Each event with the name of its run; an error ends that run."""


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
