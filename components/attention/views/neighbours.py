"""Sentences in which the output of the selected head is most similar to that at the pinned word."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from components.attention import link
from components.attention.corpus_search import (
    CorpusIndex,
    Match,
    Matches,
    index_corpus,
    languages_of_corpus,
    outputs_at,
    read_sentences,
    search,
    shipped_index,
)
from components.attention.state import ViewState, load_model
from components.core.i18n import _
from components.core.text import escape_markdown
from components.models.loaders import LoadedModel
from components.ui.session import checkpoint

COUNT: Final = 10
MOST_INDEXES: Final = 4
KEY: Final = "attention_neighbours"
_BOLD: Final = "**\N{WORD JOINER}{}\N{WORD JOINER}**"
"""With a joiner, since `**` between a letter and a punctuation mark begins nothing in Markdown."""
_MARKED: Final = ":blue-background[{}]"


@st.cache_resource(max_entries=MOST_INDEXES, show_spinner=False)
def _shipped(model_id: str) -> CorpusIndex | None:
    return shipped_index(model_id)


@st.cache_resource(max_entries=MOST_INDEXES, show_spinner=False)
def _indexed(model_id: str, languages: tuple[str, ...], _progress: Callable[[int, int], None]) -> CorpusIndex:
    sentences = read_sentences(languages)
    return index_corpus(load_model(model_id), sentences, checkpoint=checkpoint, progress=_progress)


def has_corpus(state: ViewState, loaded: LoadedModel) -> bool:
    """Say whether the outputs of this kind of attention can be compared with those on the corpus."""
    is_of_corpus = state.attention.kind == state.record.kinds[0]  # of an encoder-decoder the encoder reads the corpus
    return is_of_corpus and loaded.watchable


def is_prepared(state: ViewState) -> bool:
    """Say whether the link asks for the search and it needs no reading of the corpus."""
    return st.session_state.get(link.SIMILAR.name) == "yes" and _shipped(state.model.id) is not None


def pin_first() -> str:
    """Return what a visitor has to do who has pinned no word."""
    return _("Click a word in the view first.")


def draw_neighbours(state: ViewState, query: int | None) -> None:
    """Draw what the search for the output at the pinned row found."""
    tokens = state.attention.query_tokens
    with st.container(key=KEY):
        if query is None or query >= len(tokens) or tokens[query].special:
            st.caption(pin_first())
        else:
            _draw(state, query)


def similar_places(state: ViewState, query: int) -> Matches:
    """Return the sentences of the corpus in which the chosen head puts out what is most like its output at a token."""
    index = _shipped(state.model.id)
    if index is None:
        languages = languages_of_corpus(state.model.languages)
        place = st.empty()
        index = _indexed(state.model.id, languages, partial(_show_progress, place))
        place.empty()
    output = outputs_at(load_model(state.model.id), state.record.input, query, kind=state.attention.kind)
    said = output[state.layer, state.head]
    return search(index, said, state.layer, state.head, count=COUNT, without=state.reading.text)


def _draw(state: ViewState, query: int) -> None:
    found = similar_places(state, query)
    word = escape_markdown(state.query_labels[query])
    st.markdown(
        _("**Where the output of layer {layer}, head {head} is most similar to that at “{word}”**").format(
            layer=state.layer, head=state.head, word=word
        )
    )
    st.markdown("\n".join(write_line(match) for match in found.found))
    st.caption(_usual(found))


def _show_progress(place: DeltaGenerator, done: int, total: int) -> None:
    place.progress(
        done / total, _("Reading {done} of {total} sentences with this model").format(done=done, total=total)
    )


def write_line(match: Match) -> str:
    """Return a sentence as Markdown: its word bold, what the word looks at most on blue, and its two numbers."""
    marks = sorted([(*match.word, _BOLD), (*match.looked_at, _MARKED)])
    if match.word == match.looked_at:
        marks = [(*match.word, _BOLD.format(_MARKED))]
    parts, cursor = [], 0
    for start, end, form in marks:
        text = match.sentence[start:end]
        inner = text.strip()
        parts.append(escape_markdown(match.sentence[cursor:start] + text[: len(text) - len(text.lstrip())]))
        parts.append(form.format(escape_markdown(inner)) if inner else "")
        parts.append(escape_markdown(text[len(text.rstrip()) :]) if inner else "")
        cursor = end
    parts.append(escape_markdown(match.sentence[cursor:]))
    numbers = f"{match.weight:.2f} · cos {match.cosine:.2f}".replace(" ", "\N{NO-BREAK SPACE}")
    return f"1. {''.join(parts)} :gray[{numbers}]"


def _usual(found: Matches) -> str:
    return _(
        "This is the corpus search of exBERT (Hoover et al. 2020). Bold: the word. Marked: the word it "
        "looks at most, with its share. The cosine compares the head's output there with its output "
        "here; between random words it is {usual:.2f} for this head (median)."
    ).format(usual=found.usual_cosine)
