"""The shipped questions put to both searches, and judged by the answers that were fixed for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from components.embeddings.bm25 import Bm25
from components.embeddings.corpus import Corpus
from components.embeddings.pooling import FloatArray
from components.embeddings.quality import Quality, averaged, by_chance, by_question
from components.embeddings.scores import Metric, higher_is_closer, order, ranks, score

Group = Literal["same", "other", "all"]
GROUPS: Final[tuple[Group, ...]] = ("same", "other", "all")
"""Questions in the words of the text that answers them, questions in other words, and both together."""


@dataclass(frozen=True)
class Judged:
    """How good each search is, by group of questions.

    Attributes
    ----------
    difference
        The model's measures minus those of the words, question by question.
    ranks, word_ranks
        For each question the best rank of a right item, by meaning and by words; None where it was not found.
    """

    model: Mapping[Group, Quality]
    words: Mapping[Group, Quality]
    difference: Mapping[Group, Quality]
    chance: Mapping[Group, Quality]
    ranks: tuple[int | None, ...]
    word_ranks: tuple[int | None, ...]


def judge(corpus: Corpus, items: FloatArray, questions: FloatArray, words: Bm25, *, metric: Metric) -> Judged:
    """Return how good both searches are.

    Parameters
    ----------
    items, questions
        `[item, width]` and `[question, width]`, in the same space.
    """
    right = [[corpus.place(item_id) for item_id in question.relevant] for question in corpus.questions]
    by_meaning = orders(items, questions, metric=metric)
    by_words = [word_order(words, question.text) for question in corpus.questions]
    members = {
        group: [index for index, question in enumerate(corpus.questions) if group in ("all", question.words)]
        for group in GROUPS
    }
    model, words_alone = by_question(by_meaning, right), by_question(by_words, right)
    return Judged(
        model={group: averaged(model[members[group]]) for group in GROUPS},
        words={group: averaged(words_alone[members[group]]) for group in GROUPS},
        difference={group: averaged((model - words_alone)[members[group]]) for group in GROUPS},
        chance={group: by_chance(len(items), [right[place] for place in members[group]]) for group in GROUPS},
        ranks=_best(by_meaning, right, len(items)),
        word_ranks=_best(by_words, right, len(items)),
    )


def orders(items: FloatArray, questions: FloatArray, *, metric: Metric) -> list[list[int]]:
    """Return for each question the places of the items, best first."""
    higher = higher_is_closer(metric)
    return [order(scores, higher_first=higher) for scores in score(items, questions, metric)]


def word_order(words: Bm25, text: str, *, without: Sequence[int] = ()) -> list[int]:
    """Return the places of the texts that share a word with a question, best first."""
    scores = words.scores(text)
    return order(scores, without=without, found=scores > 0)


def _best(ordered: Sequence[Sequence[int]], right: Sequence[Sequence[int]], items: int) -> tuple[int | None, ...]:
    given = [ranks(each, items) for each in ordered]
    return tuple(
        min((rank for place in places if (rank := each[place])), default=None)
        for each, places in zip(given, right, strict=True)
    )
