"""What is running: every endpoint of the account in this region, each with its button to delete it."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Final

import streamlit as st

from components.aws.answers import Endpoint, Overlay
from components.aws.overlay import LIMIT_S
from components.aws.problems import PROBLEMS, CallFailed
from components.catalog.jumpstart.endpoints import SETTLED, LeftBehindError, delete, made_here, state
from components.catalog.jumpstart.script import deleting
from components.catalog.views import aws
from components.core.i18n import _
from components.core.policy import may
from components.core.roles import FOR_MEMBERS
from components.core.settings import settings
from components.core.text import escape_markdown
from components.ui.errors import show

_WATCHED: Final = "catalog_watched"
_SAID: Final = "catalog_running_said"
_MOST_SHOWN: Final = 50
_POLL_S: Final = 15
_COLOURS: Final = {"InService": "green", "Failed": "red", "OutOfService": "red"}


def forget() -> None:
    """Forget what AWS listed, so that the next run asks again."""
    aws.forget()


def watch(name: str) -> None:
    """Follow an endpoint that was just asked for, until its state no longer changes by itself."""
    st.session_state[_WATCHED] = name
    forget()


def panel(found: Overlay | None) -> None:
    """Draw the list."""
    st.subheader(_("What is running"), anchor=False)
    if found is None or not found.connected:
        st.markdown(_("Without AWS nobody can say. With credentials, every endpoint of the account stands here."))
        return
    _message()
    watched = st.session_state.get(_WATCHED)
    if watched:
        _watching()
    if not found.endpoints:
        if any(trouble.call == "endpoints" for trouble in found.troubles):
            st.markdown(_("AWS gave no list of endpoints, so nobody knows."))
        else:
            st.markdown(_("No endpoint runs in this region."))
        return
    st.warning(
        _("Each endpoint costs money for every hour until it is deleted: {count}.").format(count=len(found.endpoints)),
        icon=":material/payments:",
    )
    _rows(found.endpoints)


@st.fragment(run_every=_POLL_S)
def _watching() -> None:
    """Ask for the state of the endpoint that was asked for last; only describes, which costs nothing."""
    name = st.session_state.get(_WATCHED)
    if name is None:
        return
    try:
        status = state(name)
    except CallFailed as error:
        st.caption(_(PROBLEMS[error.problem]).format(limit=int(LIMIT_S)))
        return
    if status is None or status in SETTLED:
        del st.session_state[_WATCHED]
        forget()
        st.rerun()
    st.info(
        _("{name}: {status}. A few minutes are usual; this line looks again by itself.").format(
            name=f"`{name}`", status=status
        ),
        icon=":material/hourglass_top:",
    )


def _rows(endpoints: Sequence[Endpoint]) -> None:
    for endpoint in endpoints[:_MOST_SHOWN]:
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            colour = _COLOURS.get(endpoint.status, "orange")
            here = f" :blue-badge[{_('made here')}]" if made_here(endpoint.name) else ""
            status = f":{colour}-badge[{escape_markdown(endpoint.status)}]"
            st.markdown(f"**{escape_markdown(endpoint.name)}** {status}{here}  \n{_since(endpoint)}", width="stretch")
            with st.popover(_("Delete"), icon=":material/delete:", key=f"catalog_delete_{endpoint.name}"):
                _deletion(endpoint.name)
    if len(endpoints) > _MOST_SHOWN:
        st.caption(_("{count} more are not shown.").format(count=len(endpoints) - _MOST_SHOWN))


def _since(endpoint: Endpoint) -> str:
    if endpoint.created is None:
        return ""
    hours = (datetime.datetime.now(datetime.UTC) - endpoint.created).total_seconds() / 3600
    return _("since {moment}: {hours:,.0f} hours to pay").format(
        moment=endpoint.created.astimezone(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC"), hours=max(0.0, hours)
    )


def _deletion(name: str) -> None:
    if settings().deploy_role is None:
        st.markdown(_("Deleting from here is switched off, as deploying is. This code does it:"))
        st.code(deleting(name), language="python")
        return
    if not may("member"):
        st.info(_(FOR_MEMBERS), icon=":material/lock:")
        return
    if made_here(name):
        st.markdown(_("It was made here: its configuration and its model are deleted with it."))
    else:
        st.markdown(_("It was **not** made here: somebody may be using it. Only the endpoint is deleted."))
    written = st.text_input(_("Its name, to confirm"), key=f"catalog_delete_name_{name}", placeholder=name)
    pressed = st.button(
        _("Delete for good"),
        key=f"catalog_delete_now_{name}",
        type="primary",
        disabled=written != name,
    )
    if pressed and written == name:
        _delete(name)


def _delete(name: str) -> None:
    try:
        with st.spinner(_("Deleting …")):
            delete(name)
    except CallFailed as error:
        said = _(PROBLEMS[error.problem]).format(limit=30)
        st.error(_("It was not deleted and goes on costing.") + " " + said, icon=":material/error:")
        return
    except LeftBehindError as error:
        show(error)
        return
    finally:
        forget()
    st.session_state[_SAID] = name
    st.rerun()


def _message() -> None:
    name = st.session_state.pop(_SAID, None)
    if name:
        st.success(_("Deleted: {name}.").format(name=f"`{name}`"), icon=":material/delete:")
