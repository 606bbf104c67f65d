r"""Tokens grouped by the characters a reader sees.

A token boundary may fall inside what is one character on the screen: GPT-2 needs two tokens for most emoji, and an
emoji family is seven code points. Shown one by one such tokens are unreadable (half an emoji is no text at all), so
tokens that share a *grapheme cluster* (Unicode UAX #29, `\X` in the regex package) form one group with one text.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import regex

from components.tokenizer.encode import Encoding, Token


@dataclass(frozen=True)
class Group:
    """One token, or neighbouring tokens that make up a character between them.

    Attributes
    ----------
    tokens
        In order, without gap.
    start, end
        The characters `[start, end)` of the source text they cover together; (0, 0) for an inserted token.
    text
        That text; empty for an inserted token.
    """

    tokens: tuple[Token, ...]
    start: int
    end: int
    text: str

    @property
    def sequence(self) -> int | None:
        """Which of the two texts it comes from; None for an inserted token."""
        return self.tokens[0].sequence


def group_tokens(encoding: Encoding) -> tuple[Group, ...]:
    """Group the tokens of an encoded text, in order."""
    starts = [_cluster_starts(source.text) for source in encoding.sources]
    groups: list[Group] = []
    for token in encoding.tokens:
        last = groups[-1] if groups else None
        if last and token.sequence is not None and token.sequence == last.sequence:
            if _share_a_cluster((last.start, last.end), (token.start, token.end), starts[token.sequence]):
                start, end = min(last.start, token.start), max(last.end, token.end)
                text = encoding.sources[token.sequence].text[start:end]
                groups[-1] = Group((*last.tokens, token), start, end, text)
                continue
        groups.append(Group((token,), token.start, token.end, token.text))
    return tuple(groups)


def _cluster_starts(text: str) -> list[int]:
    return [match.start() for match in regex.finditer(r"\X", text)]


def _share_a_cluster(one: tuple[int, int], other: tuple[int, int], starts: Sequence[int]) -> bool:
    """Whether two spans have characters in the same cluster; an empty span has none."""
    if one[0] == one[1] or other[0] == other[1]:
        return False
    first, last = (bisect_right(starts, position) for position in (one[0], one[1] - 1))
    return first <= bisect_right(starts, other[1] - 1) and bisect_right(starts, other[0]) <= last
