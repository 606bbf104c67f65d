"""How the model decided: one entrance to the traces of all model types.

A trace needs the model's own tables (merges and their ranks, scores), which `tokenizers` gives out only as JSON.
Reading them is slow for a large vocabulary, so they are read once (`TokenizerSpec.of`) and kept by the caller.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from tokenizers import Tokenizer

from components.tokenizer.bpe import BpeRules, BpeTrace, trace_bpe
from components.tokenizer.errors import DecidesAtRandom, WordTooLong
from components.tokenizer.piece import Piece
from components.tokenizer.pipeline import Part, cut_words
from components.tokenizer.unigram import UnigramRules, UnigramTrace, trace_unigram
from components.tokenizer.wordpiece import (
    WordLevelRules,
    WordLevelTrace,
    WordPieceRules,
    WordPieceTrace,
    trace_wordlevel,
    trace_wordpiece,
)

MOST_TRACED_CHARACTERS: Final = 200
"""Longest word a trace is made of: its size grows with the square of this."""

Rules = BpeRules | UnigramRules | WordLevelRules | WordPieceRules
WordTrace = BpeTrace | UnigramTrace | WordLevelTrace | WordPieceTrace

_RULES: Final[Mapping[str, type[BpeRules | UnigramRules | WordLevelRules | WordPieceRules]]] = {
    "BPE": BpeRules,
    "Unigram": UnigramRules,
    "WordLevel": WordLevelRules,
    "WordPiece": WordPieceRules,
}


@dataclass(frozen=True)
class TokenizerSpec:
    """A tokenizer with its model's tables laid open."""

    tokenizer: Tokenizer
    model_type: str
    rules: Rules

    @classmethod
    def of(cls, tokenizer: Tokenizer) -> Self:
        """Read the tables.

        Raises
        ------
        DecidesAtRandom
            If the model cuts at random.
        """
        if alpha := getattr(tokenizer.model, "alpha", None):  # set in code only: tokenizer.json has no place for it
            raise DecidesAtRandom(model="Unigram", setting=f"alpha {alpha}")
        model: dict[str, Any] = json.loads(tokenizer.to_str())["model"]
        return cls(tokenizer, model["type"], _RULES[model["type"]].from_json(model))


@dataclass(frozen=True)
class TracedPart:
    """A part of the text the model was asked to cut, with its trace; None for an added token, which is not cut."""

    part: Part
    trace: WordTrace | None

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """What became of it."""
        if self.trace is None:
            return (Piece(self.part.id or 0, self.part.text, 0, len(self.part.text)),)
        return self.trace.pieces


def trace_text(
    spec: TokenizerSpec, text: str, *, checkpoint: Callable[[], None] = lambda: None
) -> tuple[TracedPart, ...]:
    """Trace every word of a text, in order.

    Raises
    ------
    Untraceable
        If the model's decisions on one of the words cannot be shown.
    """
    return tuple(
        TracedPart(part, None if part.id is not None else trace_word(spec, part.text, checkpoint=checkpoint))
        for part in cut_words(spec.tokenizer, text)
    )


def trace_word(spec: TokenizerSpec, word: str, *, checkpoint: Callable[[], None] = lambda: None) -> WordTrace:
    """Trace one word, given as the pre-tokenizer hands it to the model.

    Raises
    ------
    WordTooLong
        If it has more than `MOST_TRACED_CHARACTERS`.
    CannotSpell
        If the model would fail on it.
    """
    if len(word) > MOST_TRACED_CHARACTERS:
        raise WordTooLong(characters=len(word), most=MOST_TRACED_CHARACTERS)
    match spec.rules:
        case BpeRules() as rules:
            return trace_bpe(word, rules, checkpoint=checkpoint)
        case UnigramRules() as rules:
            return trace_unigram(word, rules, checkpoint=checkpoint)
        case WordPieceRules() as rules:
            return trace_wordpiece(word, rules, checkpoint=checkpoint)
        case WordLevelRules() as rules:
            return trace_wordlevel(word, rules)
