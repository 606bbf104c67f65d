"""WordPiece, decision by decision: the longest piece that fits, from left to right, never looking back.

At each position the model tries the whole rest of the word, then one character less, and so on, until it finds a
piece in its vocabulary. Pieces that do not begin a word are written with a prefix (`##able`). If at some position not
even a single character fits, the *whole word* becomes unknown, the parts already found included.

Follows Wu et al. 2016 (arXiv 1609.08144) as implemented for BERT (Devlin et al. 2018). How such a vocabulary is
learned is another matter: see `train.py`.

Word level is here too, the model without decisions: a word is in the vocabulary or it is unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self

from components.tokenizer.piece import Piece, unknown_id


@dataclass(frozen=True)
class WordPieceRules:
    """What a WordPiece model consists of."""

    vocabulary: Mapping[str, int]
    unknown: str
    prefix: str
    most_characters: int
    """A longer word becomes unknown without a search."""

    @classmethod
    def from_json(cls, model: Mapping[str, Any]) -> Self:
        """Read the `model` part of a tokenizer.json."""
        return cls(
            vocabulary=model["vocab"],
            unknown=model["unk_token"],
            prefix=model["continuing_subword_prefix"],
            most_characters=model["max_input_chars_per_word"],
        )


@dataclass(frozen=True)
class Search:
    """The search at one position of a word.

    Attributes
    ----------
    start
        Character position in the word.
    rejected
        The candidates that are not in the vocabulary, in the order they were tried: longest first.
    found
        The piece that is, or None if not even one character was.
    """

    start: int
    rejected: tuple[str, ...]
    found: Piece | None


@dataclass(frozen=True)
class WordPieceTrace:
    """How a word was cut.

    Attributes
    ----------
    searches
        One for each piece, and a last one without success if the word is unknown.
    unknown_because
        Why the word is unknown, None if it is not.
    """

    word: str
    searches: tuple[Search, ...]
    pieces: tuple[Piece, ...]
    unknown_because: Literal["too long", "no piece fits"] | None = None


def trace_wordpiece(
    word: str, rules: WordPieceRules, *, checkpoint: Callable[[], None] = lambda: None
) -> WordPieceTrace:
    """Cut a word as the model does and record every candidate.

    Raises
    ------
    CannotSpell
        If the word is unknown and the vocabulary has no piece that says so.
    """
    if len(word) > rules.most_characters:
        return WordPieceTrace(word, (), _unknown(word, rules), "too long")
    searches: list[Search] = []
    pieces: list[Piece] = []
    start = 0
    while start < len(word):
        checkpoint()
        search = _search(word, start, rules)
        searches.append(search)
        if search.found is None:
            return WordPieceTrace(word, tuple(searches), _unknown(word, rules), "no piece fits")
        pieces.append(search.found)
        start = search.found.end
    return WordPieceTrace(word, tuple(searches), tuple(pieces))


def _search(word: str, start: int, rules: WordPieceRules) -> Search:
    rejected: list[str] = []
    for end in range(len(word), start, -1):
        candidate = (rules.prefix if start else "") + word[start:end]
        if candidate in rules.vocabulary:
            return Search(start, tuple(rejected), Piece(rules.vocabulary[candidate], candidate, start, end))
        rejected.append(candidate)
    return Search(start, tuple(rejected), None)


def _unknown(word: str, rules: WordPieceRules) -> tuple[Piece, ...]:
    id_ = unknown_id(rules.vocabulary, rules.unknown, model="WordPiece", text=word)
    return (Piece(id_, rules.unknown, 0, len(word)),)


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
