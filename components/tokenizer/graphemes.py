"""Tokens grouped by the characters a reader sees.

A token boundary may fall inside what is one character on the screen: GPT-2 needs two tokens for most emoji, and an
emoji family is seven code points. Shown one by one such tokens are unreadable (half an emoji is no text at all), so
tokens that share a *grapheme cluster* form one group with one text.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from components.tokenizer.clusters import cluster_spans
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
    starts = [[start for start, _ in cluster_spans(source.text)] for source in encoding.sources]
    groups: list[Group] = []
    for token in encoding.tokens:
        if groups and _belong_together(groups[-1], token, starts):
            groups[-1] = _extended(groups[-1], token, encoding)
        else:
            groups.append(Group((token,), token.start, token.end, token.text))
    return tuple(groups)


def _belong_together(group: Group, token: Token, starts: Sequence[Sequence[int]]) -> bool:
    """Whether a token shares a cluster with the group before it. A token that covers no text shares none."""
    if token.sequence is None or token.sequence != group.sequence:
        return False
    if token.start == token.end or group.start == group.end:
        return False
    here = starts[token.sequence]
    first, last = bisect_right(here, group.start), bisect_right(here, group.end - 1)
    return first <= bisect_right(here, token.end - 1) and bisect_right(here, token.start) <= last


def _extended(group: Group, token: Token, encoding: Encoding) -> Group:
    start, end = min(group.start, token.start), max(group.end, token.end)
    text = encoding.sources[token.sequence or 0].text[start:end]
    return Group((*group.tokens, token), start, end, text)
