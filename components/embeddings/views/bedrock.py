"""Titan and Cohere on the same page: choosing one sends nothing; each sending is confirmed, and costs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import streamlit as st

from components.aws.bedrock import EMBEDDERS, Embedder, Purpose, embed, embedder
from components.aws.client import PICTURE_TIMEOUT_S
from components.aws.problems import CallFailed
from components.core.i18n import _
from components.core.policy import may
from components.core.roles import FOR_MEMBERS
from components.core.settings import settings
from components.embeddings import wording
from components.embeddings.state import keep_bought

CHOICE: Final = "embeddings_bedrock"
"""Key of the menu: the chosen model's id, None for the models on this machine."""

_SENT: Final = "embeddings_bedrock_sent"
_TOKENS: Final = "embeddings_bedrock_tokens"


def choose_bedrock() -> Embedder | None:
    """Draw the menu of Bedrock's models. Return the chosen one, None for the models on this machine."""
    with st.popover(_("Titan, Cohere"), icon=":material/cloud:"):
        st.markdown(
            _(
                "Amazon Bedrock, the AWS service that runs models of several companies, sells text embeddings: "
                "the same task, with a much larger model."
            )
        )
        if not settings().aws:
            st.caption(
                _(
                    "This dashboard does not call AWS. The operator can allow it with `DASHBOARD_AWS=true` and AWS "
                    "credentials."
                )
            )
            return None
        if not may("member"):
            st.info(_(FOR_MEMBERS), icon=":material/lock:")
            return None
        chosen: str | None = st.selectbox(
            _("Model on Bedrock"),
            [each.id for each in EMBEDDERS],
            index=None,
            format_func=lambda model_id: embedder(model_id).title,
            placeholder=_("None: the model on this machine"),
            key=CHOICE,
        )
        st.caption(_("Choosing sends nothing. You are asked before each sending."))
        counted = st.session_state.get(_TOKENS, 0)
        if counted:
            st.caption(_("AWS has counted {tokens} tokens so far.").format(tokens=f"{counted:,}"))
    return None if chosen is None else embedder(chosen)


def offer_to_send(model: Embedder, wanted: Sequence[tuple[Purpose, Sequence[str]]]) -> None:
    """Say what would be sent, and send it once that is confirmed."""
    texts = [text for _purpose, each in wanted for text in each]
    calls = sum(-(-len(each) // model.texts_a_call) for _purpose, each in wanted)
    with st.form("embeddings_bedrock_form"):
        say = _("**{model}** has not yet been sent {texts} of these texts: {characters} characters, calls: {calls}.")
        counted = {"texts": len(texts), "characters": f"{sum(map(len, texts)):,}", "calls": calls}
        st.markdown(say.format(model=model.title, **counted))
        st.caption(
            _(
                "AWS charges by the token. The price is not known here: see the Bedrock price list of your "
                "region. The vectors are kept until you close this page."
            )
        )
        # The next sending is a new expense: its box is a new one, unticked.
        paid = st.checkbox(
            _("I know that this is charged to the AWS account of this dashboard."),
            key=f"embeddings_bedrock_paid_{st.session_state.get(_SENT, 0)}",
        )
        pressed = st.form_submit_button(_("Send to Bedrock"), icon=":material/cloud_upload:")
    st.button(
        _("Back to the model on this machine"),
        icon=":material/undo:",
        type="tertiary",
        on_click=st.session_state.__setitem__,
        args=(CHOICE, None),
        key="embeddings_bedrock_back",
    )
    if pressed and not paid:
        st.info(_("Tick the box first. Nothing was sent."))
    elif pressed:
        _send(model, wanted, len(texts))


def _send(model: Embedder, wanted: Sequence[tuple[Purpose, Sequence[str]]], texts: int) -> None:
    st.session_state[_SENT] = st.session_state.get(_SENT, 0) + 1
    done = 0
    bar = st.progress(0.0, text=_("Sending …"))
    st.button(_("Stop"), key="embeddings_bedrock_stop")

    def checkpoint() -> None:
        bar.progress(min(done / texts, 1.0), text=_("{done} of {all} texts").format(done=done, all=texts))

    def keep_for(purpose: Purpose, text: str, vector: tuple[float, ...]) -> None:
        nonlocal done
        done += 1
        keep_bought(model, text, purpose, vector)

    try:
        for purpose, each in wanted:
            st.session_state[_TOKENS] = st.session_state.get(_TOKENS, 0) + embed(
                model,
                each,
                purpose,
                keep=lambda text, vector, purpose=purpose: keep_for(purpose, text, vector),  # type: ignore[misc]  # mypy infers no type for a default that binds the loop's value
                checkpoint=checkpoint,
            )
    except CallFailed as error:
        bar.empty()
        st.warning(_(wording.PROBLEMS[error.problem]).format(limit=int(PICTURE_TIMEOUT_S)), icon=":material/cloud_off:")
        return
    st.rerun()
