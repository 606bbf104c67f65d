"""The segmenter's files and its sight: whether it is on this machine, and a picture as it saw it."""

from __future__ import annotations

from typing import Final

import streamlit as st

from components.catalog.segment.cut import Seen, look
from components.catalog.segment.picture import Picture
from components.core.i18n import _
from components.models import cached, store
from components.models.records import ModelRecord
from components.ui.model_picker import fetching

_MOST_SEEN: Final = 8


def are_here(record: ModelRecord, otherwise: str) -> bool:
    """Return whether a model is on this machine; if not, say what that means and offer to fetch it."""
    if store.is_local(record):
        return True
    st.markdown(otherwise)
    fetching(record)
    return False


def seen(model_id: str, shown: Picture) -> Seen:
    """Return a picture as a model saw it; each one is looked at once.

    Raises
    ------
    ModelError
        If the model cannot be loaded.
    """
    with st.spinner(_("The Vision Transformer looks at the picture …")):
        return _seen(model_id, shown.digest, shown)


@st.cache_resource(max_entries=_MOST_SEEN, show_spinner=False)
def _seen(model_id: str, digest: str, _shown: Picture) -> Seen:
    """Return a picture as the model saw it; the digest stands for the picture in the cache's key."""
    return look(cached.segmenter(model_id), _shown)
