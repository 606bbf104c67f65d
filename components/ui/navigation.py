"""The menu, built from the table of pages."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import NoReturn
from urllib.parse import urlencode

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from components.core import policy
from components.core.i18n import SESSION_KEY, _, language
from components.registry import PAGES, PageEntry, page, pages_for
from components.ui.guide import progress


def menu() -> StreamlitPage:
    """Show the menu and return the page the visitor asked for.

    It is built anew in every run, since titles follow the visitor's language.
    """
    mine = open_pages()
    sections: dict[str, list[StreamlitPage]] = {}
    for entry in PAGES:
        shown = _streamlit_page(entry) if entry in mine else _closed_page(entry)
        sections.setdefault(_(entry.section), []).append(shown)
    has_come_in = policy.visitor() is not None
    return st.navigation(sections, expanded=True, position="sidebar" if has_come_in else "hidden")


def browser_title(page: StreamlitPage) -> str:
    """Return what the browser's tab says: the page, so that many tabs can be told apart, and the product."""
    product = _("How Transformers work")
    return f"{page.title} - {product}" if page.url_path else product


def open_pages() -> tuple[PageEntry, ...]:
    """Return the pages that this visitor has, in the order of the menu."""
    found = policy.account()
    return pages_for(None if found is None else found.role)


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


def page_address(slug: str, blanks: Mapping[str, str], **parameters: str) -> str:
    """Return the address of another page, as a link on any page has it.

    Parameters
    ----------
    blanks
        Parameters with something that the browser fills in, such as `{layer}`.
    parameters
        All others; they come first.
    """
    query = urlencode({SESSION_KEY: language(), **parameters})
    return f"{slug}?{query}" + "".join(f"&{name}={blank}" for name, blank in blanks.items())


def switch_page(slug: str, /, **parameters: str) -> NoReturn:
    """Go to another page and open it with these parameters."""
    st.switch_page(page(slug).path, query_params=parameters)


def _streamlit_page(entry: PageEntry) -> StreamlitPage:
    icon = ":material/check_circle:" if progress.is_finished(entry.slug) else entry.icon
    make = partial(st.Page, entry.path, title=_(entry.title), icon=icon)
    return make(default=True) if not entry.slug else make(url_path=entry.slug)


def _closed_page(entry: PageEntry) -> StreamlitPage:
    """Return what stands at the address of a page that this visitor does not have; the menu does not show it."""
    return st.Page(
        partial(_say_closed, entry), title=_(entry.title), icon=entry.icon, url_path=entry.slug, visibility="hidden"
    )


def _say_closed(entry: PageEntry) -> None:
    st.title(_(entry.title))
    if policy.account() is not None:
        st.info(_("This page is for others of your team. The operator of this dashboard decides who sees it."))
    else:
        st.info(_("This page is for teams that sign in. This dashboard runs without a sign-in, so it has none."))
    page_link("")
