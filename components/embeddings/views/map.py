"""The texts on paper: principal components, with the question among them."""

from __future__ import annotations

from typing import Final

import numpy as np
import streamlit as st

from components.core.i18n import _
from components.core.text import escape_markdown
from components.embeddings import wording
from components.embeddings.map_figures import flat_map
from components.embeddings.quality import FIRST
from components.embeddings.scores import higher_is_closer, order, score
from components.embeddings.views.shown import Shown
from components.models.projection import Map, project
from components.ui import charts

CHART: Final = "embeddings_map"


def map_view(shown: Shown) -> None:
    """Draw the map."""
    drawn = project(shown.items)
    query, nearest, scores = None, [], np.empty(0)
    measure = _(wording.METRICS[shown.metric])
    if shown.query:
        asked = shown.asked([shown.query])
        query = drawn.place(asked)[0]
        scores = score(shown.items, asked, shown.metric)[0]
        nearest = order(scores, higher_first=higher_is_closer(shown.metric))[:FIRST]
    items = shown.corpus.items
    chart = flat_map(
        drawn,
        [item.title for item in items],
        shown.themes,
        query=query,
        nearest=nearest,
    )
    left, right = st.columns([5, 3], gap="large")
    with left:
        charts.draw(chart, key=CHART)
    with right:
        if nearest:
            st.subheader(_("Nearest to your question"))
        for rank, place in enumerate(nearest, start=1):
            st.markdown(f"**{rank}. {escape_markdown(items[place].title)}** :gray[{measure} {scores[place]:.2f}]")
        _explain(drawn, width=shown.items.shape[1])


def _explain(drawn: Map, *, width: int) -> None:
    share = sum(drawn.explained)
    note = _(
        "The lines lead to the {count} texts nearest to your question in all {width} dimensions. On paper they need "
        "not be the nearest points: two directions show only {share:.0%} of the differences."
    )
    st.caption(note.format(count=FIRST, width=width, share=share))
