"""What became of the [CLS] vectors."""

from __future__ import annotations

from typing import Final

import streamlit as st

from components.core.i18n import _
from components.fine_tuning import figures
from components.fine_tuning.outcome import Outcome
from components.ui import charts

CHART: Final = "fine_tuning_map"


def map_view(outcome: Outcome) -> None:
    """Draw the view."""
    chart = figures.vectors(outcome)
    charts.draw(chart, key=CHART)
    if outcome.task.settings.what == "head":
        st.caption(
            _(
                "Both pictures are the same: the encoder was not trained, so no vector moved. Only the head learned "
                "where to draw its line through all of their numbers."
            )
        )
    else:
        st.caption(
            _(
                "Each point is a held-out text, never trained on. The axes are the two directions in which the vectors "
                "after training differ most (principal components), with the share of all differences that each shows; "
                "the vectors before stand on the same axes."
            )
        )
