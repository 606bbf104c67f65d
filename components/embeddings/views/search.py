"""Semantic search: the texts whose vectors are nearest to the question's."""

from __future__ import annotations

import streamlit as st

from components.core.i18n import _
from components.embeddings.ranking import Hit, search
from components.embeddings.views.results import results
from components.embeddings.views.shown import Shown


def hits_of(shown: Shown) -> tuple[Hit, ...]:
    """Return all texts, ranked for the question."""
    [query] = shown.asked([shown.query])
    return search(shown.items, query, shown.words, shown.query, metric=shown.metric)


def search_view(shown: Shown) -> None:
    """Draw what is found."""
    if not shown.query:
        st.info(_("Write what you are looking for, in your own words."), icon=":material/search:")
        return
    results(shown, hits_of(shown), shown.query)
