"""A mask to keep, as files."""

from __future__ import annotations

import streamlit as st

from components.catalog.segment.cut import Mask, cut_out_png, mask_png
from components.catalog.segment.picture import Picture
from components.core.i18n import _


def keep(shown: Picture, mask: Mask) -> None:
    """Draw the buttons that save a mask, and what it cuts out of the picture."""
    with st.container(horizontal=True):
        for label, content, name in (
            (_("Save the mask"), mask_png(mask), "mask.png"),
            (_("Save what was cut out"), cut_out_png(shown, mask), "cut-out.png"),
        ):
            st.download_button(label, content, name, "image/png", on_click="ignore", icon=":material/download:")
