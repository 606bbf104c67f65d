"""An answer on the screen: its tokens, its numbers, what the engine did without, what went wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import streamlit as st

from components.core.i18n import _
from components.core.text import escape_markdown
from components.engines.capabilities import Capabilities
from components.engines.contract import Message
from components.engines.table import engine_spec
from components.generation.answer import Answer
from components.generation.state import STEP
from components.generation.views.heat import choose_measure, explain_measure, heat
from components.generation.wording import FINISHES, feature_name, other_content, thinking_count, why_no_text
from components.ui import errors
from components.ui.navigation import page_link

_MOST_LINKED_CHARS: Final = 2_000


def show_answer(answer: Answer, capabilities: Capabilities, *, apart: bool) -> None:
    """Draw an answer, whole or as far as it came.

    Parameters
    ----------
    capabilities
        Of the engine that wrote it.
    apart
        Whether it answers the prompt instead of going on with it.
    """
    if answer.request.mode == "chat":
        _thread(answer.request.messages)
    for change in answer.transcript.adjusted:
        st.info(f"{feature_name(change.feature)}: {change.reason}", icon=":material/tune:")
    show_thinking(answer)
    for other in answer.transcript.others:
        st.info(other_content(other), icon=":material/category:")
    if answer.tokens:
        before = "" if answer.request.mode == "chat" else answer.request.prompt
        heat(before, answer.tokens, capabilities, chosen=st.session_state.get(STEP))
    if answer.saving is not None:
        answer.saving.draw()
    if answer.fault is not None:
        errors.show(answer.fault)
    elif answer.tokens:
        st.caption(_facts(answer))
        with st.container(horizontal=True, vertical_alignment="center"):
            explain_measure(capabilities)
            with st.container(horizontal=True, width="content", vertical_alignment="center"):
                _attention_link(answer, apart=apart)
                choose_measure(capabilities)
    else:
        why = why_no_text(answer.transcript, may_think=capabilities.thinking_tokens)
        st.info(why, icon=":material/short_text:")


def show_thinking(answer: Answer) -> None:
    """Draw what the model thought before it answered, folded; nothing if it did not think, or keeps it to itself."""
    thought = answer.transcript.thought.strip()
    if thought:
        count = thinking_count(answer.transcript)
        label = _("The model's thinking · {count} tokens").format(count=count)
        with st.expander(label, icon=":material/psychology:"):
            st.markdown("  \n".join(escape_markdown(line) for line in thought.split("\n")))


def _attention_link(answer: Answer, *, apart: bool) -> None:
    """Carry prompt and answer to the attention viewer, if it can show this model."""
    prompt, written = answer.request.prompt, answer.text
    is_here = engine_spec(answer.engine).runs_here and answer.request.mode == "complete"
    if not is_here or len(prompt + written) > _MOST_LINKED_CHARS:
        return
    texts = {"text": prompt, "text_b": written} if apart else {"text": prompt + written}
    page_link("attention", label=_("Its attention"), model=answer.model, **texts)


def _facts(answer: Answer) -> str:
    run = answer.transcript
    parts = [_("{count} new tokens").format(count=run.new_tokens - run.thinking_tokens)]
    if run.thinking_tokens:
        parts.append(_("{count} of thinking").format(count=thinking_count(run)))
    if run.usage is not None and run.usage.input_tokens is not None:
        parts.append(_("{count} read").format(count=run.usage.input_tokens))
    if run.seconds_to_first_token is not None:
        parts.append(_("the first after {seconds:.2f} s").format(seconds=run.seconds_to_first_token))
    if run.tokens_per_second is not None:
        parts.append(_("{speed:.0f} tokens/s").format(speed=run.tokens_per_second))
    if answer.perplexity is not None:
        parts.append(_("perplexity {value:.1f}").format(value=answer.perplexity))
    parts.append(_("ended: {why}").format(why=_(FINISHES[run.finish])) if run.finish else _("stopped by you"))
    return " · ".join(parts)


def _thread(messages: Sequence[Message]) -> None:
    """Draw the turns of a conversation."""
    for message in messages:
        with st.chat_message(message.role):
            st.markdown("  \n".join(escape_markdown(line) for line in message.text.split("\n")))
