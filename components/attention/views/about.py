"""What is known about the chosen head: what it does in general, and which heads have a pattern like it."""

from __future__ import annotations

from typing import Final

import streamlit as st

from components.attention.record import Attention
from components.attention.similar import SimilarHead, similar_heads
from components.attention.views.metrics import label_if_known
from components.attention.views.shown import Reading, Shown, captured, go_to
from components.attention.wording import LOOK_FOR, label_in_words
from components.core.i18n import _
from components.core.text import escape_markdown
from components.models.recording import Kind

MOST_SIMILAR: Final = 512


@st.cache_resource(max_entries=MOST_SIMILAR, show_spinner=False)
def _similar(reading: Reading, kind: Kind, layer: int, head: int) -> tuple[SimilarHead, ...]:
    attention: Attention = captured(reading).of(kind)
    return similar_heads(attention, layer, head)


def about_this_head(shown: Shown) -> None:
    """Say what the head does in general, if that was measured, and which heads have a pattern like it."""
    known, label = label_if_known(shown)
    if known and label is not None:
        st.markdown(f"**{escape_markdown(label_in_words(label))}**. {_(LOOK_FOR[label.role])}")
    elif known:
        st.caption(_("On random texts this head has no clear role."))
    st.caption(_("Heads with a similar pattern on this text, as layer-head (0 the same, 1 nothing in common):"))
    with st.container(horizontal=True, gap="small"):
        for other in _similar(shown.reading, shown.attention.kind, shown.layer, shown.head):
            st.button(
                f"{other.layer}-{other.head} · {other.distance:.2f}",
                key=f"attention_similar_{other.layer}_{other.head}",
                on_click=go_to,
                args=(shown.shape,),
                kwargs={"layer": other.layer, "head": other.head},
            )
