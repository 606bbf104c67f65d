"""JumpStart: search the hub, read about a model, take its code home, deploy it, and see what is running."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

import streamlit as st

from components.aws.answers import HubModel, Overlay
from components.aws.hub_document import HubDetails
from components.aws.overlay import LIMIT_S
from components.aws.problems import PROBLEMS, CallFailed
from components.catalog.jumpstart import (
    SDK,
    Known,
    boto3_script,
    describe,
    is_complete,
    join_lists,
    list_curated,
    list_models,
    match_words,
    sdk_script,
    writes_text,
)
from components.catalog.link import HUB, PAGE, parameters
from components.catalog.state import ask_hub_details, ask_hub_search
from components.catalog.views.endpoints import draw_deployment, draw_running
from components.core.i18n import _
from components.core.text import escape_markdown
from components.ui import links, tables
from components.ui.export import as_notebook

_TABLE_PX: Final = 420
_FEW: Final = 10


def draw_jumpstart(found: Overlay | None) -> None:
    """Draw the search, the model that is open, and what is running."""
    left, right = st.columns(2, gap="medium")
    with left:
        rows = _search(found)
        _table(rows)
    with right, st.container(border=True, key="jumpstart_model"):
        chosen = str(st.session_state[HUB.name])
        if chosen:
            draw_model(chosen, found)
        else:
            st.markdown(_("**Choose a model** in the list: its page, its code and its notebook appear here."))
            st.markdown(
                _(
                    "JumpStart is SageMaker’s catalogue of models that run on machines of your own AWS "
                    "account: you try one, fine-tune it on your data, deploy it, and delete it. The last step "
                    "is the one that is easily forgotten."
                )
            )
    draw_running(found)


def _search(found: Overlay | None) -> tuple[HubModel, ...]:
    words = st.text_input(
        _("Search JumpStart"),
        key="catalog_hub_words",
        max_chars=200,
        icon=":material/search:",
        placeholder=_("name, id, task …"),
        persist_state="session",
    )
    known = list_models(found)
    if found is None or not found.connected:
        st.caption(_("These are the curated records. With AWS credentials, the whole hub is searched."))
    elif words.split() and not is_complete(found):
        known = _more(words, known)
    elif not is_complete(found):
        st.caption(
            _("The hub's list is long and did not arrive in full in time. A search also finds what is missing here.")
        )
    return match_words(known, words)


def _more(words: str, known: tuple[HubModel, ...]) -> tuple[HubModel, ...]:
    """Ask the hub for what the list lacks: it can look for one text in an id."""
    try:
        with st.spinner(_("Asking AWS …")):
            return join_lists(known, ask_hub_search(max(words.casefold().split(), key=len)))
    except CallFailed as error:
        st.caption(_(PROBLEMS[error.problem]).format(limit=int(LIMIT_S)))
        return known


def _table(rows: Sequence[HubModel]) -> None:
    if not rows:
        st.info(_("No JumpStart model matches these words."), icon=":material/search_off:")
        return
    columns = {_("Name"): [row.title for row in rows], "id": [row.id for row in rows]}
    if any(row.support for row in rows):
        columns[_("Support")] = [row.support for row in rows]
    height: int | Literal["auto"] = _TABLE_PX if len(rows) > _FEW else "auto"
    tables.draw(
        columns,
        height=height,
        key="catalog_hub_table",
        on_select=lambda: _open(rows),
        selection_mode="single-row",
        alt=_("Models found: {count}").format(count=len(rows)),
    )
    st.caption(_("Models found: {count}").format(count=len(rows)))


def _open(rows: Sequence[HubModel]) -> None:
    selected = st.session_state["catalog_hub_table"]["selection"]["rows"]
    if selected and selected[0] < len(rows):
        name = rows[selected[0]].id
        if HUB.problem(name) is None:  # what a server lists may be anything
            links.set_up(PAGE, parameters(), {HUB.name: name})


def draw_model(model_id: str, found: Overlay | None) -> None:
    """Draw the page of a model; the hub is asked about it where AWS may be asked and answers."""
    details = _details(model_id) if found is not None and found.connected else None
    st.subheader(details.title if details else model_id, anchor=False)
    st.markdown(f"`{model_id}`" + (f" · {escape_markdown(details.version)}" if details else ""))
    if details:
        _facts(details)
    else:
        st.caption(
            _(
                "With AWS credentials, this page also shows what the hub says about the model: its instance types "
                "and its licence."
            )
        )
    _code(describe(details) if details else _curated(model_id), details)
    if details:
        draw_deployment(details)


def _details(model_id: str) -> HubDetails | None:
    try:
        with st.spinner(_("Asking AWS …")):
            return ask_hub_details(model_id)
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
    tasks = next((row.keywords for row in list_curated() if row.id == model_id), ())
    return writes_text(model_id) if "text-generation" in tasks else Known(model_id)


def _code(model: Known, details: HubDetails | None) -> None:
    script = sdk_script(model)
    with st.expander(_("Code: try, fine-tune, deploy, delete"), icon=":material/code:", expanded=details is None):
        st.markdown(f'`pip install "{SDK}"`')
        st.caption(
            ":material/payments: "
            + _("Running this code costs money on your AWS account. This page itself runs none of it.")
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
