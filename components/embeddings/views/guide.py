"""What the lesson asks, answered by the models on this machine; and its exercise."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import Final

import numpy as np
import streamlit as st

from components.core.i18n import N_, _
from components.core.text import escape_markdown, quote, sanitize
from components.embeddings import link
from components.embeddings.corpus import Corpus, parse_list, read_shipped
from components.embeddings.encode import NothingToRead, Pooling
from components.embeddings.quality import FIRST, judge
from components.embeddings.search import Bm25, search
from components.embeddings.similarity import FloatArray, Metric, higher_is_closer, order, pair_cosines, score, space_of
from components.embeddings.state import count_words, embed_texts, shipped_texts
from components.models.errors import ModelError
from components.models.projection import project
from components.models.registry import DEFAULT_ENCODER, record
from components.models.store import is_local
from components.ui import errors, links
from components.ui.guide.page import Answer, Check, Verdict

MADE_TO_COMPARE: Final = "classroom-e5-ko"
"""The built-in model that was trained to compare texts."""
FAR_DOWN: Final = 50
SIMILAR: Final = 0.7
"""What many take for the cosine of similar texts."""

_CLIMBERS: Final = (N_("mountaineering tragedy"), "the-mountain-does-not-care")
_SPIES: Final = ("spies reading encrypted telegrams", "the-code-breakers")
_POOLING: Final[Pooling] = "mean"
_MOST_CHARS: Final = 200
_SHARES: Final = (0.01, 0.5, 1.0)
"""What the answers "about 1 in 100", "about half" and "all of them" mean, in the order of the lesson."""


@dataclass(frozen=True)
class Attempt:
    """A query that should find one text by its meaning, and not by its words.

    Attributes
    ----------
    shared
        Words that the query and the text have in common.
    rank
        Of the text, by meaning.
    """

    shared: tuple[str, ...]
    rank: int

    @property
    def solved(self) -> bool:
        """Whether words find nothing and the vectors put it among the first."""
        return not self.shared and self.rank <= FIRST


def judge_query(
    query: str, wanted: int, *, items: FloatArray, asked: FloatArray, words: Bm25, metric: Metric
) -> Attempt:
    """Judge a query.

    Parameters
    ----------
    wanted
        Place of the text that should be found.
    items, asked
        `[item, width]` and `[1, width]`, in the same space.
    """
    ordered = order(score(items, asked, metric)[0], higher_first=higher_is_closer(metric))
    return Attempt(tuple(words.shared(query, wanted)), ordered.index(wanted) + 1)


def judge_attempt() -> Verdict | None:
    """Let the student write a query for one blurb, in other words than its own."""
    corpus = shipped_texts()
    titles = {item.id: item.title for item in corpus.items}
    choice, field = st.columns(2, gap="medium")
    with choice:
        chosen: str = st.selectbox(
            _("The blurb to find"), list(titles), format_func=lambda item_id: titles[item_id], key="embeddings_wanted"
        )
        wanted = corpus.place(chosen)
        st.caption(escape_markdown(corpus.texts[wanted]))
    written = field.text_input(_("Your query"), max_chars=_MOST_CHARS, key="embeddings_attempt")
    query = sanitize(written).text.strip()
    if not query:
        return None
    try:
        attempt = _judge(query, wanted)
    except (NothingToRead, ModelError) as error:
        errors.show(error)
        return None
    return _verdict(f"{quote(escape_markdown(query))}, {escape_markdown(titles[chosen])}: ", attempt)


def _judge(query: str, wanted: int) -> Attempt:
    state, texts = st.session_state, shipped_texts().texts
    model = record(state[link.MODEL.name])
    model_id = model.id if is_local(model) else links.default_of(link.PAGE, link.MODEL)
    pooling = state[link.POOLING.name]
    items = embed_texts(model_id, texts).pooled[pooling]
    space = space_of(items, state[link.VECTORS.name])
    asked = space.of(embed_texts(model_id, (query,)).pooled[pooling])
    return judge_query(
        query,
        wanted,
        items=space.of(items),
        asked=asked,
        words=count_words(texts),
        metric=state[link.METRIC.name],
    )


def _verdict(attempted: str, attempt: Attempt) -> Verdict:
    if attempt.shared:
        said = _("The blurb has these words too: {words}. Say it without them. By its vector it has rank {rank}.")
        words = escape_markdown(", ".join(attempt.shared))
        return Verdict(attempt.solved, attempted + said.format(words=words, rank=attempt.rank))
    said = _("No word in common, so a keyword search cannot find it. By its vector it has rank {rank}.")
    if not attempt.solved:
        said += " " + _("The goal is rank {first} or better.").format(first=FIRST)
    return Verdict(attempt.solved, attempted + said.format(rank=attempt.rank))


def _climbers() -> Answer:
    query, item_id = _CLIMBERS
    rank = _rank_of(MADE_TO_COMPARE, _(query), item_id)
    option = bisect_left((1, FAR_DOWN), rank)
    said = _("Searched just now with {model}: rank {rank} of {count}.")
    return Answer(
        option, said.format(model=record(MADE_TO_COMPARE).title, rank=rank, count=len(_texts_of_card().items))
    )


def _spies() -> Answer:
    rank = _rank_of(DEFAULT_ENCODER, *_SPIES)
    option = bisect_left((FIRST, FAR_DOWN), rank)
    said = _("Searched just now: rank {rank} of {count} with {model}, rank {other} with {second}.")
    return Answer(
        option,
        said.format(
            rank=rank,
            count=len(_texts_of_card().items),
            model=record(DEFAULT_ENCODER).title,
            other=_rank_of(MADE_TO_COMPARE, *_SPIES),
            second=record(MADE_TO_COMPARE).title,
        ),
    )


def _map() -> Answer:
    """Compare what is near on the map with what is near in all dimensions, for the texts and query of the card."""
    query = links.default_of(link.PAGE, link.QUERY)
    items = embed_texts(MADE_TO_COMPARE, _texts_of_card().texts).pooled[_POOLING]
    asked = embed_texts(MADE_TO_COMPARE, (query,)).pooled[_POOLING]
    drawn = project(items)
    nearest = order(score(items, asked, "cosine")[0])[:FIRST]
    away = np.linalg.norm(drawn.points - drawn.place(asked), axis=-1)
    both = set(nearest) & set(order(away, higher_first=False)[:FIRST])
    said = _("Measured just now: {both} of {first}. The map shows {share:.0%} of the differences.")
    return Answer(
        bisect_left((0, FIRST - 1), len(both)), said.format(both=len(both), first=FIRST, share=sum(drawn.explained))
    )


def _similar() -> Answer:
    cosines = pair_cosines(embed_texts(MADE_TO_COMPARE, _texts_of_card().texts).pooled["cls"])
    above = float(np.mean(cosines.values > SIMILAR))
    option = min(range(len(_SHARES)), key=lambda index: abs(_SHARES[index] - above))
    said = _("Measured just now: {above:.0%} of {pairs} pairs are above {limit}; the lowest is {least:.2f}.")
    return Answer(
        option,
        said.format(above=above, pairs=f"{len(cosines.values):,}", limit=SIMILAR, least=float(cosines.values.min())),
    )


def _gaps() -> Answer:
    found = {model_id: _recall_in_other_words(model_id) for model_id in (DEFAULT_ENCODER, MADE_TO_COMPARE)}
    share = found[DEFAULT_ENCODER]
    option = min((0.05, 0.4, 0.8), key=lambda each: abs(each - share))
    said = _("Measured just now, queries in other words: {model} {share:.0%}, {second} {other:.0%}.")
    return Answer(
        f"{option:.0%}",
        said.format(
            model=record(DEFAULT_ENCODER).title,
            share=share,
            second=record(MADE_TO_COMPARE).title,
            other=found[MADE_TO_COMPARE],
        ),
    )


def _flights() -> Answer:
    """Search the list that the card sets up, whatever list is on the screen by now."""
    texts = parse_list(links.default_of(link.PAGE, link.LIST)).corpus.texts
    query = _("no cheap flights")
    items = embed_texts(MADE_TO_COMPARE, texts).pooled[_POOLING]
    asked = embed_texts(MADE_TO_COMPARE, (query,)).pooled[_POOLING]
    cosines = score(items, asked, "cosine")[0]
    found = ", ".join(f"{quote(texts[place])} {cosines[place]:.2f}" for place in order(cosines))
    said = _("Searched just now for “{query}”: {found}.")
    return Answer(texts[order(cosines)[0]], said.format(query=query, found=found))


def _texts_of_card() -> Corpus:
    """Return the shipped texts in the language that the card sets up, whatever is on the screen by now."""
    return read_shipped(links.default_of(link.PAGE, link.TEXTS))


def _rank_of(model_id: str, query: str, item_id: str) -> int:
    corpus = _texts_of_card()
    items = embed_texts(model_id, corpus.texts).pooled[_POOLING]
    [asked] = embed_texts(model_id, (query,)).pooled[_POOLING]
    hits = search(items, asked, count_words(corpus.texts), query, metric="cosine")
    return next(hit.rank for hit in hits if corpus.items[hit.place].id == item_id)


def _recall_in_other_words(model_id: str) -> float:
    corpus = read_shipped()
    items = embed_texts(model_id, corpus.texts).pooled[_POOLING]
    asked = embed_texts(model_id, tuple(question.text for question in corpus.questions)).pooled[_POOLING]
    found = judge(corpus, items, asked, count_words(corpus.texts), metric="cosine")
    return found.model["other"].recall.mean


CHECKS: Final[dict[str, Check]] = {
    "climbers": _climbers,
    "spies": _spies,
    "map": _map,
    "similar": _similar,
    "gaps": _gaps,
    "flights": _flights,
}
