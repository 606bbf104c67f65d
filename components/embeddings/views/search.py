"""Two answers side by side: what the vectors find for a question or for what was liked, and what the words find."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import streamlit as st

from components.core.i18n import _
from components.core.parameters import Choices
from components.core.text import escape_markdown
from components.embeddings import figures, link, wording
from components.embeddings.quality import FIRST
from components.embeddings.search import K1, B, Hit, recommend, search
from components.embeddings.state import EmbeddedCorpus
from components.embeddings.views.quality import judge_searches
from components.models.registry import record
from components.ui import charts, links, tables

RANKS_CHART: Final = "embeddings_ranks"
_LISTED: Final = 4
_MOST_SHARED_WORDS: Final = 4
_SHOWN_CHARS: Final = 200


def search_view(embedded: EmbeddedCorpus) -> None:
    if not embedded.query:
        st.info(_("Write what you are looking for, in your own words."), icon=":material/search:")
        return
    [query] = embedded.embed_questions([embedded.query])
    hits = search(embedded.items, query, embedded.words, embedded.query, metric=embedded.metric)
    _draw_results(embedded, hits, embedded.query)


def choose_liked(shown_titles: dict[str, str], parameter: Choices) -> None:
    """Draw the choice of liked texts.

    Parameters
    ----------
    shown_titles
        Titles by id.
    """
    st.multiselect(
        _("Readers who liked …"),
        list(shown_titles),
        format_func=lambda item_id: shown_titles.get(item_id, item_id),
        placeholder=_("Choose what was liked"),
        help=_("The query is the mean of the vectors of all that you choose."),
        **links.bound(link.PAGE, parameter),
    )


def liked_places(embedded: EmbeddedCorpus) -> list[int]:
    """Return the positions of the liked texts; while none is chosen, the first text is the example."""
    return [embedded.corpus.place(item_id) for item_id in st.session_state["liked"]] or [0]


def recommend_view(embedded: EmbeddedCorpus) -> None:
    liked = liked_places(embedded)
    if len(liked) == len(embedded.corpus.items):
        st.info(_("All of them are liked: nothing is left to recommend."), icon=":material/thumb_up:")
        return
    if not st.session_state["liked"]:
        example = _("Nothing is chosen. As an example: readers who liked “{title}”.")
        st.caption(example.format(title=escape_markdown(embedded.corpus.items[0].title)))
    texts = embedded.corpus.texts
    hits = recommend(embedded.items, liked, embedded.words, texts, metric=embedded.metric)
    _draw_results(embedded, hits, "\n".join(texts[place] for place in liked))


def _draw_results(embedded: EmbeddedCorpus, hits: Sequence[Hit], asked: str) -> None:
    """Draw both orders.

    Parameters
    ----------
    hits
        Best by meaning first.
    asked
        What BM25 looked for.
    """
    left, right = st.columns(2, gap="large")
    with left:
        with st.container(key="embeddings_nearest"):
            st.subheader(_("Nearest vectors ({model})").format(model=escape_markdown(embedded.source.title)))
            _item(embedded, hits[0], hits[0].rank, _by_meaning(embedded, hits[0]))
        for hit in hits[1:_LISTED]:
            _item(embedded, hit, hit.rank, _by_meaning(embedded, hit))
    with right:
        st.subheader(_("Shared words (BM25)"))
        by_words = sorted((hit for hit in hits if hit.word_rank is not None), key=lambda hit: hit.word_rank or 0)
        if not by_words:
            st.markdown(_("Nothing. No word of the query is in any of these texts."))
        for hit in by_words[:_LISTED]:
            _item(embedded, hit, hit.word_rank or 0, _by_words(embedded, hit, asked))
    _how_far_to_trust(embedded)
    drawn = figures.draw_ranks(hits, [item.title for item in embedded.corpus.items])
    charts.draw(drawn, key=RANKS_CHART)
    with st.expander(_("All ranks and scores"), on_change="rerun", key="embeddings_all_ranks") as everything:
        if everything.open:
            _table(embedded, hits)


def _item(embedded: EmbeddedCorpus, hit: Hit, rank: int, note: str) -> None:
    item = embedded.corpus.items[hit.place]
    text = item.text if len(item.text) <= _SHOWN_CHARS else item.text[: _SHOWN_CHARS - 1] + "…"
    said = f"**{rank}. {escape_markdown(item.title)}** :gray[{note}]"
    # The title of a visitor's own line is the line itself.
    st.markdown(said if text == item.title else f"{said}  \n{escape_markdown(text)}")


def _by_meaning(embedded: EmbeddedCorpus, hit: Hit) -> str:
    measure = _(wording.METRICS[embedded.metric])
    other = _("not found by words") if hit.word_rank is None else _("rank {rank} by words").format(rank=hit.word_rank)
    return f"{measure} {hit.score:.2f} · {other}"


def _by_words(embedded: EmbeddedCorpus, hit: Hit, asked: str) -> str:
    shared = embedded.words.shared(asked, hit.place)[:_MOST_SHARED_WORDS]
    other = _("rank {rank} by vector").format(rank=hit.rank)
    return f"{_('shared: {words}').format(words=escape_markdown(', '.join(shared)))} · {other}"


def _how_far_to_trust(embedded: EmbeddedCorpus) -> None:
    """Say what the model was trained for, and how often it was right on questions with known answers."""
    said = []
    model, source = embedded.source.model, embedded.source
    trained_for = wording.TRAINED_FOR.get(model.task) if model.task and source.bought is None else None
    if trained_for:
        said.append(_(trained_for).format(model=escape_markdown(model.title)))
        origin = record(model.started_from) if model.started_from else None
        if origin is not None and origin.task == "feature-extraction":
            said.append(_(wording.STARTED_FROM).format(origin=origin.title))
    if embedded.is_shipped and source.bought is None:
        rows = judge_searches(embedded)
        text = _(
            "Measured with 24 queries whose right texts are known: this model has {model} of them among the "
            "first {first}, shared words alone {words}, shuffled texts {chance:.0%}. In brackets: 95% "
            "intervals."
        )
        measured = {"model": wording.share(rows.model["all"].recall), "words": wording.share(rows.words["all"].recall)}
        said.append(text.format(first=FIRST, chance=rows.chance["all"].recall.mean, **measured))
    if said:
        st.caption(" ".join(said))


def _table(embedded: EmbeddedCorpus, hits: Sequence[Hit]) -> None:
    items = [embedded.corpus.items[hit.place] for hit in hits]
    columns = {
        _("Nearest vectors"): [hit.rank for hit in hits],
        _("Shared words"): [hit.word_rank for hit in hits],
        _("Title"): [item.title for item in items],
        _(wording.METRICS[embedded.metric]): [hit.score for hit in hits],
        "BM25": [hit.word_score for hit in hits],
        _("Text"): [item.text for item in items],
    }
    alt = _("Ranks of {count} texts by vector and by words.").format(count=len(hits))
    tables.draw(columns, height=320, placeholder="–", alt=alt)
    st.caption(
        _(
            "BM25 with k1 = {k1} and b = {b}. A word that occurs twice in the query counts twice. The score "
            "keeps the formula's factor (k1 + 1). Lucene leaves it out since version 8, which changes no "
            "order."
        ).format(k1=K1, b=B)
    )
