"""Byte-pair encoding, merge by merge: start from single characters, join the pair that was learned first, repeat.

The vocabulary comes with a ranked list of merges. At each step every pair of neighbours that stands in the list is a
candidate; the one with the lowest rank is joined, the leftmost if it occurs twice. It ends when no pair is in the list.
So the result depends on ranks, not on length: a longer piece of the vocabulary may never come about.

Follows Sennrich et al. 2016 (arXiv 1508.07909). In byte-level models (GPT-2) the characters are stand-ins for bytes:
see `components/models/byte_alphabet.py`. Not traced: dropout, which skips merges at random.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

from components.tokenizer.errors import DecidesAtRandom
from components.tokenizer.piece import Piece, byte_pieces, unknown_id


class Merge(NamedTuple):
    """One learned merge: how early it was learned (0 is first), and what comes out."""

    rank: int
    id: int


@dataclass(frozen=True)
class BpeRules:
    """What a BPE model consists of.

    Attributes
    ----------
    merges
        By the ids of the pair's left and right token.
    prefix, suffix
        Marks on characters that do not begin a word, and on the last one.
    whole_words_first
        A word that is in the vocabulary is taken as it is (`ignore_merges`, as in Llama 3).
    """

    vocabulary: Mapping[str, int]
    tokens: Mapping[int, str]
    merges: Mapping[tuple[int, int], Merge]
    unknown: str | None
    fuse_unknown: bool
    prefix: str
    suffix: str
    byte_fallback: bool
    whole_words_first: bool

    @classmethod
    def from_json(cls, model: Mapping[str, Any]) -> Self:
        """Read the `model` part of a tokenizer.json.

        Raises
        ------
        DecidesAtRandom
            If the model skips merges at random.
        """
        if model.get("dropout"):
            raise DecidesAtRandom(model="BPE", setting=f"dropout {model['dropout']}")
        vocabulary: dict[str, int] = model["vocab"]
        prefix = model.get("continuing_subword_prefix") or ""
        pairs = (tuple(pair.split(" ", 1)) if isinstance(pair, str) else tuple(pair) for pair in model["merges"])
        return cls(
            vocabulary=vocabulary,
            tokens={id_: token for token, id_ in vocabulary.items()},
            merges={
                # the right part loses its mark: "un" + "##able" is "unable"
                (vocabulary[left], vocabulary[right]): Merge(rank, vocabulary[left + right[len(prefix) :]])
                for rank, (left, right) in enumerate(pairs)
            },
            unknown=model.get("unk_token"),
            fuse_unknown=bool(model.get("fuse_unk")),
            prefix=prefix,
            suffix=model.get("end_of_word_suffix") or "",
            byte_fallback=bool(model.get("byte_fallback")),
            whole_words_first=bool(model.get("ignore_merges")),
        )


@dataclass(frozen=True)
class Candidate:
    """A pair of neighbours that stands in the list of merges; `position` is the index of the left one."""

    position: int
    left: str
    right: str
    merged: str
    rank: int


@dataclass(frozen=True)
class Step:
    """One merge: the pieces before it, every pair that could have been joined, and the one that was."""

    pieces: tuple[Piece, ...]
    candidates: tuple[Candidate, ...]
    winner: Candidate


@dataclass(frozen=True)
class BpeTrace:
    """How a word was cut.

    Attributes
    ----------
    steps
        The merges in the order they happen; empty if the word stays in characters or was taken whole.
    pieces
        What is left when nothing can be merged any more.
    taken_whole
        The word itself is in the vocabulary and the model looks there first.
    """

    word: str
    steps: tuple[Step, ...]
    pieces: tuple[Piece, ...]
    taken_whole: bool = False


def trace_bpe(word: str, rules: BpeRules, *, checkpoint: Callable[[], None] = lambda: None) -> BpeTrace:
    """Cut a word as the model does and record every merge and its rivals.

    Raises
    ------
    CannotSpell
        If a character is unknown and the model's unknown piece is not in its vocabulary.
    """
    if rules.whole_words_first and word in rules.vocabulary:
        return BpeTrace(word, (), (Piece(rules.vocabulary[word], word, 0, len(word)),), taken_whole=True)
    pieces = list(_characters(word, rules))
    steps: list[Step] = []
    while candidates := tuple(_candidates(pieces, rules)):
        checkpoint()
        winner = min(candidates, key=lambda candidate: (candidate.rank, candidate.position))
        steps.append(Step(tuple(pieces), candidates, winner))
        left, right = pieces[winner.position : winner.position + 2]
        merged = Piece(rules.vocabulary[winner.merged], winner.merged, left.start, right.end)
        pieces[winner.position : winner.position + 2] = [merged]
    return BpeTrace(word, tuple(steps), tuple(pieces))


def _candidates(pieces: list[Piece], rules: BpeRules) -> Iterator[Candidate]:
    for position, (left, right) in enumerate(itertools.pairwise(pieces)):
        merge = rules.merges.get((left.id, right.id))
        if merge is not None:
            yield Candidate(position, left.token, right.token, rules.tokens[merge.id], merge.rank)


def _characters(word: str, rules: BpeRules) -> Iterator[Piece]:
    """Cut a word into the characters that the vocabulary has; the others become bytes, unknown, or nothing at all."""
    unknown: Piece | None = None
    for start, character in enumerate(word):
        marked = (rules.prefix if start else "") + character + (rules.suffix if start == len(word) - 1 else "")
        if marked in rules.vocabulary:
            if unknown:
                yield unknown
                unknown = None
            yield Piece(rules.vocabulary[marked], marked, start, start + 1)
        elif rules.byte_fallback and (spelled := byte_pieces(marked, rules.vocabulary)):
            # `tokenizers` keeps an unknown that came before waiting here, so it ends up behind the bytes
            for token in spelled:
                yield Piece(rules.vocabulary[token], token, start, start + 1)
        elif rules.unknown is not None:
            first = start
            if unknown and rules.fuse_unknown:
                first = unknown.start
            elif unknown:
                yield unknown
            id_ = unknown_id(rules.vocabulary, rules.unknown, model="BPE", text=character)
            unknown = Piece(id_, rules.unknown, first, start + 1)
    if unknown:
        yield unknown
