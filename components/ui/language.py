"""Which language this visitor reads: the link says, else the browser, else English."""

from __future__ import annotations

from dataclasses import is_dataclass
from typing import Final

import streamlit as st

from components.core.i18n import DEFAULT_LANGUAGE, LANGUAGES, SESSION_KEY, language
from components.core.parameters import Choice
from components.ui import links

# Some languages break between words, not inside them, as in print. In a table a word that could be broken anywhere
# would make a column one letter wide, and Streamlit's own rule for what is in a cell is the stronger one.
_KEEP_WORDS: Final = (
    "<style>.stApp :is(p, li, label, h1, h2, h3, .stBidiComponent){ word-break: keep-all; overflow-wrap: anywhere }"
    ".stApp :is(td, th, td p, th p){ word-break: keep-all !important; overflow-wrap: break-word !important }</style>"
)


_SPOKEN: Final = "_spoken"
"""Key of the language of the last run."""


def picker() -> str:
    """Show the language switch, and return the code of the language. Call it before anything that speaks."""
    parameter = Choice(SESSION_KEY, tuple(LANGUAGES), default=_browser_language())
    links.read(links.EVERY_PAGE, [parameter], sticky=True)
    if st.session_state.get(_SPOKEN, language()) != language():
        _hold_choices()
    st.session_state[_SPOKEN] = language()
    st.segmented_control(
        " · ".join(each.language for each in LANGUAGES.values()),
        parameter.options,
        required=True,
        format_func=lambda code: LANGUAGES[code].name,
        **links.bound(links.EVERY_PAGE, parameter),
    )
    chosen = language()
    if LANGUAGES[chosen].keeps_words:
        st.html(_KEEP_WORDS)
    return chosen


def _hold_choices() -> None:
    """Set what is chosen in every widget to itself.

    A browser knows an option by its label. One that another language says otherwise would be no option any more, and
    the choice lost; a value that was set comes with its new label. What is pressed, uploaded or marked cannot be set.
    """
    for key, value in st.session_state.items():
        if (isinstance(value, str | int | float | list | tuple) and not isinstance(value, bool)) or is_dataclass(value):
            st.session_state[key] = value


def _browser_language() -> str:
    preferred = (st.context.locale or "").split("-")[0].lower()
    return preferred if preferred in LANGUAGES else DEFAULT_LANGUAGE
