"""What the lesson asks, answered by the live model: the prediction and the exercise."""

from __future__ import annotations

from typing import Final

import streamlit as st

from components.core.i18n import _
from components.core.text import escape_markdown, sanitize
from components.embeddings import link
from components.embeddings.corpus import shipped
from components.embeddings.errors import EmbeddingsError
from components.embeddings.isotropy import pair_cosines
from components.embeddings.quality import FIRST
from components.embeddings.quiz import Attempt, judge_attempt, nearest_answer
from components.embeddings.space import space_of
from components.embeddings.views.shown import counted, embedded
from components.models.errors import ModelError
from components.models.registry import record
from components.models.store import is_local
from components.ui import errors, teaching

_MOST_CHARS: Final = 200


def predict() -> teaching.Answer:
    """Answer the lesson's question about the average cosine, from the embedded model."""
    cosines = pair_cosines(embedded(link.MODEL.default, shipped().texts).pooled["mean"])
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
        corpus = shipped()
        titles = {item.id: item.title for item in corpus.items}
        chosen: str = st.selectbox(
            _("The blurb to find"), list(titles), format_func=lambda item_id: titles[item_id], key="embeddings_wanted"
        )
        wanted = corpus.place(chosen)
        st.caption(escape_markdown(corpus.texts[wanted]))
        written = st.text_input(_("Your question"), max_chars=_MOST_CHARS, key="embeddings_attempt")
        question = sanitize(written).text.strip()
        if not question:
            return
        try:
            attempt = _judge(question, wanted)
        except (EmbeddingsError, ModelError) as error:
            errors.show(error)
            return
        teaching.show_verdict(_verdict(attempt))


def _judge(question: str, wanted: int) -> Attempt:
    state, texts = st.session_state, shipped().texts
    model = record(state[link.MODEL.name])
    model_id = model.id if is_local(model) else link.MODEL.default
    pooling = state[link.POOLING.name]
    items = embedded(model_id, texts).pooled[pooling]
    space = space_of(items, state[link.VECTORS.name])
    asked = space.of(embedded(model_id, (question,)).pooled[pooling])
    return judge_attempt(
        question,
        wanted,
        items=space.of(items),
        asked=asked,
        words=counted(texts),
        metric=state[link.METRIC.name],
    )


def _verdict(attempt: Attempt) -> teaching.Verdict:
    if attempt.shared:
        said = _("The blurb has these words too: {words}. Say it without them. By meaning it comes at rank {rank}.")
        words = escape_markdown(", ".join(attempt.shared))
        return teaching.Verdict(attempt.solved, said.format(words=words, rank=attempt.rank))
    said = _("No word in common, so a search by words cannot find it. By meaning it comes at rank {rank}.")
    if not attempt.solved:
        said += " " + _("Wanted: {first} or better.").format(first=FIRST)
    return teaching.Verdict(attempt.solved, said.format(rank=attempt.rank))
