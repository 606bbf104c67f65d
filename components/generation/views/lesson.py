"""What the lesson asks, answered by the live model: the prediction and the exercise."""

from __future__ import annotations

from typing import Final

import streamlit as st

from components.core.errors import VisitorError
from components.core.i18n import _
from components.core.text import escape_markdown
from components.engines.distribution import next_scores
from components.engines.transformers_engine import load_writer
from components.generation import link
from components.generation.questions import SEEDS, TOP_P, nucleus, with_seeds
from components.generation.request_builder import uses
from components.generation.state import current_request, open_again
from components.models import cached
from components.ui import errors, teaching
from components.ui.session import checkpoint, session
from components.ui.teaching import Answer, Verdict

_PROMPT: Final = "Star Trek"


def predict() -> Answer:
    """Answer the lesson's question about top-p from the embedded model's scores."""
    model_id = link.MODEL.default
    ids = cached.tokenizer(model_id).encode(_PROMPT).ids
    found = nucleus(next_scores(load_writer(model_id).model, ids))
    return Answer(
        option=found.option,
        evidence=_("Counted just now: top-p {p} keeps {kept} of {all} tokens after “{prompt}”.").format(
            p=TOP_P, kept=f"{found.kept:,}", all=f"{found.vocabulary:,}", prompt=_PROMPT
        ),
    )


def exercise() -> None:
    """Let the student try the settings of the page with a few seeds."""
    opened = open_again()
    asked = st.button(
        _("Try my settings with {count} seeds").format(count=len(SEEDS)),
        key="generation_check",
        disabled=opened is None,
    )
    if not asked or opened is None:
        return
    request = current_request(opened)
    if not uses("seed", request.strategy):
        teaching.show_verdict(
            Verdict(False, _("This strategy draws nothing, so no seed can change it. Find settings for “Sample”."))
        )
        return
    try:
        with st.spinner(_("Writing with {count} seeds").format(count=len(SEEDS))):
            tried = with_seeds(opened.metered, request, checkpoint=checkpoint, session=session())
    except VisitorError as error:
        errors.show(error)
        return
    evidence = _("{seeds} seeds gave {count} different texts. One begins: “{text}”").format(
        seeds=len(SEEDS), count=tried.different, text=escape_markdown(tried.texts[0])
    )
    teaching.show_verdict(Verdict(tried.different == 1, evidence))
