"""Short addresses: made in the Export menu, opened at `/?s=…`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode, urlsplit, urlunsplit

import streamlit as st

from components import registry
from components.core.i18n import _
from components.core.parameters import write_value
from components.core.settings import settings
from components.team import audit, clock
from components.team.errors import NoSuchLink, StoreUnavailable
from components.team.identity import visitor
from components.team.store.opening import store
from components.team.store.shared_links import Shared, read_shared_link, share
from components.ui import errors
from components.ui.door import SHORT
from components.ui.navigation import open_pages, switch_page

_MADE: Final = "team_short_links"


def draw_short_link(page: str, params: Mapping[str, object]) -> None:
    """Offer a short address for a view, in the Export menu; draws nothing for a viewer."""
    if not visitor().may("member"):
        return
    view = (page, tuple(sorted((name, write_value(value)) for name, value in params.items())))
    made: dict[object, str] = st.session_state.setdefault(_MADE, {})
    if view in made:
        st.code(short_address(made[view]), language=None, wrap_lines=True)
        st.caption(
            _(
                "Your team can open this link for {days} days. The link includes the text. You can revoke it on "
                "“My data”."
            ).format(days=settings().share_days)
        )
        return
    st.button(
        _("Short link for my team"),
        key="export_short_link",
        icon=":material/link:",
        on_click=_make,
        args=(view,),
        width="stretch",
    )


def follow() -> None:
    """Open the view behind a short address, if one was asked for; say so if it leads nowhere."""
    asked = st.query_params.get_all(SHORT)
    if not asked:
        return
    try:
        view = _opened(",".join(asked))
    except (NoSuchLink, StoreUnavailable) as error:
        errors.show(error)
        return
    switch_page(view.page, **dict(view.params))


def _opened(slug: str) -> Shared:
    view = read_shared_link(store(), slug, now=clock.now())
    if view.page not in [entry.slug for entry in open_pages()]:  # not this visitor's, or gone with an older version
        raise NoSuchLink
    return view


def short_address(slug: str) -> str:
    """Return the short address of a view: the root of this dashboard, wherever its page is."""
    here = urlsplit(st.context.url or "")
    path = here.path
    for entry in registry.PAGES:
        if entry.slug and path.rstrip("/").endswith(f"/{entry.slug}"):
            path = path.rstrip("/").removesuffix(entry.slug)
            break
    return urlunsplit((here.scheme, here.netloc, path or "/", urlencode({SHORT: slug}), ""))


def _make(view: tuple[str, tuple[tuple[str, str], ...]]) -> None:
    page, params = view
    try:
        made = share(store(), visitor(), page=page, params=dict(params), at=clock.now(), days=settings().share_days)
    except StoreUnavailable as error:
        st.toast(f"{_('The link could not be made.')} {error}", icon=":material/error:")
        return
    st.session_state.setdefault(_MADE, {})[view] = made.slug
    audit.record("link shared", visitor())


def forget(slug: str | None = None) -> None:
    """Forget a short address that was taken back, or all of them: the menu offers to make a new one."""
    made: dict[object, str] = st.session_state.get(_MADE, {})
    st.session_state[_MADE] = {} if slug is None else {view: each for view, each in made.items() if each != slug}
