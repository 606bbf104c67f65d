"""A picture from words through Bedrock: drawn for a confirmed wish, shown with its seed, saved as a file."""

from __future__ import annotations

import datetime
import json
from typing import Final

import streamlit as st

from components.aws.answers import Overlay
from components.aws.client import PICTURE_TIMEOUT_S
from components.aws.problems import PROBLEMS, CallFailed
from components.catalog import wording
from components.catalog.lifecycle import offer_status
from components.catalog.pictures import MOST_PROMPT_CHARS, MOST_SEED, Picture, PictureRefused, draw, models_that_draw
from components.catalog.recipes import image_body
from components.catalog.records import Model
from components.catalog.trials import DRAWING
from components.core.i18n import _
from components.core.policy import may
from components.core.roles import FOR_MEMBERS
from components.ui.errors import show

_BODIES: Final = (("Stability AI", "stability.sd3-5-large-v1:0"), ("Amazon", "amazon.nova-canvas-v1:0"))
_EXAMPLE: Final = "A lighthouse in the fog, watercolour"
_SHOWN_PX: Final = 512


def draw_drawing(chosen: Model, found: Overlay | None, day: datetime.date) -> None:
    """Draw the form and the last picture, or what is missing; beside it, what is sent to each vendor."""
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.markdown(_("A model on Amazon Bedrock makes a picture of your words."))
        drawing = models_that_draw(found) if found else ()
        if not may("member"):
            st.info(_(FOR_MEMBERS), icon=":material/lock:")
        elif drawing:
            _form(drawing, drawing[_wanted(chosen, drawing, day)])
        else:
            st.info(_missing(found), icon=":material/brush:")
    with right:
        _bodies()


def _missing(found: Overlay | None) -> str:
    if found is None:
        return _(wording.REASONS["not asked"])
    if not found.models:
        return _(wording.REASONS["no credentials"])
    return _("No model that makes pictures can be called on demand in this region.")


def _wanted(chosen: Model, drawing: tuple[str, ...], day: datetime.date) -> int:
    """Return which of the models that draw is the one whose record is open, else the first."""
    offered = {offer.id for offer in chosen.offers if offer.venue == "bedrock" and offer_status(offer, day) != "ended"}
    return next((number for number, model_id in enumerate(drawing) if model_id in offered), 0)


def _form(drawing: tuple[str, ...], wanted: str) -> None:
    if st.session_state.get(DRAWING) not in drawing:
        st.session_state[DRAWING] = wanted
    with st.form("catalog_picture", border=False):
        model_id = st.selectbox(_("Model"), drawing, key=DRAWING)
        prompt = st.text_area(
            _("Prompt"), max_chars=MOST_PROMPT_CHARS, key="catalog_picture_prompt", placeholder=_EXAMPLE
        )
        seed = st.number_input(
            _("Seed"),
            0,
            MOST_SEED,
            value=0,
            step=1,
            key="catalog_picture_seed",
            help=_("Which noise the model starts from: the same model, prompt and seed give the same picture."),
        )
        paid = st.checkbox(
            _("I know that this picture is charged to the AWS account of this dashboard."),
            # The next picture is a new expense: its box is a new one, unticked.
            key=f"catalog_picture_paid_{st.session_state.get('catalog_pictures', 0)}",
        )
        asked = st.form_submit_button(_("Draw one picture"), icon=":material/brush:")
    if asked and not (paid and prompt.strip()):
        st.info(_("Write a prompt and tick the box first. Nothing was sent."))
    elif asked:
        _draw(model_id, prompt, int(seed))
    picture: Picture | None = st.session_state.get("catalog_picture_drawn")
    if picture:
        caption = _("{model}, seed {seed}").format(model=picture.model_id, seed=picture.seed)
        st.image(picture.png, caption=caption, width=_SHOWN_PX, alt=picture.prompt)
        name = f"picture-{picture.seed}.png"
        st.download_button(_("Save the picture"), picture.png, name, "image/png", on_click="ignore")


def _draw(model_id: str, prompt: str, seed: int) -> None:
    try:
        with st.spinner(_("Drawing …")):
            st.session_state["catalog_picture_drawn"] = draw(model_id, prompt, seed=seed)
    except CallFailed as error:
        st.warning(_(PROBLEMS[error.problem]).format(limit=int(PICTURE_TIMEOUT_S)))
    except PictureRefused as error:
        show(error)
    else:
        st.session_state["catalog_pictures"] = st.session_state.get("catalog_pictures", 0) + 1
        st.rerun()


def _bodies() -> None:
    st.markdown(
        _(
            "InvokeModel passes a request on in the vendor's own form, so each vendor has its own form for "
            "the same request: a prompt and a seed."
        )
    )
    for tab, (_vendor, model_id) in zip(st.tabs([vendor for vendor, _id in _BODIES]), _BODIES, strict=True):
        with tab:
            st.code(json.dumps(image_body(model_id, _EXAMPLE, 7), indent=2), language="json", wrap_lines=True)
