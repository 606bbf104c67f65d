"""Word level, the model without decisions: a word is in the vocabulary or it is unknown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from components.tokenizer.piece import Piece, unknown_id


@dataclass(frozen=True)
class WordLevelRules:
    """What a word-level model consists of."""

    vocabulary: Mapping[str, int]
    unknown: str

    @classmethod
    def from_json(cls, model: Mapping[str, Any]) -> Self:
        """Read the `model` part of a tokenizer.json."""
        return cls(vocabulary=model["vocab"], unknown=model["unk_token"])


@dataclass(frozen=True)
class WordLevelTrace:
    """Whether a word was found."""

    word: str
    known: bool
    pieces: tuple[Piece, ...]


def trace_wordlevel(word: str, rules: WordLevelRules) -> WordLevelTrace:
    """Look a word up as the model does.

    Raises
    ------
    CannotSpell
        If it is unknown and the model has no unknown piece.
    """
    known = word in rules.vocabulary
    token = word if known else rules.unknown
    id_ = rules.vocabulary[word] if known else unknown_id(rules.vocabulary, token, model="WordLevel", text=word)
    return WordLevelTrace(word, known, (Piece(id_, token, 0, len(word)),))
