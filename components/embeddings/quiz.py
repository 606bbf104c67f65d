"""What the lesson asks, judged by the numbers themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from components.embeddings.bm25 import Bm25
from components.embeddings.quality import FIRST
from components.embeddings.scores import FloatArray, Metric, higher_is_closer, order, score

ANSWERS: Final = (-0.5, 0.0, 0.5, 0.9)
"""The cosines a student can choose from; they stand in the lesson as written here."""


def nearest_answer(cosine: float) -> str:
    """Return the answer of the lesson that a measured cosine is closest to."""
    return str(min(ANSWERS, key=lambda answer: abs(answer - cosine)))


@dataclass(frozen=True)
class Attempt:
    """A question that should find one text by its meaning, and not by its words.

    Attributes
    ----------
    shared
        Words that the question and the text have in common.
    rank
        Of the text, by meaning.
    """

    shared: tuple[str, ...]
    rank: int

    @property
    def solved(self) -> bool:
        """Whether words find nothing and the vectors put it among the first."""
        return not self.shared and self.rank <= FIRST


def judge_attempt(
    question: str, wanted: int, *, items: FloatArray, asked: FloatArray, words: Bm25, metric: Metric
) -> Attempt:
    """Judge a question.

    Parameters
    ----------
    wanted
        Place of the text that should be found.
    items, asked
        `[item, width]` and `[1, width]`, in the same space.
    """
    ordered = order(score(items, asked, metric)[0], higher_first=higher_is_closer(metric))
    return Attempt(tuple(words.shared(question, wanted)), ordered.index(wanted) + 1)
