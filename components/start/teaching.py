"""The page for teachers: plans with a link to each step, the answers, and what differs between machines."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

import streamlit as st

from components.core.i18n import SESSION_KEY as LANGUAGE
from components.core.i18n import _, language
from components.registry import page
from components.start.printing import draw_print_button
from components.ui.guide.course import DIFFERENCES, PLANS, list_answers, list_plan, name_plan
from components.ui.guide.lesson import guided_pages
from components.ui.guide.position import STEP

SLUG: Final = "teaching"


def teaching() -> None:
    """Draw the page."""
    st.title(_(page(SLUG).title))
    st.markdown(
        _(
            "A link to a step opens it in the same state for everybody: put it into your notes, or say “everybody to "
            "step 3”. The Export menu of each page has a worksheet to print, with its key on the last pages."
        )
    )
    with st.container(key="print_bar"):
        draw_print_button()
    for minutes in PLANS:
        st.header(name_plan(minutes))
        st.markdown("\n".join(list_plan(minutes, link_to)))
    st.header(_("What is different on other machines"))
    st.markdown("\n".join(f"- {_(text)}" for text in DIFFERENCES))
    st.header(_("Questions and answers"))
    st.caption(_("Each wrong answer has the reason that the page gives for it."))
    for entry in guided_pages():
        with st.expander(_(entry.title), icon=entry.icon):
            st.markdown("\n".join(list_answers(entry, link_to)))


def link_to(slug: str, step: int | None, words: str) -> str:
    """Return a Markdown link to a page of this dashboard, whatever its address is."""
    query = {LANGUAGE: language()} | ({} if step is None else {STEP: str(step)})
    return f"[{words}](./{slug}?{urlencode(query)})"
