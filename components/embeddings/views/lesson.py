"""The lesson's prediction and its exercise, answered by the model on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import streamlit as st

from components.core.i18n import _
from components.core.text import escape_markdown, sanitize
from components.embeddings import link
from components.embeddings.corpus import read_shipped
from components.embeddings.encode import NothingToRead
from components.embeddings.quality import FIRST
from components.embeddings.search import Bm25
from components.embeddings.similarity import FloatArray, Metric, higher_is_closer, order, pair_cosines, score, space_of
from components.embeddings.state import count_words, embed_texts
from components.models.errors import ModelError
from components.models.registry import record
from components.models.store import is_local
from components.ui import errors, teaching

ANSWERS: Final = (-0.5, 0.0, 0.5, 0.9)
"""The cosines a student can choose from, as the lesson writes them."""


_MOST_CHARS: Final = 200


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


def predict() -> teaching.Answer:
    """Answer the lesson's question about the average cosine, from the embedded model."""
    cosines = pair_cosines(embed_texts(link.MODEL.default, read_shipped().texts).pooled["mean"])
    found = _("Measured just now over {pairs} pairs: {mean:.2f} on average, from {least:.2f} to {most:.2f}.")
    return teaching.Answer(
        option=nearest_answer(cosines.mean),
        evidence=found.format(
            pairs=f"{len(cosines.values):,}",
            mean=cosines.mean,
            least=float(cosines.values.min()),
            most=float(cosines.values.max()),
        ),
    )


@st.fragment
def exercise() -> None:
    """Let the student write a question for one blurb, in other words than its own."""
    with errors.boundary():
        corpus = read_shipped()
        titles = {item.id: item.title for item in corpus.items}
        chosen: str = st.selectbox(
            _("The blurb to find"), list(titles), format_func=lambda item_id: titles[item_id], key="embeddings_wanted"
        )
        wanted = corpus.place(chosen)
        st.caption(escape_markdown(corpus.texts[wanted]))
        written = st.text_input(_("Your query"), max_chars=_MOST_CHARS, key="embeddings_attempt")
        question = sanitize(written).text.strip()
        if not question:
            return
        try:
            attempt = _judge(question, wanted)
        except (NothingToRead, ModelError) as error:
            errors.show(error)
            return
        teaching.show_verdict(_verdict(attempt))


def _judge(question: str, wanted: int) -> Attempt:
    state, texts = st.session_state, read_shipped().texts
    model = record(state[link.MODEL.name])
    model_id = model.id if is_local(model) else link.MODEL.default
    pooling = state[link.POOLING.name]
    items = embed_texts(model_id, texts).pooled[pooling]
    space = space_of(items, state[link.VECTORS.name])
    asked = space.of(embed_texts(model_id, (question,)).pooled[pooling])
    return judge_attempt(
        question,
        wanted,
        items=space.of(items),
        asked=asked,
        words=count_words(texts),
        metric=state[link.METRIC.name],
    )


def _verdict(attempt: Attempt) -> teaching.Verdict:
    if attempt.shared:
        said = _("The blurb has these words too: {words}. Say it without them. By its vector it has rank {rank}.")
        words = escape_markdown(", ".join(attempt.shared))
        return teaching.Verdict(attempt.solved, said.format(words=words, rank=attempt.rank))
    said = _("No word in common, so a keyword search cannot find it. By its vector it has rank {rank}.")
    if not attempt.solved:
        said += " " + _("The goal is rank {first} or better.").format(first=FIRST)
    return teaching.Verdict(attempt.solved, said.format(rank=attempt.rank))
