"""The same gaps, filled by every masked language model on board."""

from __future__ import annotations

from typing import Final

import streamlit as st

from components.core.i18n import _
from components.masked_language.errors import MaskedLanguageError
from components.masked_language.views.gaps import choose_gap, draw_candidates
from components.masked_language.views.shown import Asked, gaps_of, on_board
from components.models.errors import ModelError
from components.models.registry import records
from components.ui import errors

CHART: Final = "masked_model_0"


def models_view(asked: Asked, *, top: int) -> None:
    """Draw the view."""
    here = on_board()
    others = [model.title for model in records(tasks=["fill-mask"]) if model not in here]
    if others:
        st.caption(
            _(
                "On this machine: {here}. Choose one of these above to fetch it, if this dashboard may: {others}."
            ).format(here=", ".join(model.title for model in here), others=", ".join(others))
        )
    gaps = len(gaps_of(asked, top=top))
    if not gaps:
        st.info(_("There is no gap in this text: write [MASK] in place of a word."), icon=":material/visibility_off:")
        return
    number = choose_gap(gaps)
    columns = st.columns(2, gap="large")
    for index, model in enumerate(here):
        with columns[index % len(columns)]:
            try:
                found = gaps_of(Asked(model.id, asked.text), top=top)
            except (ModelError, MaskedLanguageError) as error:
                errors.show(error)
                continue
            # another vocabulary cuts the same text differently, but the gaps stay in their order
            draw_candidates(found[min(number, len(found) - 1)], number, key=f"masked_model_{index}", of=model.title)
