"""Every generation goes through here: it is counted, its log lines carry its id, and it can be told to end.

A visitor ends a run by leaving (`checkpoint`), the operator of the dashboard with `withdraw`, the server when it stops.
What was written stays, as after any other end.
"""

from __future__ import annotations

import datetime
import logging
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from threading import Event as Flag
from threading import Lock
from typing import Final

from components.core.errors import VisitorError
from components.engines.contract import (
    Checkpoint,
    Engine,
    Event,
    EventStream,
    Queued,
    Request,
    Started,
    Thought,
    Token,
)
from components.engines.errors import Denied, Ended, EngineError, GenerationError, ServerStops, Withdrawn
from components.engines.transcript import RunUsage
from components.models.registry import records
from components.operations import error_log, logs, stopping

log = logging.getLogger(__name__)

OTHER: Final = "other"
"""Stands for a model that a visitor named and nobody offers: names that anybody can make up are not counted apart."""


@dataclass(eq=False)
class Run:
    """One generation that goes on.

    Attributes
    ----------
    id
        In its log lines, and the reference in its error message.
    model
        As it is counted, see `OTHER`.
    seated_s
        When it got its seat, on the clock of `time.monotonic`; None while it waits.
    usage
        Tokens read and written so far.
    left
        Whether the visitor wants no more of it.
    stopped_by
        "stopped" or "failed", if it did not come to its end.
    """

    engine: str
    model: str
    id: str = field(default_factory=logs.new_id)
    asked_at: datetime.datetime = field(default_factory=lambda: datetime.datetime.now(datetime.UTC))
    asked_s: float = field(default_factory=time.monotonic)
    seated_s: float | None = None
    in_line: bool = False
    usage: RunUsage = field(default_factory=RunUsage)
    left: bool = False
    stopped_by: str | None = None
    _withdrawn: Flag = field(default_factory=Flag)

    def withdraw(self) -> None:
        """Have it end before its next token."""
        self._withdrawn.set()

    def check(self, checkpoint: Checkpoint) -> None:
        """End the run, by raising, if somebody wants that."""
        if self._withdrawn.is_set():
            raise Withdrawn
        if stopping.is_requested():
            raise ServerStops
        try:
            checkpoint()
        except BaseException:
            self.left = True
            raise

    def note(self, event: Event) -> None:
        """Take in what happened."""
        from components.operations import metrics

        match event:
            case Queued():
                self.in_line = True
            case Started():
                self.seated_s = time.monotonic()
                self.in_line = False
                metrics.WAIT_S.labels(self.engine, self.model).observe(self.seated_s - self.asked_s)
            case Token(given=False) | Thought() if not self.usage.streamed:
                metrics.FIRST_TOKEN_S.labels(self.engine, self.model).observe(time.monotonic() - self.asked_s)
        self.usage.add(event)

    @property
    def reason(self) -> str:
        """Why it ended; "left" while it goes on."""
        return self.stopped_by or self.usage.finish or "left"

    def count(self) -> None:
        """Count it, at its end."""
        from components.operations import metrics

        metrics.RUNS.labels(self.engine, self.model, self.reason).inc()
        written = self.usage.new_tokens
        metrics.TOKENS.labels(self.engine, self.model, "read").inc(self.usage.input_tokens or 0)
        metrics.TOKENS.labels(self.engine, self.model, "written").inc(written)
        now = time.monotonic()
        if self.seated_s is not None and written and now > self.seated_s:
            metrics.TOKENS_PER_SECOND.labels(self.engine, self.model).observe(written / (now - self.seated_s))


_lock: Final = Lock()
_running: Final[list[Run]] = []  # in the order they were asked for


def generate(engine: Engine, request: Request, checkpoint: Checkpoint, *, session: str = "") -> EventStream:
    """Have an engine write; see `components.engines.contract.Engine.stream`.

    Raises
    ------
    ServerStops, Withdrawn
        If it was told to end, beside what the engine raises.
    """
    this = Run(engine=engine.name, model=counted_name(engine.model))
    try:
        if stopping.is_requested():
            raise ServerStops
        stream = engine.stream(request, lambda: this.check(checkpoint), session=session)
    except VisitorError as error:
        error_log.record(error)
        raise
    return _counted(this, stream)


def counted_name(model: str) -> str:
    """Return the name under which a model is counted: its id if this deployment offers it, else `OTHER`."""
    from components.engines.offers import offers  # the server imports this module, and offers load every engine

    offered = {*(record.id for record in records()), *(each for offer in offers() for each in offer.models)}
    return model if model in offered else OTHER


def running() -> tuple[Run, ...]:
    """Return the runs that wait or write now, first asked first."""
    with _lock:
        return tuple(_running)


def _counted(this: Run, stream: EventStream) -> EventStream:
    with _listed(this), closing(stream):
        while (event := _next(this, stream)) is not None:
            this.note(event)
            yield event


def _next(this: Run, stream: EventStream) -> Event | None:
    try:
        # Only while the engine works: what a generator sets stays set for its reader, between its events too.
        with logs.add_ids(generation=this.id):
            return next(stream, None)
    except Exception as error:
        if not this.left:
            _note_end(this, error)
        raise


def _note_end(this: Run, error: Exception) -> None:
    this.stopped_by = "stopped" if isinstance(error, Ended) else "failed"
    if isinstance(error, (EngineError, Denied)):
        error.reference = this.id
    if isinstance(error, VisitorError):  # anything else is noted where it is caught
        with logs.add_ids(generation=this.id):
            error_log.record(error)
            if isinstance(error, GenerationError) and error.report:
                named = {"engine": this.engine, "model": this.model, "fault": type(error).__name__}
                log.warning("a service reported a fault", extra={**named, **error.report})


@contextmanager
def _listed(this: Run) -> Iterator[None]:
    with _lock:
        _running.append(this)
    try:
        yield
    finally:
        with _lock:
            _running.remove(this)
        this.count()
        with logs.add_ids(generation=this.id):
            log.info(
                "generation ended: %s",
                this.reason,
                extra={
                    "engine": this.engine,
                    "model": this.model,
                    "tokens_read": this.usage.input_tokens or 0,
                    "tokens_written": this.usage.new_tokens,
                    "seconds": round(time.monotonic() - this.asked_s, 3),
                },
            )
