"""The visitor's session, for what computes for it: whose it is, its name in fair queues, and the moment to stop."""

from __future__ import annotations

import hashlib
import secrets
from typing import Final, Literal

import streamlit as st
from streamlit.web.server.starlette.starlette_app_utils import decode_xsrf_token_string
from streamlit.web.server.starlette.starlette_server_config import XSRF_COOKIE_NAME

from components.core import policy
from components.core.settings import settings

_NAME: Final = "_session_name"

KnownBy = Literal["account", "browser", "address"]


def checkpoint() -> None:
    """Let Streamlit stop this run: it looks whenever the session's state is touched."""
    "checkpoint" in st.session_state  # noqa: B015 (looking is the point)


def session() -> str:
    """Return the name of this session in fair queues: `person/session`. It says nothing about the visitor."""
    kind, name = person()
    return f"{kind}-{name}/{st.session_state.setdefault(_NAME, secrets.token_hex(8))}"


def person() -> tuple[KnownBy, str]:
    """Return what tells this visitor from others, and a name that is the same in each of their tabs.

    In a team that is the account. Otherwise it is the browser: its cookie against forged uploads, whose token stays the
    same while the cookie's text changes. A client without that cookie is known by its address, as everybody is behind
    Studio's proxy, where there is one person. The address is the one of the connection, or the one that a proxy names
    which uvicorn trusts (FORWARDED_ALLOW_IPS; the same machine, if not set). A client that makes up cookies is many
    persons.
    """
    if settings().profile == "team" and (found := policy.visitor()) is not None:
        return "account", _hashed(found.id.encode())
    token, _made_s = decode_xsrf_token_string(st.context.cookies.get(XSRF_COOKIE_NAME, ""))
    if token:
        return "browser", _hashed(token)
    return "address", _hashed(str(st.context.ip_address).encode())


def _hashed(known: bytes) -> str:
    return hashlib.sha256(known).hexdigest()[:16]
