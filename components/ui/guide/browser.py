"""What the guide needs the browser for: to show what a card is about, and to keep the student's progress."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Final

import streamlit as st

from components.core.i18n import _
from components.ui.guide import progress

_HERE: Final = Path(__file__).parent
_KEY: Final = "guide_browser"
_SESSION: Final = "_guide_session"
_browser = st.components.v2.component(
    "guide",
    html='<span class="guide-theme"></span>\n',
    css=(_HERE / "guide.css").read_text(encoding="utf-8"),
    js=(_HERE / "guide.js").read_text(encoding="utf-8"),
    isolate_styles=False,
)


def show_target(look: str, *, step: int, moment: str, title: str, on_progress: Callable[[], None]) -> None:
    """Bring what a card is about into sight, have keys turn the cards, and keep the progress.

    Parameters
    ----------
    look
        Widget key of what the card is about, "" for nothing.
    moment
        New each time that a card sets the page up.
    on_progress
        Called when the browser has told what it kept.
    """
    _mount(
        {
            "look": look,
            "step": step,
            "moment": moment,
            "label": _("Guide: step {step}, {title}").format(step=step, title=title),
            "fold": _("Fold the guide"),
            "unfold": _("Unfold the guide"),
        },
        on_progress,
    )


def keep_progress() -> None:
    """Have the browser keep the progress, on a page without a guide; draws nothing."""
    if progress.is_in_browser():
        _mount({}, lambda: None)


def _mount(guide: dict[str, object], on_progress: Callable[[], None]) -> None:
    def take() -> None:
        stored = st.session_state[_KEY].stored
        if isinstance(stored, str):  # what comes from a browser is checked
            progress.take(stored)
            on_progress()

    kept = {
        "keeps": progress.is_in_browser(),
        "known": progress.is_known(),
        "progress": progress.written(),
        "session": st.session_state.setdefault(_SESSION, secrets.token_hex(8)),
    }
    # a list of one dict: of a dict Streamlit asks pandas what its values are
    _browser(data=[guide | kept], key=_KEY, default={"stored": None}, on_stored_change=take)
