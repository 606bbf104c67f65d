"""The door: what stands between a visitor and the page. It is open where nobody signs in; a team has its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import streamlit as st

from components.core.errors import VisitorError
from components.core.i18n import N_
from components.ui import errors

SHORT: Final = "s"
"""The parameter of a short address, which only a team can make."""


class LinksNeedATeam(VisitorError):
    """A shared link was opened where nobody signs in."""

    template = N_("Short links belong to teams that sign in. This dashboard runs without a sign-in.")
    advice = N_("Ask for the long link, from the Export menu.")


def _draw_nothing() -> None:
    pass


def _admit() -> bool:
    return True


def _refuse_short_links() -> None:
    if SHORT in st.query_params:
        errors.show(LinksNeedATeam())


@dataclass(frozen=True, kw_only=True)
class Door:
    """What app.py calls in every run.

    Attributes
    ----------
    draw_account
        Draws who is signed in, into the sidebar.
    admits
        Returns whether this visitor may see the page; draws what stands in its place if not.
    enter
        Called once the visitor was admitted, before the page: notes the visit, opens the view of a short address.
    """

    draw_account: Callable[[], None] = _draw_nothing
    admits: Callable[[], bool] = _admit
    enter: Callable[[], None] = _refuse_short_links
