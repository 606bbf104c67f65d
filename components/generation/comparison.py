"""A text that was written side by side with others, and its numbers: what a table of them shows, and what is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from pydantic import TypeAdapter

from components.core.units import to_bits
from components.engines.contract import FinishReason, Token
from components.engines.offers import Price
from components.generation.answer import Answer


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


@dataclass(frozen=True, kw_only=True)
class LaneRecord:
    """One of the texts.

    Attributes
    ----------
    read, written
        Tokens; `read` is None where the engine does not say.
    logprob
        Of the whole text, natural logarithm; None where the engine does not tell probabilities.
    finish
        None if it was stopped.
    usd
        What it cost: 0 if it ran here, None where nobody knows.
    price_day
        The day of the price; None if none was used.
    """

    title: str
    engine: str
    model: str
    settings: Mapping[str, Any]
    text: str
    first_token_s: float | None
    tokens_per_second: float | None
    read: int | None
    written: int
    logprob: float | None
    perplexity: float | None
    different_words: int
    words: int
    finish: FinishReason | None
    usd: float | None
    price_day: str | None

    @property
    def surprise_bits(self) -> float | None:
        """How unexpected the whole text was to its model: minus the base-2 logarithm of its probability."""
        return None if self.logprob is None else to_bits(-self.logprob)

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON types."""
        return asdict(self)

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> LaneRecord:
        """Return what `as_json` gave.

        Raises
        ------
        pydantic.ValidationError
            If it is something else.
        """
        return TypeAdapter(cls).validate_python(kept)


def lane_record(title: str, answer: Answer, *, is_here: bool, price: Price | None) -> LaneRecord:
    """Return an answer as a row of the table.

    Parameters
    ----------
    is_here
        Whether it was written in this process, for nothing.
    price
        Of its model; None where nobody knows.
    """
    run, found = answer.transcript, measures(answer.tokens)
    usage = run.usage
    usd = 0.0 if is_here else None
    if price is not None and usage is not None and usage.input_tokens is not None and usage.output_tokens is not None:
        usd = price.of(input_tokens=usage.input_tokens, output_tokens=usage.output_tokens)
    return LaneRecord(
        title=title,
        engine=answer.engine,
        model=answer.model,
        settings=answer.settings_used,
        text=answer.text,
        first_token_s=run.seconds_to_first_token,
        tokens_per_second=run.tokens_per_second,
        read=run.input_tokens,
        written=run.new_tokens,
        logprob=found.logprob,
        perplexity=answer.perplexity,
        different_words=found.different_words,
        words=found.words,
        finish=run.finish,
        usd=usd,
        price_day=None if price is None or usd is None else price.seen.isoformat(),
    )
