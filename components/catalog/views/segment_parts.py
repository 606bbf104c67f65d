"""What both ways to cut out share: the model on this machine, what it sees in a picture, and the files to keep."""

from __future__ import annotations

import streamlit as st

from components.catalog.segment.picture import Picture
from components.catalog.segment.points import Mask, Seen, cut_out_png, mask_png
from components.catalog.state import see_picture
from components.core.i18n import _
from components.models import store
from components.models.records import ModelRecord
from components.ui.model_picker import fetching


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
