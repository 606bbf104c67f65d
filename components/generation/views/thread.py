"""A conversation, up to the answer that is written now."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from components.core.text import escape_markdown
from components.engines.contract import Message


def thread(messages: Sequence[Message]) -> None:
    """Draw the turns of a conversation."""
    for message in messages:
        with st.chat_message(message.role):
            st.markdown("  \n".join(escape_markdown(line) for line in message.text.split("\n")))
