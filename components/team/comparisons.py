"""Keep a comparison under a name, open one again, delete it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import streamlit as st

from components.core.i18n import _
from components.core.text import escape_markdown
from components.generation.comparison import LaneRecord
from components.generation.views.side_by_side import draw_numbers
from components.team import clock
from components.team.errors import StoreUnavailable
from components.team.identity import visitor
from components.team.store import comparisons, opening
from components.team.store.comparisons import SavedComparison
from components.ui import errors

_NAME: Final = "team_comparison_name"
_OPENED: Final = "team_comparison_opened"
_SAVED: Final = "team_comparison_saved"


def draw_keep_comparison(prompt: str, lanes: Sequence[LaneRecord]) -> None:
    """Offer to keep what was just written side by side."""
    if not _may_keep() or not lanes:
        return
    name, button = st.columns([3, 1], gap="medium", vertical_alignment="bottom")
    name.text_input(_("Name of this comparison"), key=_NAME, max_chars=120, placeholder=prompt[:60])
    button.button(
        _("Save"),
        key="team_comparison_save",
        icon=":material/bookmark_add:",
        on_click=_save,
        args=(prompt, tuple(lanes)),
        width="stretch",
    )
    if st.session_state.pop(_SAVED, False):
        st.success(_("Saved. The comparison is in the list below, and on “My data”."), icon=":material/check_circle:")


def draw_comparisons() -> None:
    """Draw the list of what this run's visitor has kept, and the one that is open."""
    if not _may_keep():
        return

    try:
        mine = {each.id: each for each in comparisons.list_comparisons(opening.store(), visitor().id)}
    except StoreUnavailable as error:
        errors.show(error)
        return
    if not mine:
        return
    if st.session_state.get(_OPENED) not in mine:
        st.session_state[_OPENED] = None
    choice, button = st.columns([3, 1], gap="medium", vertical_alignment="bottom")
    choice.selectbox(
        _("Saved comparisons"),
        list(mine),
        format_func=lambda each: _title(mine[each]),
        key=_OPENED,
        placeholder=_("Open a comparison"),
    )
    opened = mine.get(str(st.session_state[_OPENED]))
    button.button(
        _("Delete it"),
        key="team_comparison_delete",
        icon=":material/delete:",
        disabled=opened is None,
        on_click=_delete,
        args=(None if opened is None else opened.id,),
        width="stretch",
    )
    if opened is not None:
        _show(opened)


def _may_keep() -> bool:
    return visitor().may("member")


def _title(comparison: SavedComparison) -> str:
    return f"{comparison.name} · {comparison.at:%Y-%m-%d %H:%M} UTC"


def _show(comparison: SavedComparison) -> None:
    lanes = [LaneRecord.from_json(lane) for lane in comparison.lanes]
    st.markdown(f":gray[{_lines(comparison.prompt)}]")
    for column, lane in zip(st.columns(len(lanes), gap="medium", border=True), lanes, strict=True):
        with column:
            st.markdown(f"**{escape_markdown(lane.title)}**")
            st.markdown(_lines(lane.text))
    draw_numbers(lanes)


def _save(prompt: str, lanes: Sequence[LaneRecord]) -> None:

    name = str(st.session_state.get(_NAME) or "").strip() or prompt[:60] or _("without a name")
    try:
        comparisons.save(
            opening.store(),
            visitor(),
            name=name,
            prompt=prompt,
            lanes=[lane.as_json() for lane in lanes],
            at=clock.now(),
        )
    except StoreUnavailable as error:
        st.toast(f"{_('The comparison was not saved.')} {error}", icon=":material/error:")
    else:
        st.session_state[_SAVED] = True
        st.session_state[_NAME] = ""


def _delete(comparison_id: str) -> None:

    try:
        comparisons.remove(opening.store(), visitor().id, comparison_id)
    except StoreUnavailable as error:
        st.toast(f"{_('Nothing could be deleted.')} {error}", icon=":material/error:")


def _lines(text: str) -> str:
    return "  \n".join(escape_markdown(line) for line in text.split("\n"))
