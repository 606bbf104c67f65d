"""What can be said about a text that was written, in a few numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from components.engines.contract import Token


@dataclass(frozen=True)
class Measures:
    """Numbers of one answer.

    Attributes
    ----------
    logprob
        Of the whole answer under the model itself, in nats; None if the engine does not tell it of every token.
    words, different_words
        Words separated by spaces, and how many different ones, whatever their case: a loop has few.
    """

    logprob: float | None
    words: int
    different_words: int


def measures(tokens: Sequence[Token]) -> Measures:
    """Measure an answer."""
    logprobs = [token.logprob for token in tokens]
    known = [logprob for logprob in logprobs if logprob is not None]
    words = "".join(token.text for token in tokens).casefold().split()
    return Measures(
        logprob=sum(known) if known and len(known) == len(logprobs) else None,
        words=len(words),
        different_words=len(set(words)),
    )
