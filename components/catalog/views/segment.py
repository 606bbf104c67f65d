"""Segment Anything, tried: a picture, and what the model cuts out of it, around points or everywhere."""

from __future__ import annotations

from typing import Final

import streamlit as st

from components.catalog.segment import picture
from components.catalog.segment.picture import Picture, PictureError
from components.catalog.trying import SEGMENTER
from components.catalog.views import segment_everything as everything
from components.catalog.views import segment_points as points
from components.core.i18n import _
from components.models.records import ModelRecord
from components.models.registry import records
from components.ui.errors import show

_PICTURE_KEY: Final = "catalog_segment_picture"
_POINTS, _EVERYTHING = "points", "everything"


def panel() -> None:
    """Draw the picture; beside it the model, what is asked of it, and what it found."""
    left, right = st.columns([3, 2], gap="large")
    with right:
        record = _model()
        shown = _picture()
        mode = _mode()
    panels = {_POINTS: points.panel, _EVERYTHING: everything.panel}
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
        max_upload_size=picture.MOST_BYTES // 2**20,
        help=_("It stays in the memory of this dashboard while you look at it, and is sent nowhere."),
    )
    if file is None:
        return picture.example()
    try:
        return picture.read(file.getvalue())
    except PictureError as error:
        show(error)
        return picture.example()


def _mode() -> str:
    names = {_POINTS: _("What a point means"), _EVERYTHING: _("Everything there is")}
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
