"""The menu, built from the table of pages."""

from __future__ import annotations

from functools import partial

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from components.registry import PAGES, PageEntry, page
from components.shell.i18n import _


def menu() -> StreamlitPage:
    """Show the menu and return the page the visitor asked for.

    It is built anew in every run, since titles follow the visitor's language.
    """
    sections: dict[str, list[StreamlitPage]] = {}
    for entry in PAGES:
        sections.setdefault(_(entry.section), []).append(_streamlit_page(entry))
    return st.navigation(sections, expanded=True)


def page_link(slug: str, *, label: str | None = None, **parameters: str) -> None:
    """Show a link to another page that opens it with these parameters."""
    entry = page(slug)
    st.page_link(
        entry.path,
        label=label or _(entry.title),
        icon=entry.icon,
        help=_(entry.help),
        query_params=parameters,
    )


def _streamlit_page(entry: PageEntry) -> StreamlitPage:
    make = partial(st.Page, entry.path, title=_(entry.title), icon=entry.icon, help=_(entry.help))
    return make(default=True) if not entry.slug else make(url_path=entry.slug)
