"""What AWS offers now: the quiet line over the catalog, and the lists of models, profiles, JumpStart and endpoints."""

from __future__ import annotations

import datetime
from typing import Final, Literal

import pandas as pd
import streamlit as st

from components.foundation import wording
from components.foundation.aws.answers import Overlay, Trouble
from components.foundation.aws.client import PICTURE_TIMEOUT_S
from components.foundation.aws.overlay import LIMIT_S, CallFailed, availability, hub_details, overlay
from components.foundation.aws.pictures import (
    MOST_PROMPT_CHARS,
    MOST_SEED,
    Picture,
    PictureRefused,
    draw,
    models_that_draw,
)
from components.settings import settings
from components.shell.errors import escape_markdown, show
from components.shell.i18n import _

KEPT_FOR_S: Final = 900
_TABLE_PX: Final = 320
_MOST_ROWS_AT_ONCE: Final = 8


@st.cache_data(ttl=KEPT_FOR_S, max_entries=1, show_spinner=False)
def _asked() -> Overlay:
    return overlay()


def forget() -> None:
    """Forget what AWS answered, so that the next run asks again."""
    _asked.clear()


def current() -> Overlay | None:
    """Return what AWS answered at most a quarter of an hour ago; None where this deployment does not ask."""
    if not settings().aws:
        return None
    with st.spinner(_("Asking AWS …")):
        return _asked()


def line(found: Overlay | None, curated: datetime.date) -> None:
    """Draw the one line that says how fresh the data are."""
    if found is None:
        off = _(
            "Curated data of {date}. Live data from AWS are off here: whoever runs this dashboard can switch them on "
            "with `DASHBOARD_AWS=true` and AWS credentials."
        )
        st.caption(off.format(date=curated))
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(_freshness(found, curated), width="stretch")
        st.button(_("Refresh"), icon=":material/refresh:", type="tertiary", on_click=forget, key="catalog_refresh")


def panel(found: Overlay | None) -> None:
    """Draw what is offered in the connected region, in lists."""
    if found is None:
        st.info(_(wording.REASONS["not asked"]), icon=":material/cloud_off:")
        return
    for trouble in found.troubles:
        st.warning(_trouble(trouble), icon=":material/cloud_off:")
    if not found.connected:
        return
    titles = (_("Bedrock models"), _("Inference profiles"), "JumpStart", _("Endpoints that run"), _("Pictures"))
    bedrock, profiles, hub, endpoints, drawing = st.tabs(titles, key="catalog_aws", on_change="rerun")
    if bedrock.open:
        with bedrock:
            _bedrock(found)
    if profiles.open:
        with profiles:
            _profiles(found)
    if hub.open:
        with hub:
            _hub(found)
    if endpoints.open:
        with endpoints:
            _endpoints(found)
    if drawing.open:
        with drawing:
            _pictures(found)


def _freshness(found: Overlay, curated: datetime.date) -> str:
    if not found.connected:
        trouble = found.troubles[0]
        return _("Curated data of {date}.").format(date=curated) + " " + _trouble(trouble)
    age = int((datetime.datetime.now(datetime.UTC) - found.fetched).total_seconds())
    ago = _("{minutes} min ago").format(minutes=age // 60) if age >= 60 else _("{seconds} s ago").format(seconds=age)
    text = _("Curated data of {date}, and AWS {region} as it answered {ago}: {models} Bedrock models.")
    return text.format(date=curated, region=found.region, ago=ago, models=len(found.models))


def _trouble(trouble: Trouble) -> str:
    said = _(wording.PROBLEMS[trouble.problem]).format(limit=int(LIMIT_S))
    return said if trouble.call == "connection" else f"{_(wording.CALLS[trouble.call])}: {said}"


def _table(rows: pd.DataFrame, *, alt: str) -> None:
    height: int | Literal["auto"] = _TABLE_PX if len(rows) > _MOST_ROWS_AT_ONCE else "auto"
    st.dataframe(rows, hide_index=True, height=height, placeholder="–", alt=alt)


def _bedrock(found: Overlay) -> None:
    rows = pd.DataFrame(
        {
            "id": [model.id for model in found.models],
            _("Maker"): [model.provider for model in found.models],
            _("Reads"): [", ".join(model.inputs) for model in found.models],
            _("Writes"): [", ".join(model.outputs) for model in found.models],
            _("How it is called"): [", ".join(model.inference) for model in found.models],
            _("Status"): [model.status for model in found.models],
            _("End of life"): [model.eol for model in found.models],
        }
    )
    _table(rows, alt=_("Models found: {count}").format(count=len(rows)))
    if not found.models:
        return
    with st.form("catalog_availability", border=False):
        chosen = st.selectbox(_("May I call it?"), [model.id for model in found.models])
        asked = st.form_submit_button(_("Ask Bedrock"))
    if asked:
        try:
            answer = availability(chosen)
        except CallFailed as error:
            st.warning(_(wording.PROBLEMS[error.problem]).format(limit=int(LIMIT_S)))
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
        _("Many models refuse their bare id: name the profile instead. It may send the request to another region.")
    )
    rows = pd.DataFrame(
        {
            "id": [profile.id for profile in found.profiles],
            _("Leads to"): [", ".join(profile.models) for profile in found.profiles],
            _("Status"): [profile.status for profile in found.profiles],
        }
    )
    _table(rows, alt=_("Profiles found: {count}").format(count=len(rows)))


def _hub(found: Overlay) -> None:
    words = st.text_input(_("Search JumpStart"), key="catalog_hub_words").casefold().split()
    shown = [
        model
        for model in found.hub
        if all(word in f"{model.id} {model.title} {' '.join(model.keywords)}".casefold() for word in words)
    ]
    rows = pd.DataFrame(
        {
            "id": [model.id for model in shown],
            _("Name"): [model.title for model in shown],
            _("Version"): [model.version for model in shown],
            _("Support"): [model.support for model in shown],
        }
    )
    _table(rows, alt=_("Models found: {count}").format(count=len(rows)))
    if not shown:
        return
    with st.form("catalog_hub_details", border=False):
        chosen = st.selectbox(_("Model"), [model.id for model in shown])
        asked = st.form_submit_button(_("Show details"))
    if asked:
        _hub_model(chosen)


def _hub_model(model_id: str) -> None:
    try:
        details = hub_details(model_id)
    except CallFailed as error:
        st.warning(_(wording.PROBLEMS[error.problem]).format(limit=int(LIMIT_S)))
        return
    trainable = {True: _("possible"), False: _("not possible"), None: None}[details.trainable]
    named = {
        _("Version"): details.version,
        _("Task"): details.task,
        _("Framework"): details.framework,
        _("Licence"): details.licence,
        _("Runs on"): details.instance,
        _("Fine-tuning"): trainable,
    }
    st.markdown("\n".join(f"- {label}: {escape_markdown(str(value))}" for label, value in named.items() if value))


def _pictures(found: Overlay) -> None:
    drawing = models_that_draw(found)
    if not drawing:
        st.markdown(_("No model that draws is offered in this region on demand."))
        return
    with st.form("catalog_picture", border=False):
        model_id = st.selectbox(_("Model"), drawing, key="catalog_picture_model")
        prompt = st.text_area(_("Prompt"), max_chars=MOST_PROMPT_CHARS, key="catalog_picture_prompt")
        seed = st.number_input(_("Seed"), 0, MOST_SEED, value=0, step=1, key="catalog_picture_seed")
        paid = st.checkbox(
            _("I know that this picture is charged to the AWS account of this dashboard."),
            # The next picture is a new expense: its box is a new one, unticked.
            key=f"catalog_picture_paid_{st.session_state.get('catalog_pictures', 0)}",
        )
        asked = st.form_submit_button(_("Draw one picture"), icon=":material/brush:")
    if asked and not (paid and prompt.strip()):
        st.info(_("Write a prompt and tick the box first. Nothing was sent."))
    elif asked:
        _draw(model_id, prompt, int(seed))
    picture: Picture | None = st.session_state.get("catalog_picture_drawn")
    if picture:
        caption = _("{model}, seed {seed}").format(model=picture.model_id, seed=picture.seed)
        st.image(picture.png, caption=caption, width=512, alt=picture.prompt)
        name = f"picture-{picture.seed}.png"
        st.download_button(_("Save the picture"), picture.png, name, "image/png", on_click="ignore")


def _draw(model_id: str, prompt: str, seed: int) -> None:
    try:
        with st.spinner(_("Drawing …")):
            st.session_state["catalog_picture_drawn"] = draw(model_id, prompt, seed=seed)
    except CallFailed as error:
        st.warning(_(wording.PROBLEMS[error.problem]).format(limit=int(PICTURE_TIMEOUT_S)))
    except PictureRefused as error:
        show(error)
    else:
        st.session_state["catalog_pictures"] = st.session_state.get("catalog_pictures", 0) + 1
        st.rerun()


def _endpoints(found: Overlay) -> None:
    if not found.endpoints:
        st.markdown(_("No endpoint runs in this region."))
        return
    st.warning(
        _("Each endpoint costs money for every hour until it is deleted: {count}.").format(count=len(found.endpoints)),
        icon=":material/payments:",
    )
    rows = pd.DataFrame(
        {
            _("Name"): [endpoint.name for endpoint in found.endpoints],
            _("Status"): [endpoint.status for endpoint in found.endpoints],
            _("Created"): [endpoint.created for endpoint in found.endpoints],
        }
    )
    _table(rows, alt=_("Endpoints that run: {count}").format(count=len(rows)))
    st.code('import boto3\n\nboto3.client("sagemaker").delete_endpoint(EndpointName="...")', language="python")
