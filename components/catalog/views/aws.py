"""What Bedrock offers now: the quiet line over the catalog, and the lists of models and inference profiles."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Final, Literal

import streamlit as st

from components.aws.answers import Overlay, Trouble
from components.aws.overlay import LIMIT_S, availability
from components.aws.problems import PROBLEMS, CallFailed
from components.catalog import wording
from components.catalog.state import ask_overlay, forget_aws
from components.core.i18n import _
from components.core.settings import settings
from components.ui import tables

_TABLE_PX: Final = 320
_MOST_ROWS_AT_ONCE: Final = 8


def ask_aws() -> Overlay | None:
    """Return what AWS answered at most a quarter of an hour ago; None where this deployment does not ask."""
    if not settings().aws:
        return None
    with st.spinner(_("Asking AWS …")):
        return ask_overlay()


def draw_freshness(found: Overlay | None, curated: datetime.date) -> None:
    """Draw the one line that says how fresh the data are."""
    if found is None:
        off = _(
            "Curated data of {date}. Live data from AWS are off here: the operator of this dashboard can switch them "
            "on with `DASHBOARD_AWS=true` and AWS credentials."
        )
        st.caption(off.format(date=curated))
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(_freshness(found, curated), width="stretch")
        st.button(_("Refresh"), icon=":material/refresh:", type="tertiary", on_click=forget_aws, key="catalog_refresh")


def draw_lists(found: Overlay | None) -> None:
    """Draw what is offered in the connected region, in lists."""
    st.markdown(
        _(
            "Which models and inference profiles Amazon Bedrock offers in the connected region now, and whether this "
            "account may call them."
        )
    )
    if found is None:
        st.info(_(wording.REASONS["not asked"]), icon=":material/cloud_off:")
        return
    for trouble in found.troubles:
        st.warning(_trouble(trouble), icon=":material/cloud_off:")
    if not found.connected:
        return
    titles = (_("Bedrock models"), _("Inference profiles"))
    bedrock, profiles = st.tabs(titles, key="catalog_aws", on_change="rerun")
    if bedrock.open:
        with bedrock:
            _bedrock(found)
    if profiles.open:
        with profiles:
            _profiles(found)


def _freshness(found: Overlay, curated: datetime.date) -> str:
    if not found.connected:
        trouble = found.troubles[0]
        return _("Curated data of {date}.").format(date=curated) + " " + _trouble(trouble)
    age = max(0, int((datetime.datetime.now(datetime.UTC) - found.fetched).total_seconds()))  # a clock may be set back
    ago = _("{minutes} min ago").format(minutes=age // 60) if age >= 60 else _("{seconds} s ago").format(seconds=age)
    text = _("Curated data of {date}, and AWS {region} as it answered {ago}: {models} Bedrock models.")
    return text.format(date=curated, region=found.region, ago=ago, models=len(found.models))


def _trouble(trouble: Trouble) -> str:
    said = _(PROBLEMS[trouble.problem]).format(limit=int(LIMIT_S))
    return said if trouble.call == "connection" else f"{_(wording.CALLS[trouble.call])}: {said}"


def _table(columns: Mapping[str, Any], count: int, *, alt: str) -> None:
    height: int | Literal["auto"] = _TABLE_PX if count > _MOST_ROWS_AT_ONCE else "auto"
    tables.draw(columns, height=height, placeholder="–", alt=alt)


def _bedrock(found: Overlay) -> None:
    columns = {
        "id": [model.id for model in found.models],
        _("Developer"): [model.provider for model in found.models],
        _("Reads"): [", ".join(model.inputs) for model in found.models],
        _("Writes"): [", ".join(model.outputs) for model in found.models],
        _("How it is called"): [", ".join(model.inference) for model in found.models],
        _("Status"): [model.status for model in found.models],
        _("End of life"): [model.eol for model in found.models],
    }
    count = len(found.models)
    _table(columns, count, alt=_("Models found: {count}").format(count=count))
    if not found.models:
        return
    with st.form("catalog_availability", border=False):
        chosen = st.selectbox(_("May I call it?"), [model.id for model in found.models])
        asked = st.form_submit_button(_("Ask Bedrock"))
    if asked:
        try:
            answer = availability(chosen)
        except CallFailed as error:
            st.warning(_(PROBLEMS[error.problem]).format(limit=int(LIMIT_S)))
            return
        named = {
            _("Agreement"): answer.agreement,
            _("Authorization"): answer.authorization,
            _("Entitlement"): answer.entitlement,
            _("Region"): answer.region,
        }
        st.markdown(" · ".join(f"{label}: `{value}`" for label, value in named.items()))


def _profiles(found: Overlay) -> None:
    st.markdown(
        _(
            "Many models cannot be called by their own id, only through an inference profile. The profile may "
            "send the request to another region."
        )
    )
    columns = {
        "id": [profile.id for profile in found.profiles],
        _("Leads to"): [", ".join(profile.models) for profile in found.profiles],
        _("Status"): [profile.status for profile in found.profiles],
    }
    count = len(found.profiles)
    _table(columns, count, alt=_("Profiles found: {count}").format(count=count))
