"""Endpoints: deploying a model after a confirmation that names its price, what is running, and deleting it."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Final

import streamlit as st

from components.aws.answers import Endpoint, Overlay
from components.aws.hub_document import HubDetails
from components.aws.overlay import LIMIT_S
from components.aws.problems import PROBLEMS, CallFailed
from components.catalog import wording
from components.catalog.endpoints import (
    SETTLED,
    Deployment,
    LeftBehindError,
    delete,
    deploy,
    is_made_here,
    new_name,
    read_state,
)
from components.catalog.jumpstart import write_deletion
from components.catalog.state import forget_aws
from components.core.i18n import _
from components.core.policy import may
from components.core.roles import FOR_MEMBERS
from components.core.settings import settings
from components.core.text import escape_markdown
from components.ui.errors import show

_COUNT: Final = "catalog_deployments"
_HOURS_A_MONTH: Final = 730
_PRICES_URL: Final = "https://aws.amazon.com/sagemaker/ai/pricing/"


_WATCHED: Final = "catalog_watched"
_SAID: Final = "catalog_running_said"
_MOST_SHOWN: Final = 50
_POLL_S: Final = 15
_COLOURS: Final = {"InService": "green", "Failed": "red", "OutOfService": "red"}


def draw_deployment(details: HubDetails) -> None:
    """Draw the form, or why there is none. Nothing is made before its button is pressed with every box ticked."""
    st.markdown("**" + _("Deploy it from here") + "**")
    lack = details.lack()
    role = settings().deploy_role
    if lack is not None:
        st.markdown(_(wording.LACKS[lack]))
    elif not details.instances:
        st.markdown(_("The hub names no instance type for it. Deploy it with the code above, and choose one there."))
    elif role is None:
        st.markdown(
            _(
                "Deploying is switched off in this dashboard, because it costs money. The operator can allow "
                "it with `DASHBOARD_DEPLOY_ROLE`. The code above works without this setting."
            )
        )
    elif not may("member"):
        st.info(_(FOR_MEMBERS), icon=":material/lock:")
    else:
        _form(details, role)


def _form(details: HubDetails, role: str) -> None:
    instance = st.selectbox(_("Instance type"), details.instances, key=f"catalog_deploy_on_{details.id}")
    st.markdown(":material/payments: " + _price(instance))
    # The next deployment is a new expense: its boxes are new ones, unticked.
    count = st.session_state.get(_COUNT, 0)
    accepted = not details.needs_acceptance or st.checkbox(
        _("I have read the model’s licence ({where}) and accept it.").format(where=details.eula or _("see the hub")),
        key=f"catalog_deploy_licence_{count}",
    )
    agreed = st.checkbox(
        _(
            "I know that {instance} is charged to the AWS account of this dashboard every hour until it is deleted."
        ).format(instance=instance),
        key=f"catalog_deploy_paid_{count}",
    )
    pressed = st.button(
        _("Deploy on {instance}").format(instance=instance),
        key="catalog_deploy",
        icon=":material/rocket_launch:",
        disabled=not (accepted and agreed),
    )
    if pressed and accepted and agreed:
        _deploy(Deployment(details, instance, accepted=details.needs_acceptance), role)


def _price(instance: str) -> str:
    known = next((price for price in settings().instance_prices if price.instance == instance), None)
    if known is None:
        return _("The hourly price of {instance} is not known here: see [AWS’s prices]({url}).").format(
            instance=instance, url=_PRICES_URL
        )
    return _("{hour:,.2f} US dollars an hour, about {month:,.0f} a month ([source]({url}), {day}).").format(
        hour=known.usd_an_hour,
        month=known.usd_an_hour * _HOURS_A_MONTH,
        url=known.source_url,
        day=known.seen.isoformat(),
    )


def _deploy(deployment: Deployment, role: str) -> None:
    name = new_name(deployment.details.id)
    st.session_state[_COUNT] = st.session_state.get(_COUNT, 0) + 1
    try:
        with st.spinner(_("Creating the model, its configuration and the endpoint …")):
            deploy(deployment, name=name, role=role)
    except CallFailed as error:
        forget_aws()
        st.warning(
            _("Nothing was deployed.") + " " + _(PROBLEMS[error.problem]).format(limit=30),
            icon=":material/cloud_off:",
        )
    except LeftBehindError as error:
        forget_aws()
        show(error)
    else:
        watch(name)
        st.rerun()


def watch(name: str) -> None:
    """Follow an endpoint that was just asked for, until its state no longer changes by itself."""
    st.session_state[_WATCHED] = name
    forget_aws()


def draw_running(found: Overlay | None) -> None:
    """Draw the list."""
    st.subheader(_("What is running"), anchor=False)
    if found is None or not found.connected:
        st.markdown(
            _("Without AWS this is not known. With AWS credentials, every endpoint of the account is listed here.")
        )
        return
    _message()
    watched = st.session_state.get(_WATCHED)
    if watched:
        _watching()
    if not found.endpoints:
        if any(trouble.call == "endpoints" for trouble in found.troubles):
            st.markdown(_("AWS gave no list of endpoints, so this is not known."))
        else:
            st.markdown(_("No endpoint runs in this region."))
        return
    st.warning(
        _("Endpoints: {count}. Each one costs money every hour until it is deleted.").format(
            count=len(found.endpoints)
        ),
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
        status = read_state(name)
    except CallFailed as error:
        st.caption(_(PROBLEMS[error.problem]).format(limit=int(LIMIT_S)))
        return
    if status is None or status in SETTLED:
        del st.session_state[_WATCHED]
        forget_aws()
        st.rerun()
    st.info(
        _("{name}: {status}. This usually takes a few minutes; the line updates automatically.").format(
            name=f"`{name}`", status=status
        ),
        icon=":material/hourglass_top:",
    )


def _rows(endpoints: Sequence[Endpoint]) -> None:
    for endpoint in endpoints[:_MOST_SHOWN]:
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            colour = _COLOURS.get(endpoint.status, "orange")
            here = f" :blue-badge[{_('made here')}]" if is_made_here(endpoint.name) else ""
            status = f":{colour}-badge[{escape_markdown(endpoint.status)}]"
            st.markdown(f"**{escape_markdown(endpoint.name)}** {status}{here}  \n{_since(endpoint)}", width="stretch")
            with st.popover(_("Delete"), icon=":material/delete:", key=f"catalog_delete_{endpoint.name}"):
                _draw_deletion(endpoint.name)
    if len(endpoints) > _MOST_SHOWN:
        st.caption(_("{count} more are not shown.").format(count=len(endpoints) - _MOST_SHOWN))


def _since(endpoint: Endpoint) -> str:
    if endpoint.created is None:
        return ""
    hours = (datetime.datetime.now(datetime.UTC) - endpoint.created).total_seconds() / 3600
    return _("since {moment}: {hours:,.0f} hours charged").format(
        moment=endpoint.created.astimezone(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC"), hours=max(0.0, hours)
    )


def _draw_deletion(name: str) -> None:
    if settings().deploy_role is None:
        st.markdown(_("Deleting is switched off in this dashboard, like deploying. This code does it:"))
        st.code(write_deletion(name), language="python")
        return
    if not may("member"):
        st.info(_(FOR_MEMBERS), icon=":material/lock:")
        return
    if is_made_here(name):
        st.markdown(_("It was made here: its configuration and its model are deleted with it."))
    else:
        st.markdown(_("It was **not** made here, so somebody may be using it. Only the endpoint is deleted."))
    written = st.text_input(_("Its name, to confirm"), key=f"catalog_delete_name_{name}", placeholder=name)
    pressed = st.button(
        _("Delete permanently"),
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
        st.error(_("The endpoint was not deleted and still costs money.") + " " + said, icon=":material/error:")
        return
    except LeftBehindError as error:
        show(error)
        return
    finally:
        forget_aws()
    st.session_state[_SAID] = name
    st.rerun()


def _message() -> None:
    name = st.session_state.pop(_SAID, None)
    if name:
        st.success(_("Deleted: {name}.").format(name=f"`{name}`"), icon=":material/delete:")
