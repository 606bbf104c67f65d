"""Everything there is: the search over the whole picture, its progress, and the pieces it found as a list.

What it shares with the other way to cut out, around points, comes first.
"""

from __future__ import annotations

from contextlib import closing
from threading import Event
from typing import Final

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from components.catalog.segment import figures
from components.catalog.segment.everything import (
    MOST_MASKS,
    POINTS_PER_SIDE,
    Everything,
    Search,
    SearchSettings,
    Waiting,
    write_search_script,
)
from components.catalog.segment.picture import Picture
from components.catalog.segment.points import Mask, Seen, cut_out_png, mask_png
from components.catalog.state import see_picture
from components.core.errors import VisitorError
from components.core.i18n import _
from components.models import cached, store
from components.models.records import ModelRecord
from components.ui import charts
from components.ui.errors import show
from components.ui.model_picker import fetching
from components.ui.session import checkpoint, session


def are_here(record: ModelRecord, otherwise: str) -> bool:
    """Return whether a model is on this machine; if not, say what that means and offer to fetch it."""
    if store.is_local(record):
        return True
    st.markdown(otherwise)
    fetching(record)
    return False


def see(model_id: str, shown: Picture) -> Seen:
    """Return a picture as a model saw it; each one is looked at once.

    Raises
    ------
    ModelError
        If the model cannot be loaded.
    """
    with st.spinner(_("The Vision Transformer looks at the picture …")):
        return see_picture(model_id, shown.digest, shown)


def offer_files(shown: Picture, mask: Mask) -> None:
    """Draw the buttons that save a mask, and what it cuts out of the picture."""
    with st.container(horizontal=True):
        for label, content, name in (
            (_("Save the mask"), mask_png(mask), "mask.png"),
            (_("Save what was cut out"), cut_out_png(shown, mask), "cut-out.png"),
        ):
            st.download_button(label, content, name, "image/png", on_click="ignore", icon=":material/download:")


CHART: Final = "catalog_everything"

_FOUND: Final = "catalog_everything_found"
_ASKED: Final = "catalog_everything_asked"
_OVER: Final = "catalog_everything_over"
_PICKED: Final = "catalog_everything_piece"
_ALL: Final = 0
"""Among the pieces, which are counted from 1."""
_LOOKS_S: Final = 0.1
_LIST_PX: Final = 260

Kept = dict[tuple[str, str, SearchSettings], Everything]


def draw_everything_panel(record: ModelRecord, shown: Picture, left: DeltaGenerator, right: DeltaGenerator) -> None:
    """Draw the picture with its pieces; beside it the search, the list, and the files to keep."""
    with right:
        settings = _choose_settings()
        if are_here(record, _("**The model is not on this machine yet.** Nothing can be cut out.")):
            _searched(record, shown, settings)
    found = _kept().get((record.id, shown.digest, settings))
    with right:
        picked = _list(found) if found else None
    with left:
        chart = figures.draw_pieces(shown, settings, found, picked)
        charts.draw(chart, key=CHART, on_select=_clicked, selection_mode=("points",))
    with right:
        if found and picked is not None:
            offer_files(shown, found.pieces[picked].mask)
        with st.expander(_("The same in Python"), icon=":material/code:"):
            st.code(write_search_script(record, settings), language="python", wrap_lines=True)


def _choose_settings() -> SearchSettings:
    points = st.select_slider(
        _("Points on each side of the grid"),
        POINTS_PER_SIDE,
        value=SearchSettings.points_per_side,
        key="catalog_everything_points",
        help=_("The model is asked about each point of the grid. More points find smaller things and take longer."),
    )
    with st.expander(_("Which masks to keep"), icon=":material/tune:"):
        iou = st.slider(
            _("Predicted IoU above"),
            0.0,
            1.0,
            SearchSettings.least_iou,
            0.01,
            key="catalog_everything_iou",
            help=_(
                "How well the model expects the mask to match a true object: the area that both share, divided by "
                "the area that they cover together (intersection over union)."
            ),
        )
        stability = st.slider(
            _("Stability score above"),
            0.5,
            1.0,
            SearchSettings.least_stability,
            0.01,
            key="catalog_everything_stability",
            help=_("How little the mask changes when the threshold between inside and outside moves by one logit."),
        )
    return SearchSettings(points, iou, stability)


def _searched(record: ModelRecord, shown: Picture, settings: SearchSettings) -> None:
    """Draw the button; after a click on it, search while the visitor watches. Whatever they click next ends it."""
    place = st.empty()
    if not st.session_state.pop(_ASKED, False):
        _wait_until_kept()
        place.button(
            _("Cut out everything"),
            type="primary",
            icon=":material/auto_awesome_mosaic:",
            on_click=_ask,
            key="catalog_everything_search",
        )
        return
    over, kept = Event(), _kept()
    st.session_state[_OVER] = over
    try:
        with place.container():
            # A click on it starts the page anew, and that ends the search: it has nothing to do itself.
            st.button(_("Stop"), icon=":material/stop_circle:", key="catalog_everything_stop")
            bar = st.progress(0.0)
            search = Search(cached.segmenter(record.id), shown, see(record.id, shown), settings)
            try:
                _watch(search, bar)
            finally:
                found = search.found()
                if found:
                    kept.clear()
                    kept[record.id, shown.digest, settings] = found
    except VisitorError as error:
        show(error)
        return
    finally:
        over.set()
    st.rerun()


def _watch(search: Search, bar: DeltaGenerator) -> None:
    with closing(search.go(checkpoint, session=session())) as events:
        for event in events:
            if isinstance(event, Waiting):
                text = _("Somebody else is searching. You are number {position} in line.")
                bar.progress(0.0, text=text.format(position=event.position))
            else:
                text = _("{points} of {of} points asked about").format(points=event.points, of=event.of)
                bar.progress(event.points / event.of, text=text)


def _wait_until_kept() -> None:
    """Wait for a search that a click has just ended: the click's own run starts before the other one is over."""
    over: Event | None = st.session_state.get(_OVER)
    while over is not None and not over.wait(_LOOKS_S):
        checkpoint()


def _list(found: Everything) -> int | None:
    """Draw what was found, and return the piece to show; None for all of them."""
    st.caption(_counts(found))
    if not found.pieces:
        return None
    label = _("{number}: {share:.1%} of the picture, predicted IoU {score:.2f}")
    names = [
        label.format(number=number, share=piece.share, score=piece.score)
        for number, piece in enumerate(found.pieces, start=1)
    ]
    if st.session_state.get(_PICKED, _ALL) not in range(len(names) + 1):
        st.session_state[_PICKED] = _ALL
    shown = (_("All pieces"), *names)
    chosen: int = st.selectbox(_("Piece"), range(len(shown)), format_func=shown.__getitem__, key=_PICKED)
    rows = pd.DataFrame(
        {
            _("Piece"): range(1, len(names) + 1),
            _("Share of the picture"): [piece.share for piece in found.pieces],
            _("Predicted IoU"): [piece.score for piece in found.pieces],
        }
    )
    coloured = rows.style.apply(lambda column: [_swatch(at) for at in range(len(column))], subset=[_("Piece")])
    st.dataframe(
        coloured.format({_("Share of the picture"): "{:.1%}", _("Predicted IoU"): "{:.2f}"}),
        hide_index=True,
        height=_LIST_PX if len(names) > 6 else "auto",
        alt=_("Pieces found: {count}").format(count=len(names)),
    )
    return None if chosen == _ALL else chosen - 1


def _counts(found: Everything) -> str:
    said = _(
        "{good} of {masks} masks passed both thresholds. Without those that cover the same place, {distinct} are left."
    )
    lines = [said.format(good=found.good, masks=3 * found.tried, distinct=found.distinct)]
    if found.distinct > len(found.pieces):
        lines.append(_("The best {most} are shown.").format(most=MOST_MASKS))
    if found.was_stopped:
        stopped = _("Stopped after {points} of {of} points.")
        lines.append(stopped.format(points=found.tried, of=found.settings.points))
    if not found.pieces:
        lines.append(_("Lower the thresholds, or use a finer grid."))
    return " ".join(lines)


def _swatch(number: int) -> str:
    red, green, blue = figures.colour(number)
    is_light = 0.299 * red + 0.587 * green + 0.114 * blue > 140
    return f"background-color: #{red:02x}{green:02x}{blue:02x}; color: {'black' if is_light else 'white'}"


def _clicked() -> None:
    for point in st.session_state[CHART]["selection"]["points"][:1]:
        number = point.get("customdata")
        if number is not None:
            st.session_state[_PICKED] = number[0] if isinstance(number, list) else number


def _ask() -> None:
    st.session_state[_ASKED] = True
    st.session_state[_PICKED] = _ALL


def _kept() -> Kept:
    """Return what this session's last search found, by model, picture and settings."""
    kept: Kept = st.session_state.setdefault(_FOUND, {})
    return kept
