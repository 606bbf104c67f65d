"""What surprises the model: each token hidden alone."""

from __future__ import annotations

from typing import Final

import streamlit as st

from components.core.i18n import _
from components.masked_language import figures
from components.masked_language.state import Request, describe_cut, reading_of, surprises_of
from components.masked_language.surprise import MOST_TOKENS
from components.ui import charts

CHART: Final = "masked_surprise"


def draw_surprise(request: Request) -> None:
    """Draw the view."""
    read = reading_of(request, most_tokens=MOST_TOKENS)
    describe_cut(read)
    with st.spinner(_("Hiding one token after the other")):
        found = surprises_of(request)
    if found is None:
        st.info(_("There is no word in this text to hide."), icon=":material/visibility_off:")
        return
    labels = [read.tokens[token.position].piece for token in found.tokens]
    chart = figures.surprise(found, labels)
    left, right = st.columns([4, 1], gap="medium", vertical_alignment="center")
    with left:
        charts.draw(chart, key=CHART)
    with right:
        st.metric(
            _("pseudo-perplexity"),
            f"{found.pseudo_perplexity:,.2f}",
            border=True,
            help=_(
                "On average the model is as unsure as if it chose among this many equally likely tokens. 1: "
                "never surprised."
            ),
        )
        st.caption(
            _(
                "The model read the text {count} times, each time with another token hidden. Words that you hid "
                "yourself are left out."
            ).format(count=len(labels))
        )
