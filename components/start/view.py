"""The home page: what can be learnt here, in which order."""

from __future__ import annotations

import streamlit as st

from components.registry import PAGES
from components.shell.i18n import _
from components.shell.navigation import page_link


def home() -> None:
    """Draw the home page."""
    st.title(_("How Transformers work"))
    st.markdown(_("Every number on these pages is computed from a real model while you watch."))
    st.header(_("A path through the pages"))
    for number, entry in enumerate((entry for entry in PAGES if entry.concept), start=1):
        with st.container(border=True):
            st.subheader(f"{number}. {_(entry.title)}")
            st.markdown(_(entry.help))
            page_link(entry.slug, label=_("Open"))
