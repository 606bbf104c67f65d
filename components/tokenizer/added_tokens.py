"""Added tokens: pieces such as `[MASK]` that are looked for in the text before anything else happens to it.

They are found as they stand, so that no normalizer and no model ever sees them. `tokenizers` does this inside `encode`
and offers no way to watch; this is the same search, tested against it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Self

import regex  # type: ignore[import-untyped]  # the package ships no types
from tokenizers import AddedToken, Tokenizer

_WORD_CHARACTER: Final = r"[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]"
_WORD_BEFORE: Final = regex.compile(rf"(?r){_WORD_CHARACTER}")
_WORD_AFTER: Final = regex.compile(_WORD_CHARACTER)
_SPACES_BEFORE: Final = regex.compile(r"(?r)\s*")
_SPACES_AFTER: Final = regex.compile(r"\s*")


@dataclass(frozen=True)
class Found:
    """An added token at characters `[start, end)` of a text."""

    id: int
    content: str
    start: int
    end: int


@dataclass(frozen=True)
class AddedSearch:
    """The added tokens of a tokenizer by what is looked for.

    Attributes
    ----------
    verbatim
        Looked for in the text as it was typed, by content.
    normalized
        Looked for in normalized text, by normalized content.
    """

    verbatim: Mapping[str, tuple[int, AddedToken]]
    normalized: Mapping[str, tuple[int, AddedToken]]

    @classmethod
    def of(cls, tokenizer: Tokenizer) -> Self:
        """Read them off a tokenizer."""
        verbatim: dict[str, tuple[int, AddedToken]] = {}
        normalized: dict[str, tuple[int, AddedToken]] = {}
        for id_, token in tokenizer.get_added_tokens_decoder().items():
            if not token.normalized:
                verbatim[token.content] = id_, token
            elif tokenizer.normalizer:
                normalized[tokenizer.normalizer.normalize_str(token.content)] = id_, token
            else:
                normalized[token.content] = id_, token
        return cls(verbatim, normalized)

    def in_text(self, text: str) -> Iterator[Found]:
        """Find those that are looked for in the text as it was typed."""
        return _find(text, self.verbatim)

    def in_normalized(self, text: str) -> Iterator[Found]:
        """Find those that are looked for in normalized text; offsets count its characters."""
        return _find(text, self.normalized)


def _find(text: str, spelled: Mapping[str, tuple[int, AddedToken]]) -> Iterator[Found]:
    """Find added tokens from left to right, the longest where several begin at the same character."""
    contents = sorted(filter(None, spelled), key=len, reverse=True)
    if not contents:
        return
    free_from = 0  # where the previous token ended, the spaces it took along included
    for match in regex.finditer("|".join(map(regex.escape, contents)), text):
        id_, settings = spelled[match[0]]
        start, end = match.span()
        if settings.single_word and (_WORD_BEFORE.match(text, 0, start) or _WORD_AFTER.match(text, end)):
            continue
        if settings.lstrip and (spaces := _SPACES_BEFORE.match(text, free_from, start)):
            start = spaces.start()
        if settings.rstrip and (spaces := _SPACES_AFTER.match(text, end)):
            end = spaces.end()
        yield Found(id_, settings.content, start, end)
        free_from = end
