"""From token ids, one at a time, to text that can be shown at once and never has to be taken back.

Two things make that more than decoding each id alone. A character outside ASCII takes several bytes, and a
byte-level token may end in the middle of one (every emoji in GPT-2's vocabulary does): it is held back until it is
whole, so U+FFFD never appears. And how a token reads can depend on the one before it (SentencePiece drops the space
at the start of a text only), so ids are decoded with a few of those that came before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"
_CONTEXT_TOKENS: Final = 6  # more than the longest character has bytes, so that the context is no lone half of one
_MOST_HELD_TOKENS: Final = 8  # no character is this long: what is held then is no UTF-8 at all


class TextStream:
    """The text of a growing list of ids.

    Parameters
    ----------
    decode
        Turns ids into text, writing U+FFFD for bytes that are no character.
    before
        The ids that the text continues; they are context, not part of it.
    """

    def __init__(self, decode: Callable[[Sequence[int]], str], *, before: Sequence[int] = ()) -> None:
        self._decode = decode
        self._context = list(before[-_CONTEXT_TOKENS:])
        self._held: list[int] = []
        self._given = 0  # characters of the held tokens that were given already

    def push(self, token_id: int) -> str:
        """Add a token and return the text that is certain now, often one token's, sometimes none."""
        self._held.append(token_id)
        text = self._new_text()
        whole = text.rstrip(REPLACEMENT)
        fresh = whole[self._given :].replace(REPLACEMENT, "")
        if len(whole) == len(text) or len(self._held) >= _MOST_HELD_TOKENS:
            self._context = (self._context + self._held)[-_CONTEXT_TOKENS:]
            self._held, self._given = [], 0
        else:
            self._given = max(self._given, len(whole))
        return fresh

    def _new_text(self) -> str:
        # subtle: if the context itself ends inside a character, the first new token completes that character, and
        # the text before the half is what both decodings share.
        before = self._decode(self._context).rstrip(REPLACEMENT)
        return self._decode(self._context + self._held)[len(before) :]


class StopWatch:
    """Holds text back while it could still become a stop string, and ends the text before one.

    Attributes
    ----------
    stopped
        Whether a stop string was found; nothing more is to be pushed then.
    """

    def __init__(self, stop: Sequence[str]) -> None:
        self._stop = tuple(stop)
        self._held = ""
        self.stopped = False

    def push(self, text: str) -> str:
        """Add text and return what certainly belongs to the answer.

        The first stop string that is complete ends it. Character by character, so that it makes no difference in
        which portions the text comes.
        """
        given = ""
        for character in text:
            if self.stopped:
                break
            given += self._push(character)
        return given

    def _push(self, character: str) -> str:
        self._held += character
        complete = [stop for stop in self._stop if self._held.endswith(stop)]
        if complete:
            self.stopped = True
            keep = len(max(complete, key=len))
            given, self._held = self._held[: len(self._held) - keep], ""
            return given
        keep = self._longest_beginning()
        given, self._held = self._held[: len(self._held) - keep], self._held[len(self._held) - keep :]
        return given

    @property
    def holds(self) -> bool:
        """Whether text is held back."""
        return bool(self._held)

    def flush(self) -> str:
        """Return what is held: the text has ended, so it became no stop string."""
        given, self._held = self._held, ""
        return given

    def _longest_beginning(self) -> int:
        """Return how many characters at the end are the beginning of a stop string."""
        longest = max((len(stop) - 1 for stop in self._stop), default=0)
        for length in range(min(longest, len(self._held)), 0, -1):
            if any(stop.startswith(self._held[-length:]) for stop in self._stop):
                return length
        return 0


class AnswerText:
    """The text of an answer as it is written: whole characters, up to a stop string."""

    def __init__(
        self, decode: Callable[[Sequence[int]], str], *, before: Sequence[int] = (), stop: Sequence[str] = ()
    ) -> None:
        self._stream = TextStream(decode, before=before)
        self._watch = StopWatch(stop)

    @property
    def stopped(self) -> bool:
        """Whether a stop string was found; the answer is over then."""
        return self._watch.stopped

    def push(self, token_id: int, *, last: bool) -> str:
        """Add a token, the last one or not, and return what to show now."""
        text = self._watch.push(self._stream.push(token_id))
        return text + self._watch.flush() if last else text
