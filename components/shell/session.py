"""The visitor's session, for what computes for it: its name in fair queues, and the moment to stop."""

from __future__ import annotations

import secrets
from typing import Final

import streamlit as st

_NAME: Final = "_session_name"


def checkpoint() -> None:
    """Let Streamlit stop this run: it looks whenever the session's state is touched."""
    "checkpoint" in st.session_state  # noqa: B015 (looking is the point)


def session() -> str:
    """Return a name for this session that says nothing about the visitor."""
    return str(st.session_state.setdefault(_NAME, secrets.token_hex(8)))
