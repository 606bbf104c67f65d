"""The page: a text, its letters counted, and the lesson around them."""

from __future__ import annotations

from typing import Final

import streamlit as st

from components.CONCEPT import figures, link
from components.CONCEPT.counts import count_letters
from components.CONCEPT.export import result, script
from components.CONCEPT.views.guide import CHECKS, judge_attempt
from components.core.i18n import _
from components.core.text import sanitize
from components.ui import charts, links
from components.ui.export import Export, export_menu
from components.ui.guide.page import close_page, open_page

CHART: Final = "CONCEPT_chart"


def page() -> None:
    """Draw the page."""
    slot = open_page(
        link.PAGE,
        link.PARAMETERS,
        checks=CHECKS,
        exercise=judge_attempt,
        text=lambda: st.session_state[link.TEXT.name],
    )
    written = st.text_area(_("Your text"), max_chars=link.MOST_CHARACTERS, **links.bound(link.PAGE, link.TEXT))
    order: link.Order = st.segmented_control(
        _("Order of the letters"),
        link.ORDER_NAMES,
        format_func=lambda option: _(link.ORDER_NAMES[option]),
        required=True,
        **links.bound(link.PAGE, link.ORDER),
    )
    text = sanitize(written).text
    counts = count_letters(text)
    if counts:
        charts.draw(figures.bars(counts, order), key=CHART)
    else:
        st.info(_("There is no letter in this text."))
    with slot:
        params = {link.TEXT.name: text, link.ORDER.name: order}
        export_menu(Export(link.PAGE, params, None, lambda: result(counts), lambda: script(text), CHART))
    close_page(link.PAGE)
