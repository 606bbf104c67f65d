"""One answer on the page: who was asked for what, what has been written so far, and which answer it branched off.

Answers live in a session's state from the moment they are asked for. So what was written stays, however a run ends:
by itself, by "Stop", by another page.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from components.core.errors import VisitorError
from components.engines.contract import Candidate, Event, Request, Token
from components.engines.transcript import Transcript
from components.generation.branches import BranchTree


class Saving(Protocol):
    """An answer on its way into a stored history."""

    def draw(self) -> None:
        """Say so if the answer is not saved yet, or was lost; nothing if it is saved."""


@dataclass(eq=False)
class Answer:
    """An answer, complete or not.

    Attributes
    ----------
    settings
        The page's settings when it was asked for, by the names of the link.
    parent, at
        The answer it branched off, and the position of the first token that is not that answer's.
    known
        Tokens it goes on from, measured when they were written.
    fault
        What went wrong; what was written before is still good.
    saving
        How far a stored history has taken it in; None where nothing is stored.
    """

    engine: str
    model: str
    request: Request
    settings: Mapping[str, object] = field(default_factory=dict)
    parent: Answer | None = None
    at: int = 0
    known: tuple[Token, ...] = ()
    transcript: Transcript = field(default_factory=Transcript)
    fault: VisitorError | None = None
    saving: Saving | None = None
    asked_at: datetime.datetime = field(default_factory=lambda: datetime.datetime.now(datetime.UTC))

    def add(self, event: Event) -> None:
        """Take in the next event of its run; a token that was there before keeps its measures."""
        place = len(self.tokens)
        if isinstance(event, Token) and event.given and place < len(self.known):
            old = self.known[place]
            event = replace(event, logprob=old.logprob, entropy=old.entropy, candidates=old.candidates)
        self.transcript.add(event)

    def fail(self, fault: VisitorError) -> None:
        """Take in what went wrong, without its traceback, which would keep the engine in memory as long as this."""
        fault.__traceback__ = fault.__context__ = fault.__cause__ = None
        self.fault = fault

    @property
    def tokens(self) -> list[Token]:
        """What was written so far, given tokens included."""
        return self.transcript.tokens

    @property
    def text(self) -> str:
        """What was written so far as text."""
        return self.transcript.text

    @property
    def settings_used(self) -> dict[str, object]:
        """The settings as this run had them: of several texts side by side, each has its own."""
        used = {name: getattr(self.request, name, None) for name in self.settings}
        moved = {name: value for name, value in used.items() if value not in (None, "")}
        return {**self.settings, **moved, "engine": self.engine, "model": self.model}

    @property
    def token_ids(self) -> tuple[int, ...] | None:
        """The tokens' ids; None if the engine does not tell them all."""
        ids = tuple(token.id for token in self.tokens if token.id is not None)
        return ids if len(ids) == len(self.tokens) else None

    @property
    def perplexity(self) -> float | None:
        """Of the tokens whose probability is known; None if it is known of none."""
        return perplexity(self.tokens)

    def continues(self, other: Answer) -> bool:
        """Whether both answer the same prompt with the same model."""
        return (self.engine, self.model, subject(self.request)) == (other.engine, other.model, subject(other.request))


def closest_call(answer: Answer) -> tuple[int, Candidate] | None:
    """Return the likeliest token that was not taken, and its position: after the place where the answer branched off.

    None where the engine does not tell the ids that a branch has to begin with.
    """
    if answer.token_ids is None:
        return None
    first = 0 if answer.parent is None else answer.at + 1
    others = [
        (candidate.logprob, -place, candidate)
        for place, token in enumerate(answer.tokens[first:], start=first)
        for candidate in token.candidates
        if candidate.id not in (None, token.id)
    ]
    if not others:
        return None
    _logprob, place, candidate = max(others, key=lambda each: each[:2])
    return -place, candidate


def subject(request: Request) -> tuple[object, ...]:
    """Return what a request is about, whatever its settings."""
    return request.mode, request.prompt, request.messages


def prompt_of(request: Request) -> str:
    """Return what the visitor wrote: the prompt, or the newest turn of a conversation."""
    return request.messages[-1].text if request.mode == "chat" else request.prompt


def perplexity(tokens: Iterable[Token]) -> float | None:
    """Return exp of the mean surprisal: as uncertain as a fair choice among that many tokens."""
    logprobs = [token.logprob for token in tokens if token.logprob is not None]
    return math.exp(-sum(logprobs) / len(logprobs)) if logprobs else None


def family(answers: Sequence[Answer], shown: Answer) -> list[Answer]:
    """Return the answers to the same prompt that can stand in one tree, parents first.

    An answer that was stopped before it came to its own tokens has no place in it.
    """
    kept: list[Answer] = []
    for answer in answers:
        rooted = answer.parent is None or (answer.parent in kept and len(answer.tokens) > answer.at)
        if answer.continues(shown) and answer.tokens and rooted:
            kept.append(answer)
    return kept


def tree_of(answers: Sequence[Answer]) -> BranchTree:
    """Return the tree of answers that `family` gave."""
    tree = BranchTree()
    for answer in answers:
        parent = None if answer.parent is None else answers.index(answer.parent)
        tree = tree.grow(answer.tokens, parent=parent, at=answer.at)
    return tree
