"""Each text against each: where the blocks of like texts are, and the closest pairs."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
import streamlit as st

from components.core.i18n import _
from components.embeddings import wording
from components.embeddings.heatmap_figures import heatmap
from components.embeddings.scores import higher_is_closer, score
from components.embeddings.views.shown import Shown
from components.ui import charts

CHART: Final = "embeddings_heatmap"
_PAIRS: Final = 12


def heatmap_view(shown: Shown) -> None:
    """Draw all scores."""
    values = score(shown.items, shown.items, shown.metric)
    titles = [item.title for item in shown.corpus.items]
    first, second = np.triu_indices(len(values), k=1)
    sign = -1.0 if higher_is_closer(shown.metric) else 1.0
    closest = np.argsort(sign * values[first, second], kind="stable")[:_PAIRS]
    pairs = [(int(first[index]), int(second[index])) for index in closest]
    measure = _(wording.METRICS[shown.metric])
    left, right = st.columns([5, 3], gap="medium")
    with left:
        title = _("{measure} of each text with each").format(measure=measure)
        top, other = pairs[0]
        said = _("Closest: {first} and {second}.").format(first=titles[top], second=titles[other])
        drawn = heatmap(values, titles, shown.themes, title=title, closest=said)
        charts.draw(drawn, key=CHART)
    with right:
        st.subheader(_("The closest pairs"))
        rows = pd.DataFrame(
            {
                measure: [float(values[pair]) for pair in pairs],
                _("Text"): [titles[one] for one, _other in pairs],
                _("and"): [titles[two] for _one, two in pairs],
            }
        )
        st.dataframe(rows, hide_index=True, height="content", alt=said)
        if shown.is_shipped:
            note = _(
                "Texts of one theme stand together. Blocks along the diagonal would mean: the model sees the themes."
            )
            st.caption(note)
