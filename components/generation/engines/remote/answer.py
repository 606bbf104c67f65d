"""From what a service sends to the tokens of an answer: clean text, up to a stop string, and how it ended."""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from components.generation.engines.contract import Adjusted, FinishReason, Token, Usage
from components.generation.text_stream import REPLACEMENT, StopWatch


@dataclass(frozen=True, kw_only=True)
class Part:
    """Something of an answer that arrived, in the same form from every service.

    Attributes
    ----------
    adjusted
        What the request had to do without; before any token.
    tokens
        What was written, as it was sent.
    finish
        Why the answer ended; None while it goes on. Usage may still follow.
    usage
        Tokens as the service counted them.
    """

    adjusted: tuple[Adjusted, ...] = ()
    tokens: tuple[Token, ...] = ()
    finish: FinishReason | None = None
    usage: Usage | None = None


class Answer:
    """The answer so far.

    Stop strings are watched for here as well: some servers ignore them, some send them along with the text.

    Attributes
    ----------
    finish
        Why it ended; None while it goes on.
    usage
        What the service counted.
    """

    def __init__(self, stop: Sequence[str]) -> None:
        self._watch = StopWatch(stop)
        self._characters = _Characters()
        self._delayed: Token | None = None
        self.finish: FinishReason | None = None
        self.usage = Usage(None, None)

    @property
    def stopped(self) -> bool:
        """Whether a stop string was found: nothing more is to be read then."""
        return self._watch.stopped

    def add(self, part: Part) -> Iterator[Token]:
        """Give the tokens to show now."""
        for token in part.tokens:
            if self.stopped:
                break
            yield from self._release()
            self._delayed = replace(token, text=self._watch.push(self._characters.whole(token.text)))
            # Only while text is held back does it matter whether this token is the last one.
            if not self._watch.holds:
                yield from self._release()
        self.finish = "stop" if self.stopped else part.finish or self.finish
        self.usage = part.usage or self.usage

    def end(self) -> Iterator[Token]:
        """Give what was held back: the text is over, so it became no stop string."""
        yield from self._release(self._watch.flush())

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
