"""An engine as a visitor of a team may use it: checked against the limits before a run, counted after it.

Where the database does not answer, a run that costs nothing goes on and is counted later; one that costs money does
not start while money is limited, since nobody could say how much is left.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from typing import Final
from uuid import uuid4

from sqlalchemy.orm import Session

from components.core.roles import Visitor
from components.core.settings import settings
from components.engines.capabilities import Capabilities
from components.engines.contract import Checkpoint, Engine, EventStream, Request
from components.engines.errors import GenerationError
from components.engines.metering import Cost, Meter
from components.engines.table import engine_spec
from components.engines.transcript import RunUsage
from components.team import audit, clock
from components.team.errors import CannotCount, PriceUnknown, StoreUnavailable
from components.team.identity import visitor
from components.team.store.database import Store
from components.team.store.limits import Entry, UserAndTeamLimits, commit_usage, limits_of, reserve
from components.team.store.opening import store
from components.team.store.people import key_of, record_visit
from components.team.store.writer import Writer, writer

_MESSAGE_TOKENS: Final = 16  # what a chat template writes around a turn, generously


def meter_of(cost: Cost) -> Meter:
    """Return what makes an engine count what this run's visitor uses.

    Parameters
    ----------
    cost
        What a run costs. It gives 0 for an engine that nobody pays for.
    """
    who, limits, kept, writes = visitor(), limits_of(settings()), store(), writer()
    return lambda engine: Metered(engine, cost, who, limits, kept, writes)


@dataclass(frozen=True, eq=False)
class Metered:
    """An engine whose runs are counted for one person; see `components.engines.contract.Engine`."""

    engine: Engine
    cost: Cost
    who: Visitor
    limits: UserAndTeamLimits
    store: Store
    writer: Writer
    now: clock.Clock = clock.now

    @property
    def name(self) -> str:
        """Which kind of engine."""
        return self.engine.name

    @property
    def model(self) -> str:
        """The model's id."""
        return self.engine.model

    @property
    def capabilities(self) -> Capabilities:
        """What it can do, as known by now."""
        return self.engine.capabilities

    def count_tokens(self, request: Request) -> int:
        """Return how many tokens the request has before anything is generated."""
        return self.engine.count_tokens(request)

    def stream(self, request: Request, checkpoint: Checkpoint, *, session: str = "") -> EventStream:
        """Generate text, if the limits allow it.

        Raises
        ------
        LimitReached, PriceUnknown, CannotCount
            While iterating, before anything is sent or computed.
        """
        with (
            self._promised(request) as used,
            closing(self.engine.stream(request, checkpoint, session=session)) as events,
        ):
            for event in events:
                used.add(event)
                yield event

    @contextmanager
    def _promised(self, request: Request) -> Iterator[RunUsage]:
        used, most_read = RunUsage(), self._most_read(request)
        entry = self._promise(request, most_read)
        try:
            yield used
        finally:
            self._settle(entry, used, request, most_read)

    def _most_read(self, request: Request) -> int:
        """Return how many tokens the request has: counted where that is free, else as many as it has bytes."""
        if engine_spec(self.engine.name).runs_here:
            try:
                return self.engine.count_tokens(request)
            except GenerationError:
                pass  # the run itself will say what is wrong
        texts = [request.prompt, *(message.text for message in request.messages)]
        return sum(len(text.encode()) for text in texts) + _MESSAGE_TOKENS * (1 + len(request.messages))

    def _promise(self, request: Request, read: int) -> Entry:
        most_written = request.new_tokens + self.engine.capabilities.thinking_tokens
        usd = self.cost(read, most_written)
        entry = Entry(
            id=uuid4().hex,
            person="",
            engine=self.name,
            model=self.model,
            tokens=read + most_written,
            usd=usd,
        )
        if usd is None and self.limits.money:
            raise PriceUnknown(model=self.model)
        if not self.limits.anything:
            return entry
        try:
            with self.store.writing() as session:
                record_visit(session, self.who, self.now())
                entry = replace(entry, person=key_of(session, self.who.id))
                refusal = reserve(session, entry, self.limits, now=self.now())
        except StoreUnavailable as error:
            if usd and self.limits.money:
                raise CannotCount(reason=error.values["reason"]) from error
            return entry
        if refusal is not None:
            audit.record("run refused", self.who, model=self.model, tokens=entry.tokens, prompt=_text(request))
            raise refusal
        return entry

    def _settle(self, promised: Entry, used: RunUsage, request: Request, most_read: int) -> None:
        at = self.now()
        written = used.new_tokens
        if written or used.finish is not None:
            read = most_read if used.input_tokens is None else used.input_tokens
            spent = replace(promised, tokens=read + written, usd=self.cost(read, written))
        else:  # nothing was read: the engine refused, or the visitor left while waiting
            spent = replace(promised, tokens=0, usd=0.0)

        def write(session: Session) -> None:
            record_visit(session, self.who, at)
            commit_usage(session, replace(spent, person=key_of(session, self.who.id)), at=at)

        self.writer.put("usage of a run", self.who.id, write)
        audit.record("run", self.who, model=self.model, tokens=spent.tokens, prompt=_text(request))


def _text(request: Request) -> str:
    return "\n".join(message.text for message in request.messages) or request.prompt
