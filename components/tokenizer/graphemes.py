"""Tokens grouped by the characters a reader sees.

A token boundary may fall inside what is one character on the screen: GPT-2 needs two tokens for most emoji, and an
emoji family is seven code points. Shown one by one such tokens are unreadable (half an emoji is no text at all), so
tokens that share a *grapheme cluster* form one group with one text.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from components.core.visible import cluster_spans
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
    runs: list[list[Token]] = []
    clusters: tuple[int, int] | None = None  # the first and last cluster that the current run touches
    for token in encoding.tokens:
        touched = _touched_clusters(token, starts)
        if clusters and touched and runs[-1][-1].sequence == token.sequence and _overlap(clusters, touched):
            runs[-1].append(token)
            clusters = min(clusters[0], touched[0]), max(clusters[1], touched[1])
        else:
            runs.append([token])
            clusters = touched
    return tuple(_group(run, encoding) for run in runs)


def _touched_clusters(token: Token, starts: Sequence[Sequence[int]]) -> tuple[int, int] | None:
    """Return the numbers of the first and last cluster a token has a part of; None if it covers no text."""
    if token.sequence is None or token.start == token.end:
        return None
    here = starts[token.sequence]
    return bisect_right(here, token.start), bisect_right(here, token.end - 1)


def _overlap(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] <= other[1] and other[0] <= one[1]


def _group(run: Sequence[Token], encoding: Encoding) -> Group:
    sequence = run[0].sequence
    start, end = min(token.start for token in run), max(token.end for token in run)
    return Group(tuple(run), start, end, "" if sequence is None else encoding.sources[sequence].text[start:end])
