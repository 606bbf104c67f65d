"""A JumpStart model's page: what the hub says about it, its code and notebook, and the way to deploy it."""

from __future__ import annotations

from typing import Final

import streamlit as st

from components.aws.answers import Overlay
from components.aws.hub_document import HubDetails
from components.aws.overlay import LIMIT_S, hub_details
from components.aws.problems import PROBLEMS, CallFailed
from components.catalog.jumpstart.finding import curated
from components.catalog.jumpstart.script import SDK, Known, boto3_script, known, sdk_script, writes_text
from components.catalog.views import jumpstart_deploying as deploying
from components.core.i18n import _
from components.core.text import escape_markdown
from components.ui.export import as_notebook

_KEPT_FOR_S: Final = 900


@st.cache_data(ttl=_KEPT_FOR_S, max_entries=64, show_spinner=False)
def _asked(model_id: str) -> HubDetails:
    return hub_details(model_id)


def forget() -> None:
    """Forget what the hub said about models."""
    _asked.clear()


def model(model_id: str, found: Overlay | None) -> None:
    """Draw the page of a model; the hub is asked about it where AWS may be asked and answers."""
    details = _details(model_id) if found is not None and found.connected else None
    st.subheader(details.title if details else model_id, anchor=False)
    st.markdown(f"`{model_id}`" + (f" · {escape_markdown(details.version)}" if details else ""))
    if details:
        _facts(details)
    else:
        st.caption(
            _("What the hub says about it, its instance types and its licence, can be asked with AWS credentials.")
        )
    _code(known(details) if details else _curated(model_id), details)
    if details:
        deploying.deploying(details)


def _details(model_id: str) -> HubDetails | None:
    try:
        with st.spinner(_("Asking AWS …")):
            return _asked(model_id)
    except CallFailed as error:
        st.warning(_(PROBLEMS[error.problem]).format(limit=int(LIMIT_S)), icon=":material/cloud_off:")
        return None


def _facts(details: HubDetails) -> None:
    if details.description:
        st.markdown(escape_markdown(details.description))
    trainable = {True: _("possible"), False: _("not possible"), None: None}[details.trainable]
    named = {
        _("Task"): details.task,
        _("Framework"): details.framework,
        _("Licence"): details.licence,
        _("Licence to accept"): details.eula,
        _("Runs on"): ", ".join(details.instances),
        _("Fine-tuning"): trainable,
        _("Weights"): details.weights.uri if details.weights else None,
        _("Container"): details.image(details.instance or ""),
    }
    lines = [f"- {label}: {escape_markdown(str(value))}" for label, value in named.items() if value]
    if details.url:
        lines.append(f"- [{_('open')} ↗]({details.url.replace(')', '%29').replace(' ', '%20')})")
    st.markdown("\n".join(lines))


def _curated(model_id: str) -> Known:
    """Return what the records know where the hub did not answer."""
    tasks = next((row.keywords for row in curated() if row.id == model_id), ())
    return writes_text(model_id) if "text-generation" in tasks else Known(model_id)


def _code(model: Known, details: HubDetails | None) -> None:
    script = sdk_script(model)
    with st.expander(_("Code: try, fine-tune, deploy, delete"), icon=":material/code:", expanded=details is None):
        st.markdown(f'`pip install "{SDK}"`')
        st.caption(
            ":material/payments: " + _("Running this code costs money on your AWS account. Nothing runs from here.")
        )
        st.code(script, language="python", height=320)
        with st.container(horizontal=True):
            stem = f"jumpstart-{model.id}"
            st.download_button(
                _("Notebook (.ipynb)"),
                lambda: as_notebook(script),
                f"{stem}.ipynb",
                "application/x-ipynb+json",
                key="catalog_hub_notebook",
                on_click="ignore",
                icon=":material/download:",
            )
            st.download_button(
                _("Script (.py)"),
                script,
                f"{stem}.py",
                "text/x-python",
                key="catalog_hub_script",
                on_click="ignore",
                icon=":material/download:",
            )
    if details and details.instance and details.lack() is None:
        with st.expander(_("The same with boto3 alone"), icon=":material/code:"):
            st.code(boto3_script(details, details.instance), language="python", height=320)
