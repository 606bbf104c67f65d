"""A run on another machine: from what a service sends to the events of an answer.

`run` waits for a seat and sends the request. `read_parts` reads in a thread, so that who waits can leave at any moment.
`Answer` makes of what arrives clean text, up to a stop string, and says how it ended.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from contextvars import copy_context
from dataclasses import dataclass, replace
from queue import Empty, SimpleQueue
from threading import Event as Flag
from threading import Thread
from typing import Final, Literal, Protocol

from components.engines.capabilities import Capabilities
from components.engines.contract import (
    Adjusted,
    Checkpoint,
    EventStream,
    Finished,
    FinishReason,
    OtherContent,
    Queued,
    Request,
    Started,
    Thought,
    Token,
    Usage,
    require,
)
from components.engines.errors import (
    CutMidStream,
    Denied,
    EmptyPrompt,
    EngineError,
    EngineFault,
    GenerationError,
    Throttled,
)
from components.engines.remote.reasons import CLOSED, UNREADABLE
from components.engines.remote.untrusted import place_of
from components.engines.text_stream import REPLACEMENT, StopWatch
from components.models.queue import POLL_SECONDS, FairQueue

Piece = Thought | Token | OtherContent

_OPEN: Final = "<think>"
_CLOSE: Final = "</think>"


@dataclass(frozen=True, kw_only=True)
class Part:
    """Something of an answer that arrived, in the same form from every service.

    Attributes
    ----------
    adjusted
        What the request had to do without; before any token.
    thoughts
        What the model thought, where the service tells it apart.
    tokens
        What was written, as it was sent.
    others
        What came beside text.
    finish
        Why the answer ended; None while it goes on. Usage may still follow.
    usage
        Tokens as the service counted them.
    """

    adjusted: tuple[Adjusted, ...] = ()
    thoughts: tuple[Thought, ...] = ()
    tokens: tuple[Token, ...] = ()
    others: tuple[OtherContent, ...] = ()
    finish: FinishReason | None = None
    usage: Usage | None = None


class Answer:
    """The answer so far.

    Stop strings are watched for here as well: some servers ignore them, some send them along with the text.

    Parameters
    ----------
    request
        What was asked for.
    thinking_tokens
        How many tokens the model may think beside the tokens of its answer. A service has one cap for both together:
        each is kept here. 0 keeps neither, as the service's own cap is the answer's then.

    Attributes
    ----------
    finish
        Why it ended; None while it goes on.
    usage
        What the service counted.
    over
        Whether nothing more is to be read: a stop string was found, or a cap is reached.
    thought
        Whether the model thought.
    """

    def __init__(self, request: Request, *, thinking_tokens: int = 0) -> None:
        self._watch = StopWatch(request.stop)
        self._inline = InlineThinking() if request.mode == "chat" else None
        self._characters, self._thought_characters = _Characters(), _Characters()
        self._delayed: Token | None = None
        self._most_thoughts = thinking_tokens
        self._most_tokens = request.new_tokens
        self._thoughts = self._tokens = 0
        self._told_apart = False
        self.finish: FinishReason | None = None
        self.usage = Usage(None, None)
        self.over = False
        self.thought = False

    def add(self, part: Part) -> Iterator[Piece]:
        """Give what to show now."""
        yield from part.others
        for thought in part.thoughts:
            self._told_apart = True
            yield from self._think(replace(thought, text=self._thought_characters.whole(thought.text)))
        for token in part.tokens:
            whole = replace(token, text=self._characters.whole(token.text))
            for piece in self._inline.push(whole) if self._inline else (whole,):
                yield from self._piece(piece)
        if not self.over:
            self.finish = part.finish or self.finish
        self.usage = part.usage or self.usage
        self.thought |= bool(self.usage.thinking_tokens)

    def end(self) -> Iterator[Piece]:
        """Give what was held back: the text is over, so it became no tag and no stop string."""
        if self._inline is not None:
            for piece in self._inline.flush():
                yield from self._piece(piece)
        yield from self._release(self._watch.flush())

    def _piece(self, piece: Thought | Token) -> Iterator[Piece]:
        if isinstance(piece, Token):
            yield from self._write(piece)
        elif not self._told_apart:  # else the service sends its thinking in both forms
            yield from self._think(piece)

    def _think(self, thought: Thought) -> Iterator[Piece]:
        self.thought = True
        self._thoughts += thought.tokens
        if self._most_thoughts and self._thoughts > self._most_thoughts:
            self._end("length")
        if not self.over:
            yield thought

    def _write(self, token: Token) -> Iterator[Token]:
        self._tokens += 1
        if self._most_thoughts and self._tokens > self._most_tokens:
            self._end("length")
        if self.over:
            return
        yield from self._release()
        self._delayed = replace(token, text=self._watch.push(token.text))
        if self._watch.stopped:
            self._end("stop")
        # Only while text is held back does it matter whether this token is the last one.
        if not self._watch.holds:
            yield from self._release()

    def _end(self, reason: FinishReason) -> None:
        if not self.over:
            self.over, self.finish = True, reason

    def _release(self, more_text: str = "") -> Iterator[Token]:
        if self._delayed is not None:
            yield replace(self._delayed, text=self._delayed.text + more_text)
        self._delayed = None


class _Characters:
    r"""Whole characters only.

    JSON writes a character outside the basic plane as two halves (`"\ud83d\ude00"`); a server may send one in each
    message. Half a character alone has no bytes, and would break whatever shows it.
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-16-le")(errors="ignore")

    def whole(self, text: str) -> str:
        """Return the text without halves; the first half of a pair comes with its second."""
        return self._decoder.decode(text.encode("utf-16-le", "surrogatepass")).replace(REPLACEMENT, "")


class InlineThinking:
    """Separates thinking that comes as `<think>…</think>` at the beginning of the text, cut anywhere, from the answer.

    Servers without a parser for their model's thinking send it so. A later text about such tags stays as it is.
    """

    def __init__(self) -> None:
        self._state: Literal["beginning", "thinking", "closed", "answer"] = "beginning"
        self._first: list[Token] = []
        self._held = ""
        self._held_tokens = 0

    def push(self, token: Token) -> Iterator[Thought | Token]:
        """Add a token and give what is certain now."""
        if self._state == "beginning":
            yield from self._begin(token)
        elif self._state == "thinking":
            yield from self._think(token, token.text, 1)
        else:
            yield from self._answer(token)

    def flush(self) -> Iterator[Thought | Token]:
        """Give what was held back: the text is over."""
        first, held, tokens = self._first, self._held, self._held_tokens
        self._first, self._held, self._held_tokens = [], "", 0
        yield from first
        if held or tokens:
            yield Thought(held, tokens)

    def _begin(self, token: Token) -> Iterator[Thought | Token]:
        self._first.append(token)
        text = "".join(each.text for each in self._first).lstrip()
        if text.startswith(_OPEN):
            tokens, self._first = len(self._first), []
            self._state = "thinking"
            yield from self._think(token, text.removeprefix(_OPEN), tokens)
        elif not _OPEN.startswith(text):
            self._state = "answer"
            yield from self.flush()

    def _think(self, token: Token, text: str, tokens: int) -> Iterator[Thought | Token]:
        self._held += text
        self._held_tokens += tokens
        thought, found, after = self._held.partition(_CLOSE)
        # Only while the text ends like the beginning of the closing tag is some of it held back.
        keep = 0 if found else _longest_beginning(self._held)
        if found:
            self._held, self._state = "", "closed"
        else:
            thought, self._held = self._held[: len(self._held) - keep], self._held[len(self._held) - keep :]
        if not keep:
            told, self._held_tokens = self._held_tokens, 0
            yield Thought(thought, told)
        elif thought:
            yield Thought(thought, 0)
        if found:
            yield from self._answer(replace(token, text=after))

    def _answer(self, token: Token) -> Iterator[Token]:
        if self._state == "closed":  # the lines between the tag and the answer are no part of it
            token = replace(token, text=token.text.lstrip())
            if not token.text:
                return
            self._state = "answer"
        yield token


def _longest_beginning(text: str) -> int:
    """Return how many characters at the end of a text are the beginning of the closing tag."""
    return next((length for length in range(len(_CLOSE) - 1, 0, -1) if text.endswith(_CLOSE[:length])), 0)


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
