"""Deploying a model: where the deployment allows it, after a confirmation that names the machine and its price."""

from __future__ import annotations

from typing import Final

import streamlit as st

from components.aws.hub_document import HubDetails
from components.aws.problems import PROBLEMS, CallFailed
from components.catalog import wording
from components.catalog.jumpstart.endpoints import LeftBehindError, Wish, deploy, new_name
from components.catalog.views import jumpstart_running as running
from components.core.i18n import _
from components.core.policy import may
from components.core.roles import FOR_MEMBERS
from components.core.settings import settings
from components.ui.errors import show

_COUNT: Final = "catalog_deployments"
_HOURS_A_MONTH: Final = 730
_PRICES_URL: Final = "https://aws.amazon.com/sagemaker/ai/pricing/"


def deploying(details: HubDetails) -> None:
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
                "Deploying is switched off in this dashboard, because it costs money. The operator can allow it "
                "with `DASHBOARD_DEPLOY_ROLE`; the code above works without."
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
        _deploy(Wish(details, instance, accepted=details.needs_acceptance), role)


def _price(instance: str) -> str:
    known = next((price for price in settings().instance_prices if price.instance == instance), None)
    if known is None:
        return _("What an hour of {instance} costs is not known here: [AWS’s prices]({url}).").format(
            instance=instance, url=_PRICES_URL
        )
    return _("{hour:,.2f} US dollars an hour, about {month:,.0f} a month ([source]({url}), {day}).").format(
        hour=known.usd_an_hour,
        month=known.usd_an_hour * _HOURS_A_MONTH,
        url=known.source_url,
        day=known.seen.isoformat(),
    )


def _deploy(wish: Wish, role: str) -> None:
    name = new_name(wish.details.id)
    st.session_state[_COUNT] = st.session_state.get(_COUNT, 0) + 1
    try:
        with st.spinner(_("Creating the model, its configuration and the endpoint …")):
            deploy(wish, name=name, role=role)
    except CallFailed as error:
        running.forget()
        st.warning(
            _("Nothing was deployed.") + " " + _(PROBLEMS[error.problem]).format(limit=30),
            icon=":material/cloud_off:",
        )
    except LeftBehindError as error:
        running.forget()
        show(error)
    else:
        running.watch(name)
        st.rerun()
