r"""Grapheme clusters: what a reader sees as one character, however many code points it is written with.

The rules are Unicode's (UAX #29); `\X` of the regex package knows them, the standard library does not.
"""

from __future__ import annotations

import regex  # type: ignore[import-untyped]  # the package ships no types


def cluster_spans(text: str) -> list[tuple[int, int]]:
    """Return `[start, end)` of each cluster, in characters; together they cover the text."""
    return [match.span() for match in regex.finditer(r"\X", text)]
