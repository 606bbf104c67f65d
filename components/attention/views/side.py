"""An encoder and a decoder on the same sentence: what the causal mask does."""

from __future__ import annotations

import streamlit as st

from components.attention.views.pattern import draw_pattern
from components.attention.views.shown import Reading, Shown, captured
from components.core.i18n import _
from components.models.registry import DEFAULT_DECODER, DEFAULT_ENCODER, record


def side_by_side(shown: Shown) -> None:
    """Draw the chosen layer and head of both, and say what differs."""
    is_decoder = shown.attention.causal
    other = captured(Reading(DEFAULT_ENCODER if is_decoder else DEFAULT_DECODER, shown.reading.text, None)).main
    pair = [(shown.model.title, shown.attention), (record(_other_id(is_decoder=is_decoder)).title, other)]
    if is_decoder:
        pair.reverse()
    for column, (title, attention) in zip(st.columns(2, gap="medium"), pair, strict=True):
        layer, head = min(shown.layer, attention.layers - 1), min(shown.head, attention.heads - 1)
        with column:
            draw_pattern(
                attention,
                layer,
                head,
                key=f"attention_side_{attention.kind}",
                title=_("{model}, layer {layer}, head {head}").format(model=title, layer=layer, head=head),
                small=True,
            )
            seen = attention.visible[layer].sum()
            st.caption(
                _("{seen} of {all} cells may hold weight. Grey: the mask forbids the look.").format(
                    seen=int(seen), all=attention.visible[layer].size
                )
            )
    st.markdown(
        _(
            "An encoder reads a text that is all there: every token may look both ways. A decoder has to guess the "
            "next token, so no token may look to its right: those scores are set to minus infinity before softmax, "
            "and their weight is exactly 0. Heads with the same number have nothing else in common."
        )
    )


def _other_id(*, is_decoder: bool) -> str:
    return DEFAULT_ENCODER if is_decoder else DEFAULT_DECODER
