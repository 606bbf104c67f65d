"""Read an answer from another machine in a thread, so that the one who waits can leave at any moment."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import closing
from contextvars import copy_context
from queue import Empty, SimpleQueue
from threading import Event as Flag
from threading import Thread
from typing import Final, Protocol

from components.engines.capabilities import Capabilities
from components.engines.contract import Checkpoint, EventStream, Finished, Queued, Request, Started, require
from components.engines.errors import (
    CutMidStream,
    Denied,
    EmptyPrompt,
    EngineError,
    EngineFault,
    GenerationError,
    Throttled,
)
from components.engines.remote.answer import Answer, Part
from components.engines.remote.reasons import CLOSED, UNREADABLE
from components.engines.remote.report import place_of
from components.models.queue import POLL_SECONDS, FairQueue

SEATS: Final = 64
"""Runs at once on one model of a service: its server has a queue of its own, this only bounds our threads."""


class Call(Protocol):
    """One request to a service."""

    def parts(self) -> Generator[Part, None, None]:
        """Send it and give what arrives; closing this ends the connection.

        Raises
        ------
        GenerationError
            If it fails; what went wrong inside the answer comes after the parts before it.
        """

    def abort(self) -> None:
        """End the connection now, from another thread, so that a `parts` that waits for more ends too."""


class Remote(Protocol):
    """What the run of an engine on another machine needs of that engine."""

    queue: FairQueue
    capabilities: Capabilities

    def think(self) -> None:
        """Note that the model thinks before it answers."""


def check(request: Request, capabilities: Capabilities, *, model: str) -> None:
    """Check a request as far as it can be done without its service.

    Raises
    ------
    NotSupported, OutOfRange
        As `components.engines.contract.require`.
    EmptyPrompt
        If there is nothing to continue or to answer.
    """
    require(request, capabilities, model=model)
    said = request.messages[-1].text if request.mode == "chat" and request.messages else request.prompt
    if not said:
        raise EmptyPrompt(model=model)


def run(
    calling: Callable[[int], Call],
    engine: Remote,
    request: Request,
    checkpoint: Checkpoint,
    *,
    session: str,
    service: str,
) -> EventStream:
    """Wait for a seat, send the request and give the events of its answer.

    Parameters
    ----------
    calling
        Makes the request, given how many tokens the model may think beside its answer.
    service
        How it is called on the page.

    Raises
    ------
    CutMidStream
        If the answer ended without saying so.
    """
    with engine.queue.place(session) as place:
        for position in engine.queue.wait(place, checkpoint):
            yield Queued(position)
        yield Started()
        thinking_tokens = engine.capabilities.thinking_tokens
        answer = Answer(request, thinking_tokens=thinking_tokens)
        with closing(read_parts(calling(thinking_tokens), checkpoint, service=service)) as parts:
            try:
                for part in parts:
                    yield from part.adjusted
                    for piece in answer.add(part):  # one part may have the whole answer
                        checkpoint()
                        yield piece
                    if answer.thought and not thinking_tokens:
                        engine.think()
                    if answer.over:
                        break
            except (Throttled, Denied, EngineError):
                yield from answer.end()
                if answer.finish is None:  # after its end only the counts of tokens can be missing
                    raise
        yield from answer.end()
    if answer.finish is None:
        raise CutMidStream(engine=service, reason=CLOSED)
    yield answer.usage
    yield Finished(answer.finish)


def read_parts(call: Call, checkpoint: Checkpoint, *, service: str) -> Generator[Part, None, None]:
    """Give the parts of a call as they arrive.

    Closing it, or raising in `checkpoint`, closes the connection and waits for nothing.

    Parameters
    ----------
    checkpoint
        Called for each part and ten times a second.
    service
        How it is called on the page.

    Raises
    ------
    GenerationError
        As `Call.parts`. Anything else that it raises is an answer that nobody could read: no answer of a service fails
        the page.
    """
    arrived: SimpleQueue[Part | Exception | None] = SimpleQueue()
    left = Flag()

    def work() -> None:
        begun = False
        try:
            with closing(call.parts()) as parts:
                for part in parts:
                    arrived.put(part)
                    begun = True
                    if left.is_set():
                        break
        except GenerationError as error:
            arrived.put(error)  # the reader's thread raises it
        except Exception as error:  # noqa: BLE001 (see above)
            fault = (CutMidStream if begun else EngineFault)(engine=service, reason=UNREADABLE)
            # not its words: they may quote what was sent
            fault.report = {"error": type(error).__name__, "place": place_of(error)}
            arrived.put(fault)
        arrived.put(None)

    Thread(target=copy_context().run, args=(work,), name="remote answer", daemon=True).start()
    try:
        while True:
            checkpoint()
            try:
                part = arrived.get(timeout=POLL_SECONDS)
            except Empty:
                continue
            if part is None:
                return
            if isinstance(part, Exception):
                raise part
            yield part
    finally:
        left.set()
        call.abort()
