"""What AWS answered and what a model counted or saw, kept for all sessions; nobody changes what is returned.

An answer of AWS is asked for again after `KEPT_FOR_S`, or after `forget_aws`.
"""

from __future__ import annotations

from typing import Final

import streamlit as st

from components.aws.answers import HubModel, Overlay
from components.aws.hub_document import HubDetails
from components.aws.overlay import hub_details, hub_search, overlay
from components.catalog.counting import Anatomy, anatomy_of_folder, anatomy_of_preset
from components.catalog.presets import PRESETS
from components.catalog.segment.picture import Picture
from components.catalog.segment.points import Seen, look
from components.models import cached
from components.models.registry import record
from components.models.store import local_folder

KEPT_FOR_S: Final = 900


@st.cache_data(ttl=KEPT_FOR_S, max_entries=1, show_spinner=False)
def ask_overlay() -> Overlay:
    """Return what AWS offers now."""
    return overlay()


@st.cache_data(ttl=KEPT_FOR_S, max_entries=64, show_spinner=False)
def ask_hub_search(name: str) -> tuple[HubModel, ...]:
    """Return the JumpStart models with a text in their id. See `hub_search` for what it raises."""
    return hub_search(name)


@st.cache_data(ttl=KEPT_FOR_S, max_entries=64, show_spinner=False)
def ask_hub_details(model_id: str) -> HubDetails:
    """Return what the hub says about a JumpStart model. See `hub_details` for what it raises."""
    return hub_details(model_id)


def forget_aws() -> None:
    """Forget what AWS offered, so that the next run asks again."""
    ask_overlay.clear()


def forget_hub() -> None:
    """Forget what the hub found and said about models."""
    ask_hub_search.clear()
    ask_hub_details.clear()


@st.cache_data(max_entries=64, show_spinner=False)
def count_parameters(name: str) -> Anatomy:
    """Return the anatomy of a published configuration or of a model on this machine."""
    return anatomy_of_preset(name) if name in PRESETS else anatomy_of_folder(local_folder(record(name)))


@st.cache_resource(max_entries=8, show_spinner=False)
def see_picture(model_id: str, digest: str, _picture: Picture) -> Seen:
    """Return a picture as a model sees it; the digest is the picture's part of the cache's key."""
    return look(cached.segmenter(model_id), _picture)
