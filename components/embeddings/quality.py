"""How good a search is, measured on questions whose answers were fixed before.

Other questions would give other numbers: each mean has a bootstrap interval over the questions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import comb
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from components.core.intervals import mean_interval
from components.embeddings.corpus import Corpus
from components.embeddings.search import Bm25
from components.embeddings.similarity import (
    FloatArray,
    Metric,
    Vectors,
    assign_ranks,
    higher_is_closer,
    order,
    score,
    space_of,
)

FIRST: Final = 3
"""How many results a reader looks at: recall is counted among them."""
NEIGHBOURS: Final = 5


Group = Literal["same", "other", "all"]
GROUPS: Final[tuple[Group, ...]] = ("same", "other", "all")
"""Questions in the words of the text that answers them, questions in other words, and both together."""


@dataclass(frozen=True)
class Mean:
    """A mean over questions.

    Attributes
    ----------
    interval
        Its 95% bootstrap interval over the questions; None where there is none: resampling questions that all came
        out alike gives the same mean each time, which says nothing about others.
    """

    mean: float
    interval: tuple[float, float] | None = None


@dataclass(frozen=True)
class Quality:
    """How good a search is, or by how much one search is better than another.

    Attributes
    ----------
    recall
        Share of the right items that are among the first `FIRST` results (recall@3).
    reciprocal_rank
        Mean reciprocal rank (MRR): 1 if the first right item always comes first, 1/2 if second; 0 for not found.
    """

    recall: Mean
    reciprocal_rank: Mean


def recall(ordered: Sequence[int], relevant: Sequence[int]) -> float:
    """Return the share of the right items among the first `FIRST` of an order."""
    return len(set(ordered[:FIRST]) & set(relevant)) / len(relevant)


def reciprocal_rank(ordered: Sequence[int], relevant: Sequence[int]) -> float:
    """Return 1 / rank of the first right item, 0 if the order has none of them."""
    return next((1 / rank for rank, place in enumerate(ordered, start=1) if place in relevant), 0.0)


def measure_questions(orders: Sequence[Sequence[int]], relevant: Sequence[Sequence[int]]) -> NDArray[np.float64]:
    """Return recall and reciprocal rank `[question, measure]`: an order of items and the places of the right ones."""
    pairs = zip(orders, relevant, strict=True)
    return np.array([(recall(ordered, right), reciprocal_rank(ordered, right)) for ordered, right in pairs])


def average(values: NDArray[np.float64]) -> Quality:
    """Return the means of `[question, measure]`, or of the differences between two searches on the same questions."""
    means, (low, high) = values.mean(axis=0), mean_interval(values)
    alike = np.ptp(values, axis=0) == 0
    recalls, ranks = (
        Mean(float(means[place]), None if alike[place] else (float(low[place]), float(high[place]))) for place in (0, 1)
    )
    return Quality(recalls, ranks)


def expect_by_chance(items: int, relevant: Sequence[Sequence[int]]) -> Quality:
    """Return what shuffled results would reach on average: exactly, nothing is drawn."""
    each = [_chance_of_rank(items, len(right)) for right in relevant]
    return Quality(recall=Mean(min(FIRST, items) / items), reciprocal_rank=Mean(sum(each) / len(each)))


def _chance_of_rank(items: int, right: int) -> float:
    """Return the mean of 1 / rank of the first of `right` items, shuffled among `items`."""
    return sum(comb(items - rank, right - 1) / comb(items, right) / rank for rank in range(1, items - right + 2))


def same_theme(orders: Sequence[Sequence[int]], themes: Sequence[str | None]) -> float:
    """Return which share of the `NEIGHBOURS` nearest items are about the same theme, on average over all items.

    Parameters
    ----------
    orders
        For each item the others, nearest first; may be shorter than `NEIGHBOURS`, what is missing counts as wrong.
    """
    right = [sum(themes[near] == themes[place] for near in each[:NEIGHBOURS]) for place, each in enumerate(orders)]
    return sum(right) / (NEIGHBOURS * len(orders))


def same_theme_by_chance(themes: Sequence[str | None]) -> float:
    """Return the share that neighbours drawn at random would reach."""
    others = [sum(theme == other for other in themes) - 1 for theme in themes]
    return sum(others) / (len(themes) * (len(themes) - 1))


@dataclass(frozen=True)
class Judgement:
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


def judge(corpus: Corpus, items: FloatArray, questions: FloatArray, words: Bm25, *, metric: Metric) -> Judgement:
    """Return how good both searches are.

    Parameters
    ----------
    items, questions
        `[item, width]` and `[question, width]`, in the same space.
    """
    right = _right_places(corpus)
    by_meaning = orders(items, questions, metric=metric)
    by_words = [word_order(words, question.text) for question in corpus.questions]
    members = {
        group: [index for index, question in enumerate(corpus.questions) if group in ("all", question.words)]
        for group in GROUPS
    }
    model, words_alone = measure_questions(by_meaning, right), measure_questions(by_words, right)
    return Judgement(
        model={group: average(model[members[group]]) for group in GROUPS},
        words={group: average(words_alone[members[group]]) for group in GROUPS},
        difference={group: average((model - words_alone)[members[group]]) for group in GROUPS},
        chance={group: expect_by_chance(len(items), [right[place] for place in members[group]]) for group in GROUPS},
        ranks=_best(by_meaning, right, len(items)),
        word_ranks=_best(by_words, right, len(items)),
    )


Crossing = tuple[str, str]
"""The language of the questions, and that of the texts."""


def cross_languages(corpora: Mapping[str, Corpus]) -> dict[Crossing, Corpus]:
    """Return the texts of each language with the questions of each: the same items answer them."""
    return {
        (asked, told): replace(texts, questions=questions.questions)
        for asked, questions in corpora.items()
        for told, texts in corpora.items()
    }


def judge_crossings(
    corpora: Mapping[str, Corpus],
    items: Mapping[str, FloatArray],
    questions: Mapping[str, FloatArray],
    *,
    kind: Vectors,
    metric: Metric,
) -> dict[Crossing, Quality]:
    """Return how good a model's vectors are within and across languages.

    Parameters
    ----------
    items, questions
        As the model gives them, `[item, width]` and `[question, width]`.
    """
    found: dict[Crossing, Quality] = {}
    for (asked, told), corpus in cross_languages(corpora).items():
        space = space_of(items[told], kind)
        ordered = orders(space.of(items[told]), space.of(questions[asked]), metric=metric)
        found[asked, told] = average(measure_questions(ordered, _right_places(corpus)))
    return found


def judge_words(corpus: Corpus, words: Bm25) -> Quality:
    """Return how good a search by words is over all questions."""
    ordered = [word_order(words, question.text) for question in corpus.questions]
    return average(measure_questions(ordered, _right_places(corpus)))


def _right_places(corpus: Corpus) -> list[list[int]]:
    return [[corpus.place(item_id) for item_id in question.relevant] for question in corpus.questions]


def orders(items: FloatArray, questions: FloatArray, *, metric: Metric) -> list[list[int]]:
    """Return for each question the places of the items, best first."""
    higher = higher_is_closer(metric)
    return [order(scores, higher_first=higher) for scores in score(items, questions, metric)]


def word_order(words: Bm25, text: str, *, without: Sequence[int] = ()) -> list[int]:
    """Return the places of the texts that share a word with a question, best first."""
    scores = words.scores(text)
    return order(scores, without=without, found=scores > 0)


def _best(ordered: Sequence[Sequence[int]], right: Sequence[Sequence[int]], items: int) -> tuple[int | None, ...]:
    given = [assign_ranks(each, items) for each in ordered]
    return tuple(
        min((rank for place in places if (rank := each[place])), default=None)
        for each, places in zip(given, right, strict=True)
    )
