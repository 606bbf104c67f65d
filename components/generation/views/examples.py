"""A menu of texts to start from; what the model cannot do is greyed out with the reason."""

from __future__ import annotations

import streamlit as st

from components.core.i18n import _
from components.generation import link
from components.generation.engine_cache import OpenEngine
from components.generation.examples import EXAMPLES, why_not
from components.models.errors import UnknownModel
from components.models.records import ModelRecord
from components.models.registry import record
from components.ui import links


def examples(opened: OpenEngine) -> None:
    """Draw the menu."""
    model = _record(opened)
    can_chat = opened.capabilities.supports("chat")
    is_text_to_text = model is not None and model.task == "text2text-generation"
    with st.popover(_("Examples"), icon=":material/lightbulb:"):
        for number, example in enumerate(EXAMPLES):
            reason = why_not(
                example,
                follows_instructions=can_chat or is_text_to_text,
                is_for_lessons=model is not None and model.held_out is not None,
                languages=() if model is None else model.languages,
            )
            mode = example.mode if can_chat else "complete"
            st.button(
                _(example.title),
                key=f"generation_example_{number}",
                help=None if reason is None else str(reason),
                disabled=reason is not None,
                width="stretch",
                on_click=links.set_up,
                args=(link.PAGE, (link.PROMPT, link.MODE), {"prompt": example.prompt, "mode": mode}),
            )


def _record(opened: OpenEngine) -> ModelRecord | None:
    """Return what the registry knows about the model; nothing about a service's own."""
    if opened.is_remote:
        return None
    try:
        return record(opened.model)
    except UnknownModel:
        return None
