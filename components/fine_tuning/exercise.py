"""The lesson's exercise: change one word, into one that was never trained on, and turn the answer round."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from components.fine_tuning.examples import Example
from components.fine_tuning.measuring import FloatArray

_WORD: Final = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


@dataclass(frozen=True, eq=False)
class Attempt:
    """Two sentences, judged.

    Attributes
    ----------
    changed
        The words in which they differ, the first sentence's and the second's; None unless it is exactly one.
    known
        Which of these words stand in training texts.
    shares
        The probability of each label for each of the two, `[2, label]`.
    """

    changed: tuple[str, str] | None
    known: tuple[str, ...]
    shares: FloatArray

    @property
    def turned(self) -> bool:
        """Whether the two have different answers."""
        first, second = self.shares.argmax(axis=1)
        return bool(first != second)

    @property
    def solved(self) -> bool:
        """Whether one new word turned the answer."""
        return self.changed is not None and not self.known and self.turned


def judge(first: str, second: str, training: Sequence[Example], shares: FloatArray) -> Attempt:
    """Judge two sentences by what the classifier that was trained on some texts says of them, `[2, label]`."""
    seen = {word for example in training for word in _words(example.text)}
    pairs = list(zip(_words(first), _words(second), strict=False))
    different = [pair for pair in pairs if pair[0] != pair[1]]
    is_one = len(different) == 1 and len(_words(first)) == len(_words(second))
    changed = different[0] if is_one else None
    known = tuple(word for word in changed or () if word in seen)
    return Attempt(changed, known, shares)


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())
