"""All texts at once: the score of each with each, their map, and how alike two of them are on average."""

from __future__ import annotations

from typing import Final

import numpy as np
import streamlit as st

from components.core.i18n import _
from components.core.text import escape_markdown
from components.core.units import Signed
from components.embeddings import figures, wording
from components.embeddings.figures import draw_map
from components.embeddings.quality import FIRST
from components.embeddings.similarity import (
    FloatArray,
    centre,
    full_colour_range,
    higher_is_closer,
    order,
    pair_cosines,
    score,
    shared_part,
)
from components.embeddings.state import EmbeddedCorpus
from components.models.projection import Map, project
from components.ui import charts, tables
from components.ui.tensor_view.component import matrix_view
from components.ui.tensor_view.svg import draw_matrix_svg

_PAIRS: Final = 12
MAP_CHART: Final = "embeddings_map"
COSINES_CHART: Final = "embeddings_cosines"


def heatmap_view(embedded: EmbeddedCorpus) -> None:
    values = score(embedded.items, embedded.items, embedded.metric)
    titles = [item.title for item in embedded.corpus.items]
    first, second = np.triu_indices(len(values), k=1)
    sign = -1.0 if higher_is_closer(embedded.metric) else 1.0
    closest = np.argsort(sign * values[first, second], kind="stable")[:_PAIRS]
    pairs = [(int(first[index]), int(second[index])) for index in closest]
    measure = _(wording.METRICS[embedded.metric])
    left, right = st.columns([5, 3], gap="medium")
    with left:
        top, other = pairs[0]
        said = _("Closest: {first} and {second}.").format(first=titles[top], second=titles[other])
        _draw_heatmap(embedded, values, closest=said)
    with right:
        st.subheader(_("The closest pairs"))
        columns = {
            measure: [float(values[pair]) for pair in pairs],
            _("Text"): [titles[one] for one, _other in pairs],
            _("and"): [titles[two] for _one, two in pairs],
        }
        two_digits = {measure: st.column_config.NumberColumn(format="%.2f")}
        tables.draw(columns, height="content", alt=said, column_config=two_digits)
        if embedded.is_shipped:
            note = _(
                "Texts of one theme are next to each other. Blocks along the diagonal would mean that the "
                "vectors reflect the themes."
            )
            st.caption(note)


def _draw_heatmap(embedded: EmbeddedCorpus, values: FloatArray, *, closest: str) -> None:
    titles = [item.title for item in embedded.corpus.items]
    measure = _(wording.METRICS[embedded.metric])
    lowest, highest = full_colour_range(values)
    between = values[~np.eye(len(values), dtype=bool)]
    alt = _("Heatmap of {count} by {count} scores, from {least:.2f} to {most:.2f} between different texts. {closest}")
    st.subheader(_heatmap_title(embedded))
    matrix_view(
        values,
        key="embeddings_heatmap",
        title=alt.format(count=len(titles), least=between.min(), most=between.max(), closest=closest),
        rows=titles,
        columns=titles,
        row_title=_("Text"),
        column_title=_("Text"),
        lowest=lowest,
        highest=highest,
        cell=_("“{row}”, “{column}”: {measure} {value}").replace("{measure}", measure),
        groups=_groups(embedded),
    )
    st.caption(
        _(
            "The strongest colour is {highest:.2f}, the largest value between two different texts. The "
            "diagonal, each text with itself, can be above it."
        ).format(highest=highest)
    )


def draw_heatmap_svg(embedded: EmbeddedCorpus) -> str:
    """Return the heatmap for the Export menu."""
    values = score(embedded.items, embedded.items, embedded.metric)
    titles = [item.title for item in embedded.corpus.items]
    lowest, highest = full_colour_range(values)
    return draw_matrix_svg(
        values,
        title=_heatmap_title(embedded),
        rows=titles,
        columns=titles,
        lowest=lowest,
        highest=highest,
        groups=_groups(embedded),
    )


def _heatmap_title(embedded: EmbeddedCorpus) -> str:
    return _("{measure} of every pair of texts").format(measure=_(wording.METRICS[embedded.metric]))


def _groups(embedded: EmbeddedCorpus) -> list[str]:
    """Return the theme of each text; nothing for a visitor's own texts, which have none."""
    return [theme for theme in embedded.themes if theme is not None]


def map_view(embedded: EmbeddedCorpus) -> None:
    drawn = project(embedded.items)
    query, nearest, scores = None, [], np.empty(0)
    measure = _(wording.METRICS[embedded.metric])
    if embedded.query:
        asked = embedded.embed_questions([embedded.query])
        query = drawn.place(asked)[0]
        scores = score(embedded.items, asked, embedded.metric)[0]
        nearest = order(scores, higher_first=higher_is_closer(embedded.metric))[:FIRST]
    items = embedded.corpus.items
    chart = draw_map(
        drawn,
        [item.title for item in items],
        embedded.themes,
        query=query,
        nearest=nearest,
    )
    left, right = st.columns([5, 3], gap="large")
    with left:
        charts.draw(chart, key=MAP_CHART)
    with right:
        if nearest:
            st.subheader(_("Nearest to your query"))
        for rank, place in enumerate(nearest, start=1):
            st.markdown(f"**{rank}. {escape_markdown(items[place].title)}** :gray[{measure} {scores[place]:.2f}]")
        _explain(drawn, width=embedded.items.shape[1])


def _explain(drawn: Map, *, width: int) -> None:
    share = sum(drawn.explained)
    note = _(
        "The lines lead to the {count} texts nearest to your query in all {width} dimensions. On the map "
        "they need not be the nearest points: its two directions show only {share:.0%} of the "
        "differences."
    )
    st.caption(note.format(count=FIRST, width=width, share=share))


def isotropy_view(embedded: EmbeddedCorpus) -> None:
    """Draw the cosines of all pairs. Always cosines of the vectors as they come: the chosen measure plays no part."""
    raw, moved = pair_cosines(embedded.raw), pair_cosines(centre(embedded.raw))
    left, right = st.columns([5, 3], gap="large")
    with left:
        drawn = figures.draw_cosines(raw.values, moved.values)
        charts.draw(drawn, key=COSINES_CHART)
    with right:
        row = st.container(horizontal=True)
        row.metric(_("Average cosine"), f"{raw.mean:.2f}")
        row.metric(_("Mean subtracted"), f"{Signed(moved.mean):.2f}")
        row.metric(_("Shared part"), f"{shared_part(embedded.raw):.0%}")
        explained = _(
            "Two random texts have a cosine of **{mean:.2f}** (± {spread:.2f}). So {mean:.2f} is the zero "
            "line of this model: only what is clearly above it means anything."
        )
        st.markdown(explained.format(mean=raw.mean, spread=raw.spread))
        st.markdown(
            _(
                "All vectors have a part in common, which makes up {share:.0%} of their squared length. Subtract "
                "it, and random pairs spread around 0. Is the search better then? “How good?” measures it."
            ).format(share=shared_part(embedded.raw))
        )
        st.caption(_("Never compare a cosine of one model with a cosine of another, or take 0.7 for “similar”."))
