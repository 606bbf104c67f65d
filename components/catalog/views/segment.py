"""Segment Anything, tried: a picture, and what the model cuts out of it, around points or everywhere."""

from __future__ import annotations

from typing import Final

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from components.catalog.segment import figures
from components.catalog.segment.picture import MOST_BYTES, Picture, PictureError, draw_example, read_picture
from components.catalog.segment.points import Cut, Point, cut, write_points_script
from components.catalog.trials import SEGMENTER
from components.catalog.views.segment_everything import are_here, draw_everything_panel, offer_files, see
from components.core.i18n import _
from components.models import cached
from components.models.errors import ModelError
from components.models.records import ModelRecord
from components.models.registry import records
from components.ui import charts
from components.ui.errors import show

_PICTURE_KEY: Final = "catalog_segment_picture"
_POINTS, _EVERYTHING = "points", "everything"


POINTS_CHART: Final = "catalog_segment"
_SET: Final = "catalog_segment_points"
_OF: Final = "catalog_segment_of"
_MOST_POINTS: Final = 20
_OBJECT, _OTHER = "object", "other"


def draw_segment() -> None:
    """Draw the picture; beside it the model, what is asked of it, and what it found."""
    left, right = st.columns([3, 2], gap="large")
    with right:
        record = _model()
        shown = _picture()
        mode = _mode()
    panels = {_POINTS: _draw_points_panel, _EVERYTHING: draw_everything_panel}
    panels[mode](record, shown, left, right)


def _model() -> ModelRecord:
    known = {model.id: model for model in records(tasks=["mask-generation"])}
    chosen = st.selectbox(_("Model"), known, format_func=lambda name: known[name].title, key=SEGMENTER)
    return known[chosen]


def _picture() -> Picture:
    file = st.file_uploader(
        _("Your picture (otherwise an example)"),
        type=["png", "jpg", "jpeg", "webp"],
        key=_PICTURE_KEY,
        max_upload_size=MOST_BYTES // 2**20,
        help=_("The picture stays in the memory of this dashboard while you look at it, and is sent nowhere."),
    )
    if file is None:
        return draw_example()
    try:
        return read_picture(file.getvalue())
    except PictureError as error:
        show(error)
        return draw_example()


def _mode() -> str:
    names = {_POINTS: _("What a point means"), _EVERYTHING: _("Everything in the picture")}
    mode: str = st.segmented_control(
        _("Cut out"),
        names,
        format_func=names.__getitem__,
        default=_POINTS,
        required=True,
        label_visibility="collapsed",
        key="catalog_segment_mode",
        persist_state="session",
    )
    return mode


def _draw_points_panel(record: ModelRecord, shown: Picture, left: DeltaGenerator, right: DeltaGenerator) -> None:
    """Draw the picture with its points; beside it what was cut out, and the files to keep."""
    _forget_points_of_another(shown)
    points: list[Point] = st.session_state[_SET]
    with right:
        found = _found(record, shown, points)
        chosen = _answer(found) if found else None
    with left:
        mask = found.masks[chosen] if found and chosen is not None else None
        chart = figures.draw_points(shown, points, mask)
        charts.draw(chart, key=POINTS_CHART, on_select=lambda: _clicked(shown), selection_mode=("points",))
        _controls(shown, points)
    with right:
        if mask is not None:
            offer_files(shown, mask)
        with st.expander(_("The same in Python"), icon=":material/code:"):
            st.code(write_points_script(record, points), language="python", wrap_lines=True)


def _forget_points_of_another(shown: Picture) -> None:
    if st.session_state.get(_OF) != shown.digest:
        st.session_state[_OF] = shown.digest
        st.session_state[_SET] = []


def _found(record: ModelRecord, shown: Picture, points: list[Point]) -> Cut | None:
    """Return what the model cuts out, None where it is not here or there is nothing to cut yet."""
    missing = _("**The model is not on this machine yet.** You can set points, but nothing can be cut out.")
    try:
        if not are_here(record, missing):
            return None
        if not points:
            st.markdown(
                _("Click on something in the picture. The model looks at the picture once, then each click is quick.")
            )
            return None
        seen = see(record.id, shown)
        return cut(cached.segmenter(record.id), shown, seen, points)
    except ModelError as error:
        show(error)
        return None


def _answer(found: Cut) -> int:
    """Draw the choice among the three masks, and return its number."""
    order = sorted(range(len(found.scores)), key=lambda number: -found.scores[number])
    label = _("Mask {number}: IoU {score:.2f}, {share:.1%} of the picture")
    chosen: int = st.radio(
        _("What did the click mean?"),
        order,
        format_func=lambda number: label.format(
            number=number + 1, score=found.scores[number], share=found.share(number)
        ),
        help=_(
            "One point is ambiguous: a part, the whole, or what it belongs to. The model answers with three masks and "
            "estimates for each its overlap with the true object, divided by their union (IoU)."
        ),
        key=f"catalog_segment_mask_{order[0]}",
    )
    return chosen


def _controls(shown: Picture, points: list[Point]) -> None:
    row = st.container(horizontal=True, vertical_alignment="bottom")
    row.segmented_control(
        _("A click marks"),
        (_OBJECT, _OTHER),
        format_func=lambda kind: _("the object") if kind == _OBJECT else _("what does not belong to it"),
        default=_OBJECT,
        required=True,
        key="catalog_segment_marks",
    )
    row.button(_("Undo"), on_click=_drop_last, disabled=not points, icon=":material/undo:")
    row.button(_("Clear"), on_click=_clear, disabled=not points, icon=":material/clear_all:")
    with st.expander(_("Set a point by numbers"), icon=":material/pin:"):
        numbers = st.container(horizontal=True, vertical_alignment="bottom")
        keys = (f"catalog_segment_x_{shown.width}", f"catalog_segment_y_{shown.height}")
        numbers.number_input("x", 0, shown.width - 1, shown.width // 2, key=keys[0])
        numbers.number_input("y", 0, shown.height - 1, shown.height // 2, key=keys[1])
        numbers.button(_("Set"), on_click=_add_written, args=keys, key="catalog_segment_set")
    if len(points) >= _MOST_POINTS:
        st.caption(_("This page takes at most {most} points. Undo one to set another.").format(most=_MOST_POINTS))


def _clicked(shown: Picture) -> None:
    for point in st.session_state[POINTS_CHART]["selection"]["points"][:1]:
        x, y = int(point["x"]), int(point["y"])
        _add(min(max(x, 0), shown.width - 1), min(max(y, 0), shown.height - 1))


def _add_written(x_key: str, y_key: str) -> None:
    """Set the point whose numbers stand in the two fields now."""
    _add(int(st.session_state[x_key]), int(st.session_state[y_key]))


def _add(x: int, y: int) -> None:
    point = Point(x, y, inside=st.session_state.get("catalog_segment_marks", _OBJECT) == _OBJECT)
    points: list[Point] = st.session_state[_SET]
    if point not in points and len(points) < _MOST_POINTS:
        st.session_state[_SET] = [*points, point]


def _drop_last() -> None:
    st.session_state[_SET] = st.session_state[_SET][:-1]


def _clear() -> None:
    st.session_state[_SET] = []
