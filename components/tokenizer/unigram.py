"""Unigram, as a lattice: every way to cut a word is a path, and the most probable path wins.

Each piece of the vocabulary has a score, the logarithm of its probability. Every occurrence of a piece in the word is
an edge from where it starts to where it ends; a path from the first to the last position is one way to cut the word,
and its score is the sum over its edges. The Viterbi algorithm finds the best path in one pass: the best way to reach a
position is the best way to reach some earlier one plus one more piece.

Follows Kudo 2018 (arXiv 1804.10959) as implemented in SentencePiece. Not traced: sampling among several paths.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from components.tokenizer.errors import CannotSpell
from components.tokenizer.piece import Piece, byte_pieces

UNKNOWN_PENALTY: Final = 10.0
"""How far below the rarest piece an unknown character scores (SentencePiece's kUnkPenalty)."""


@dataclass(frozen=True)
class UnigramRules:
    """What a Unigram model consists of.

    Attributes
    ----------
    scores
        Natural logarithm of each piece's probability.
    unknown_id
        None where the model has no unknown piece: a text with an unknown character is then an error.
    """

    vocabulary: Mapping[str, int]
    scores: Mapping[str, float]
    tokens: Mapping[int, str]
    unknown_id: int | None
    unknown_score: float
    byte_fallback: bool
    longest_piece: int

    @classmethod
    def from_json(cls, model: Mapping[str, Any]) -> Self:
        """Read the `model` part of a tokenizer.json."""
        pieces: list[tuple[str, float]] = model["vocab"]
        return cls(
            vocabulary={token: id_ for id_, (token, _) in enumerate(pieces)},
            scores=dict(pieces),
            tokens={id_: token for id_, (token, _) in enumerate(pieces)},
            unknown_id=model.get("unk_id"),
            unknown_score=min((score for _, score in pieces), default=0.0) - UNKNOWN_PENALTY,
            byte_fallback=bool(model.get("byte_fallback")),
            longest_piece=max((len(token) for token, _ in pieces), default=0),
        )


@dataclass(frozen=True)
class Edge:
    """A piece at one place of the word, `[start, end)` in characters; `known` is False for an unknown character."""

    start: int
    end: int
    token: str
    score: float
    known: bool = True


@dataclass(frozen=True)
class UnigramTrace:
    """How a word was cut.

    Attributes
    ----------
    edges
        Every piece of the vocabulary that occurs in the word, by start and then length, and an unknown edge for each
        character that is no piece by itself.
    best_scores
        Score of the best path from 0 to each position, `[position]`, one more than the word has characters.
    best_edges
        The last edge of that path, `[position]`; None at 0.
    path
        The best path through the whole word.
    pieces
        What comes out: the path with neighbouring unknown characters joined, or spelled in bytes.
    """

    word: str
    edges: tuple[Edge, ...]
    best_scores: tuple[float, ...]
    best_edges: tuple[Edge | None, ...]
    path: tuple[Edge, ...]
    pieces: tuple[Piece, ...]


def trace_unigram(word: str, rules: UnigramRules, *, checkpoint: Callable[[], None] = lambda: None) -> UnigramTrace:
    """Cut a word as the model does and record the lattice.

    Raises
    ------
    CannotSpell
        If a character is unknown and the model has no unknown piece.
    """
    edges: list[Edge] = []
    scores: list[float] = [0.0] * (len(word) + 1)
    arrivals: list[Edge | None] = [None] * (len(word) + 1)
    for start in range(len(word)):
        checkpoint()
        for edge in _edges_from(word, start, rules):
            edges.append(edge)
            score = scores[start] + edge.score
            # strictly better: of two equal paths the one with the earlier last cut stays, as in SentencePiece
            if arrivals[edge.end] is None or score > scores[edge.end]:
                scores[edge.end], arrivals[edge.end] = score, edge
    path = _best_path(arrivals)
    return UnigramTrace(word, tuple(edges), tuple(scores), tuple(arrivals), path, tuple(_pieces(word, path, rules)))


def _edges_from(word: str, start: int, rules: UnigramRules) -> Iterator[Edge]:
    single = False
    for end in range(start + 1, min(len(word), start + rules.longest_piece) + 1):
        token = word[start:end]
        if token in rules.scores:
            single = single or end == start + 1
            # the text "<unk>" is a piece too, and counts as unknown when its neighbours are
            yield Edge(start, end, token, rules.scores[token], known=rules.vocabulary[token] != rules.unknown_id)
    if not single:
        yield Edge(start, start + 1, word[start], rules.unknown_score, known=False)


def _best_path(arrivals: list[Edge | None]) -> tuple[Edge, ...]:
    path: list[Edge] = []
    edge = arrivals[-1]
    while edge is not None:
        path.append(edge)
        edge = arrivals[edge.start]
    return tuple(reversed(path))


def _pieces(word: str, path: tuple[Edge, ...], rules: UnigramRules) -> Iterator[Piece]:
    for start, end, known in _runs(path):
        text = word[start:end]
        if known or text in rules.vocabulary:
            yield Piece(rules.vocabulary[text], text, start, end)
        elif rules.byte_fallback and (spelled := byte_pieces(text, rules.vocabulary)):
            for token in spelled:
                yield Piece(rules.vocabulary[token], token, start, end)
        elif rules.unknown_id is not None:
            yield Piece(rules.unknown_id, rules.tokens[rules.unknown_id], start, end)
        else:
            raise CannotSpell(model="Unigram", text=text)


def _runs(path: tuple[Edge, ...]) -> Iterator[tuple[int, int, bool]]:
    """Join neighbouring unknown edges: `tokenizers` gives one unknown piece for a run of unknown characters."""
    run: tuple[int, int] | None = None
    for edge in path:
        if not edge.known:
            run = (run[0] if run else edge.start, edge.end)
            continue
        if run:
            yield *run, False
            run = None
        yield edge.start, edge.end, True
    if run:
        yield *run, False
