"""What a run gave, collected as it streams: text, tokens, counts and times. Every count of a run is made here."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from components.engines.beam_tree import BeamTree
from components.engines.contract import (
    Adjusted,
    BeamsFound,
    Event,
    Finished,
    FinishReason,
    OtherContent,
    Queued,
    Started,
    Thought,
    Token,
    Usage,
)


@dataclass
class RunUsage:
    """What one run has used so far. Make it when the run starts, and `add` each event.

    Attributes
    ----------
    streamed
        New tokens as they were streamed, thinking included.
    usage
        What the engine counted; None while it has not said.
    finish
        Why it ended; None while it goes on, or if it failed or was stopped.
    """

    streamed: int = 0
    usage: Usage | None = None
    finish: FinishReason | None = None

    def add(self, event: Event) -> None:
        """Take in the next event."""
        match event:
            case Token(given=False):
                self.streamed += 1
            case Thought():
                self.streamed += event.tokens
            case Usage():
                self.usage = event
            case Finished(reason):
                self.finish = reason

    @property
    def input_tokens(self) -> int | None:
        """Tokens that were read; None where the engine does not say."""
        return None if self.usage is None else self.usage.input_tokens

    @property
    def new_tokens(self) -> int:
        """How many tokens were generated, thinking included: as the engine counted, else as they were streamed."""
        counted = None if self.usage is None else self.usage.output_tokens
        return self.streamed if counted is None else counted


@dataclass(kw_only=True)
class Transcript(RunUsage):
    """One run so far, with its text and its times.

    Attributes
    ----------
    position
        Place in the queue, 0 when it does not wait.
    adjusted
        What the engine had to do without.
    thoughts
        What the model thought before it answered.
    others
        What the answer has beside text, each kind and name once.
    """

    clock: Callable[[], float] = time.monotonic
    position: int = 0
    tokens: list[Token] = field(default_factory=list)
    adjusted: list[Adjusted] = field(default_factory=list)
    thoughts: list[Thought] = field(default_factory=list)
    others: list[OtherContent] = field(default_factory=list)
    tree: BeamTree | None = None

    def __post_init__(self) -> None:
        self._started = self.clock()
        self._first: float | None = None
        self._last: float | None = None

    def add(self, event: Event) -> None:
        """Take in the next event."""
        super().add(event)
        match event:
            case Token():
                self.tokens.append(event)
                if not event.given:
                    self._take_time()
            case Thought():
                self.thoughts.append(event)
                self._take_time()
            case OtherContent():
                if event not in self.others:
                    self.others.append(event)
            case Queued(position):
                self.position = position
            case Started():
                self.position = 0
            case Adjusted():
                self.adjusted.append(event)
            case BeamsFound(tree):
                self.tree = tree

    def _take_time(self) -> None:
        self._last = self.clock()
        self._first = self._last if self._first is None else self._first

    @property
    def text(self) -> str:
        """The answer so far, given tokens included."""
        return "".join(token.text for token in self.tokens)

    @property
    def thought(self) -> str:
        """What the model thought so far."""
        return "".join(each.text for each in self.thoughts)

    @property
    def thinking_tokens(self) -> int:
        """How many of the generated tokens were thinking, as the engine counted.

        If it counted only thinking and answer together, each has its share by the length of its text: a message may
        hold several tokens.
        """
        if self.usage is not None and self.usage.thinking_tokens is not None:
            return self.usage.thinking_tokens
        if self.streamed == self.new_tokens:
            return sum(each.tokens for each in self.thoughts)
        thought, written = len(self.thought), len(self.text)
        return round(self.new_tokens * thought / (thought + written)) if thought else 0

    @property
    def counts_thinking_exactly(self) -> bool:
        """Whether `thinking_tokens` is the engine's own count, or all that it counted."""
        return not self.text or (self.usage is not None and self.usage.thinking_tokens is not None)

    @property
    def was_cut_in_thought(self) -> bool:
        """Whether the model used up all its tokens by thinking, so that there is no answer."""
        return self.finish == "length" and bool(self.thinking_tokens) and not self.text

    @property
    def seconds_to_first_token(self) -> float | None:
        """From the start to the first new token or thought, waiting included; None before it."""
        return None if self._first is None else self._first - self._started

    @property
    def tokens_per_second(self) -> float | None:
        """How fast tokens came after the first one; None before the second, and for a beam search.

        A search gives all tokens at its end: the time between them says nothing.
        """
        if self._first is None or self._last is None or self._last == self._first or self.tree is not None:
            return None
        return (self.new_tokens - 1) / (self._last - self._first)
