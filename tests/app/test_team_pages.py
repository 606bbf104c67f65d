"""Pages with a role: who has them, and what stands at their address for everybody else."""

from __future__ import annotations

from dataclasses import replace

import pytest
import streamlit as st
from streamlit.navigation.page import StreamlitPage
from streamlit.testing.v1 import AppTest

from components import registry
from components.core.policy import LOCAL
from components.ui import navigation
from tests.app.opening import APP, TIMEOUT_S

ADMIN_PAGE = replace(registry.page("catalog"), slug="for-admins", title="For admins", concept=None, role="admin")


@pytest.mark.parametrize(("role", "has"), [(None, False), ("viewer", False), ("member", False), ("admin", True)])
def test_a_page_with_a_role_is_for_those_who_have_it(monkeypatch, role, has):
    monkeypatch.setattr(registry, "PAGES", (*registry.PAGES, ADMIN_PAGE))
    assert (ADMIN_PAGE in registry.pages_for(role)) is has
    assert set(registry.pages_for(None)) <= set(registry.pages_for(role))


def test_the_local_visitor_may_what_a_member_may():
    assert [LOCAL.may(role) for role in ("viewer", "member", "admin")] == [True, True, False]


def test_the_address_of_a_page_for_others_says_so(monkeypatch):
    """Opened as Streamlit opens an address: by the hash of a page that the menu lists, seen or not."""
    monkeypatch.setattr(navigation, "PAGES", (*registry.PAGES, ADMIN_PAGE))
    listed: list[StreamlitPage] = []

    def listing(sections, **options):
        listed.extend(page for pages in sections.values() for page in pages)
        return navigate(sections, **options)

    navigate = st.navigation
    monkeypatch.setattr(st, "navigation", listing)
    at = AppTest.from_file(str(APP), default_timeout=TIMEOUT_S).run()
    [closed] = [page for page in listed if page.url_path == ADMIN_PAGE.slug]
    assert ADMIN_PAGE.slug in [page.url_path for page in listed if page.visibility == "hidden"]
    at._page_hash = closed._script_hash
    at.run()
    assert [title.value for title in at.title] == [ADMIN_PAGE.title]
    assert "without a sign-in" in at.info[0].value
