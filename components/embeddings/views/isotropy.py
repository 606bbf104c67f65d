"""Why are all cosines so high? All pairs of texts, as the vectors come and with their mean taken away."""

from __future__ import annotations

from typing import Final

import streamlit as st

from components.core.i18n import _
from components.embeddings import figures
from components.embeddings.isotropy import centred, pair_cosines, shared_part
from components.embeddings.views.shown import Shown
from components.ui import charts

CHART: Final = "embeddings_cosines"


def isotropy_view(shown: Shown) -> None:
    """Draw the cosines of all pairs. Always cosines of the vectors as they come: the chosen measure plays no part."""
    raw, moved = pair_cosines(shown.raw), pair_cosines(centred(shown.raw))
    left, right = st.columns([5, 3], gap="large")
    with left:
        drawn = figures.cosines(raw.values, moved.values)
        charts.draw(drawn, key=CHART)
    with right:
        row = st.container(horizontal=True)
        row.metric(_("Average cosine"), f"{raw.mean:.2f}")
        row.metric(_("Mean taken away"), f"{moved.mean:.2f}")
        row.metric(_("Shared part"), f"{shared_part(shown.raw):.0%}")
        explained = _(
            "Two texts picked at random have a cosine of **{mean:.2f}** on average, give or take {spread:.2f}. So with "
            "this model {mean:.2f} is what unrelated texts have too: read a cosine against this number, not against 0."
        )
        st.markdown(explained.format(mean=raw.mean, spread=raw.spread))
        st.markdown(
            _(
                "The vectors share a part that says “this is a text”: it makes up {share:.0%} of their squared length. "
                "Take it away, and random pairs spread around 0. Is the search better then? “How good?” measures it."
            ).format(share=shared_part(shown.raw))
        )
        st.caption(_("Never compare a cosine of one model with a cosine of another, or take 0.7 for “similar”."))
