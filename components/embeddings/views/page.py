"""The embeddings page: what is looked for, among which texts, with which vectors; and the lesson around it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, cast

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from components.aws.bedrock import Embedder, Purpose
from components.core.i18n import _
from components.embeddings import link, wording
from components.embeddings.corpus import Corpus, Pasted, read_shipped
from components.embeddings.encode import MOST_TOKENS, NothingToRead
from components.embeddings.export import Numbers, result, script
from components.embeddings.link import View
from components.embeddings.similarity import space_of
from components.embeddings.state import (
    EmbeddedCorpus,
    Source,
    corpus_of,
    embed_texts,
    find_missing,
    query_in_use,
    read_list,
)
from components.embeddings.views.bedrock import choose_bedrock, offer_to_send
from components.embeddings.views.controls import choose_measure, choose_texts
from components.embeddings.views.guide import CHECKS, judge_attempt
from components.embeddings.views.overview import (
    COSINES_CHART,
    MAP_CHART,
    draw_heatmap_svg,
    heatmap_view,
    isotropy_view,
    map_view,
)
from components.embeddings.views.quality import RECALL_CHART, quality_view
from components.embeddings.views.search import RANKS_CHART, choose_liked, liked_places, recommend_view, search_view
from components.models.errors import ModelError
from components.models.records import ModelRecord, loadable_name
from components.models.shape import model_shape
from components.models.store import local_folder
from components.ui import errors, links
from components.ui.export import Export, draw_view_export, export_frame
from components.ui.guide import position
from components.ui.guide.page import close_page, open_page
from components.ui.model_picker import model_picker
from components.ui.open_tab import choose_view
from components.ui.session import fragment
from components.ui.text_fit import warn_of_unread_text

_VIEWS: Final[dict[View, tuple[Callable[[EmbeddedCorpus], None], str | Callable[[EmbeddedCorpus], str]]]] = {
    "search": (search_view, RANKS_CHART),
    "recommend": (recommend_view, RANKS_CHART),
    "heatmap": (heatmap_view, draw_heatmap_svg),
    "map": (map_view, MAP_CHART),
    "isotropy": (isotropy_view, COSINES_CHART),
    "quality": (quality_view, RECALL_CHART),
}
"""For each view, the function that draws it, and the chart that the Export menu saves or what draws it as SVG."""
_NOTHING_TO_EXPORT: Final = "embeddings_nothing_to_export"


@dataclass
class _Frame:
    """What is drawn once for a list of texts; a click in the fragment below it redraws none of it.

    Attributes
    ----------
    listed
        The visitor's own list, as the link and the field had it.
    menu
        Of the Export menu, what changes with the view; None where nothing can be exported.
    """

    listed: str
    menu: DeltaGenerator | None = None
    export: Export | None = None


def page() -> None:
    """Draw the page: the guide, and below it one fragment with the controls and the open view."""
    position.enter(link.PAGE)
    pasted = read_list()
    corpus = corpus_of(pasted)
    links.read(link.PAGE, (link.liked_parameter(corpus),))
    slot = open_page(link.PAGE, link.parameters(corpus, read_shipped()), checks=CHECKS, exercise=judge_attempt)
    frame = _Frame(st.session_state[link.LIST.name])
    if not st.session_state.get(_NOTHING_TO_EXPORT, False):
        with slot:
            frame.menu = export_frame(link.PAGE, lambda: cast("Export", frame.export))
    _controls_and_view(pasted, frame)
    close_page(link.PAGE)


@fragment
def _controls_and_view(pasted: Pasted, frame: _Frame) -> None:
    if st.session_state[link.LIST.name] != frame.listed:
        st.rerun()  # other texts: what can be liked is another choice, and the guide knows it too
    corpus = corpus_of(pasted)
    left, right = st.columns([5, 3], gap="medium")
    with right:
        model = model_picker(link.PAGE, link.MODEL)
    with left:
        view = _choose_view()
        _choose_question(view, corpus)
        _warn(view, corpus, model)
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
            choose_texts(pasted)
            bought = choose_bedrock()
            choose_measure(is_bought=bought is not None)
    source = Source(model, bought, st.session_state[link.POOLING.name])
    frame.export = None
    with st.container(key=f"view_{view}"):
        try:
            _draw(view, corpus, source, frame)
        except (NothingToRead, ModelError) as error:
            errors.show(error)
    _fit_export_menu(frame)


def _fit_export_menu(frame: _Frame) -> None:
    """Have the Export menu come or go where there is something, or nothing, to export."""
    is_nothing = frame.export is None
    if is_nothing is not (frame.menu is None):
        st.session_state[_NOTHING_TO_EXPORT] = is_nothing
        st.rerun()


def _choose_question(view: View, corpus: Corpus) -> None:
    """Draw what the view asks for: a question, or what was liked; else say what it shows."""
    if view == "recommend":
        choose_liked({item.id: item.title for item in corpus.items}, link.liked_parameter(corpus))
    elif view in ("search", "map"):
        most = link.QUERY.most_chars
        st.text_input(_("What are you looking for?"), max_chars=most, **links.bound(link.PAGE, link.QUERY))
    else:
        st.markdown(_(wording.SHOWS[view]).format(count=len(corpus.items), questions=len(corpus.questions)))


def _warn(view: View, corpus: Corpus, model: ModelRecord) -> None:
    """Say that the model has not learned the language of the question or of the texts."""
    asked = query_in_use() if view in ("search", "map") else ""
    warn_of_unread_text(model, "\n".join(filter(None, (asked, *corpus.texts))), (link.PAGE, link.MODEL))


def _choose_view() -> View:
    names = {view: _(name) for view, name in wording.VIEWS.items()}
    return choose_view(_("View"), link.PAGE, link.VIEW, link.VIEWS, names)


def _draw(view: View, corpus: Corpus, source: Source, frame: _Frame) -> None:
    query = query_in_use()
    wanted = _wanted(view, corpus, query)
    if source.bought is not None and not _all_here(source.bought, wanted):
        return
    with st.spinner(_("Reading {count} texts with {model}").format(count=len(corpus.items), model=source.title)):
        raw = source.vectors(corpus.texts, "document")
    _say_what_was_cut(source, corpus)
    space = space_of(raw, st.session_state[link.VECTORS.name])
    metric = st.session_state[link.METRIC.name]
    embedded = EmbeddedCorpus(corpus, source, query, space.kind, metric, raw, space, space.of(raw))
    frame.export = _export(view, embedded)
    if frame.menu is not None:
        with frame.menu:
            draw_view_export(frame.export)
    _VIEWS[view][0](embedded)


def _say_what_was_cut(source: Source, corpus: Corpus) -> None:
    """Say how many texts the model could not read to their end."""
    if source.bought is None:
        cut = sum(embed_texts(source.model.id, corpus.texts).cut)
        if cut:
            st.info(
                _("Texts of which only the first {most} tokens are read: {count}.").format(most=MOST_TOKENS, count=cut)
            )


def _wanted(view: View, corpus: Corpus, query: str) -> list[tuple[Purpose, Sequence[str]]]:
    """Return the texts of which a view needs the vectors."""
    wanted: list[tuple[Purpose, Sequence[str]]] = [("document", corpus.texts)]
    if view in ("search", "map") and query:
        wanted.append(("query", [query]))
    if view == "quality" and corpus.questions:
        wanted.append(("query", [question.text for question in corpus.questions]))
    return wanted


def _all_here(model: Embedder, wanted: Sequence[tuple[Purpose, Sequence[str]]]) -> bool:
    """Return whether all vectors were bought; if not, offer to buy the missing ones."""
    missing = [(purpose, find_missing(model, texts, purpose)) for purpose, texts in wanted]
    if any(texts for _purpose, texts in missing):
        offer_to_send(model, [(purpose, texts) for purpose, texts in missing if texts])
        return False
    return True


def _export(view: View, embedded: EmbeddedCorpus) -> Export:
    source, corpus, state = embedded.source, embedded.corpus, st.session_state
    is_search = view in ("search", "map") and bool(embedded.query)
    liked = liked_places(embedded)
    recommends = len(liked) < len(corpus.items)
    asks = view == "quality" and bool(corpus.questions)
    numbers = Numbers(
        corpus=corpus,
        text=embedded.query,
        liked=liked if recommends else [],
        vectors=embedded.vectors,
        metric=embedded.metric,
        items=embedded.raw,
        query=source.vectors([embedded.query], "query") if is_search else None,
        questions=source.vectors([each.text for each in corpus.questions], "query") if asks else None,
    )
    weights = loadable_name(source.model, local_folder(source.model))
    most_tokens = min(MOST_TOKENS, model_shape(local_folder(source.model)).positions or MOST_TOKENS)
    chart = _VIEWS[view][1]
    params = {parameter.name: state[parameter.name] for parameter in link.parameters(corpus)}
    return Export(
        page=link.PAGE,
        params={**params, link.MODEL.name: source.model.id},
        model=source.model.id if source.bought is None else source.bought.id,
        result=lambda: result(view, numbers),
        script=lambda: script(
            view,
            numbers,
            weights=weights,
            pooling=source.pooling,
            most_tokens=most_tokens,
            prefix=source.model.prefix,
            bought=source.bought,
        ),
        figure=chart if isinstance(chart, str) else lambda: chart(embedded),
    )
