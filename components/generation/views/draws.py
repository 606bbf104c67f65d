"""Draw from one step's distribution many times, and hold the counts against the theory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from components.core.i18n import _
from components.engines.samplers import Anatomy
from components.generation import figures
from components.generation.draws import ChiSquare, chi_square, draw
from components.ui import charts

CHART: Final = "generation_draws"
TIMES: Final = 500
_TOP: Final = 8
_UNLIKELY: Final = 0.05


def draws(anatomy: Anatomy, place: DeltaGenerator, *, names_of: Callable[[list[int]], list[str]]) -> None:
    """Draw the button, and in another place what came."""
    if not st.button(
        _("Draw {times} times").format(times=TIMES),
        icon=":material/casino:",
        key="generation_draw",
        help=_("Does chance do what the percentages say?"),
    ):
        return
    seed = st.session_state["generation_draw_seed"] = st.session_state.get("generation_draw_seed", -1) + 1
    drawn = draw(anatomy.probability, times=TIMES, seed=seed)
    ids = [int(token) for token in np.argsort(-anatomy.probability, kind="stable")[:_TOP] if anatomy.probability[token]]
    chart = figures.counts(
        [int(drawn.counts[token]) for token in ids],
        [float(anatomy.probability[token]) * TIMES for token in ids],
        names_of(ids),
        times=TIMES,
    )
    with place:
        charts.draw(chart, key=CHART)
        st.caption(_in_words(chi_square(drawn.counts, anatomy.probability)))


def _in_words(test: ChiSquare) -> str:
    if test.p_value is None:
        return _("There is only one token to draw: nothing can differ.")
    said = _("Chi-square {value:.1f} with {freedom} degrees of freedom, p = {p:.2f}.").format(
        value=test.statistic, freedom=test.degrees_of_freedom, p=test.p_value
    )
    if test.p_value < _UNLIKELY:
        return f"{said} " + _("Counts this far off come by chance in 1 of 20 tries or less. Draw again.")
    return f"{said} " + _("Such differences are what chance alone gives.")
