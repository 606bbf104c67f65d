"""JumpStart: search the hub, read about a model, take its code home, deploy it, and see what is running."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

import pandas as pd
import streamlit as st

from components.aws.answers import HubModel, Overlay
from components.aws.overlay import LIMIT_S, hub_search
from components.aws.problems import PROBLEMS, CallFailed
from components.catalog.jumpstart.finding import is_whole, joined, listed, matching
from components.catalog.link import HUB, PAGE, parameters
from components.catalog.views import jumpstart_model as page
from components.catalog.views import jumpstart_running as running
from components.core.i18n import _
from components.ui import links

_KEPT_FOR_S: Final = 900
_TABLE_PX: Final = 420
_FEW: Final = 10


def panel(found: Overlay | None) -> None:
    """Draw the search, the model that is open, and what is running."""
    left, right = st.columns(2, gap="medium")
    with left:
        rows = _search(found)
        _table(rows)
    with right, st.container(border=True):
        chosen = str(st.session_state[HUB.name])
        if chosen:
            page.model(chosen, found)
        else:
            st.markdown(_("**Choose a model** in the list: its page, its code and its notebook appear here."))
            st.markdown(
                _(
                    "JumpStart is SageMaker’s shop window of models that run on machines of your own account: you try "
                    "one, fine-tune it on your data, deploy it, and delete it. The last step is the one people forget."
                )
            )
    running.panel(found)


@st.cache_data(ttl=_KEPT_FOR_S, max_entries=64, show_spinner=False)
def _asked(name: str) -> tuple[HubModel, ...]:
    return hub_search(name)


def forget() -> None:
    """Forget what the hub found."""
    _asked.clear()


def _search(found: Overlay | None) -> tuple[HubModel, ...]:
    words = st.text_input(
        _("Search JumpStart"),
        key="catalog_hub_words",
        max_chars=200,
        icon=":material/search:",
        placeholder=_("name, id, task …"),
        persist_state="session",
    )
    known = listed(found)
    if found is None or not found.connected:
        st.caption(_("From the curated records. With AWS credentials, the whole hub is searched."))
    elif words.split() and not is_whole(found):
        known = _more(words, known)
    elif not is_whole(found):
        st.caption(
            _("The hub is long, and its list did not come to its end in time. A search asks for what is missing.")
        )
    return matching(known, words)


def _more(words: str, known: tuple[HubModel, ...]) -> tuple[HubModel, ...]:
    """Ask the hub for what the list lacks: it can look for one text in an id."""
    try:
        with st.spinner(_("Asking AWS …")):
            return joined(known, _asked(max(words.casefold().split(), key=len)))
    except CallFailed as error:
        st.caption(_(PROBLEMS[error.problem]).format(limit=int(LIMIT_S)))
        return known


def _table(rows: Sequence[HubModel]) -> None:
    if not rows:
        st.info(_("Nothing in JumpStart fits these words."), icon=":material/search_off:")
        return
    columns = {_("Name"): [row.title for row in rows], "id": [row.id for row in rows]}
    if any(row.support for row in rows):
        columns[_("Support")] = [row.support for row in rows]
    height: int | Literal["auto"] = _TABLE_PX if len(rows) > _FEW else "auto"
    st.dataframe(
        pd.DataFrame(columns),
        hide_index=True,
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
