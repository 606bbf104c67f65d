"""Two patterns compared: before and after a token was changed, and an encoder beside a decoder."""

from __future__ import annotations

from threading import Condition
from typing import Final

import numpy as np
import streamlit as st
from cachetools import LRUCache
from cachetools import cached as remembered

from components.attention.capture import capture_input
from components.attention.compare import Comparison, compare, with_mask, with_word
from components.attention.errors import AttentionError, NotOneToken
from components.attention.state import Reading, ViewState, capture_text, go_to, load_model
from components.attention.token_labels import token_labels
from components.attention.views.pattern import draw_pattern
from components.core.i18n import _
from components.core.text import escape_markdown
from components.core.units import Signed
from components.models.inputs import mask_id
from components.models.recording import Kind
from components.ui import errors
from components.ui.tensor_view.component import matrix_view
from components.ui.text_fit import built_in_reader

MOST_COMPARED_BYTES: Final = 128 * 2**20
"""Of all comparisons that are remembered: a hundred of a sentence each, or one of a long text."""
MOST_CHANGED = 6


def _size_bytes(found: Comparison) -> int:
    return min(found.before.size_bytes + found.after.size_bytes, MOST_COMPARED_BYTES)


@remembered(LRUCache(MOST_COMPARED_BYTES, _size_bytes), condition=Condition())
def compare_with(reading: Reading, kind: Kind, position: int, word: str | None) -> Comparison:
    """Return the attention before and after a token was changed; without a word it is masked."""
    model, before = load_model(reading.model_id), capture_text(reading)
    if word is None:
        changed = with_mask(model, before.input, position)
    else:
        changed = with_word(model, before.input, position, word)
    return compare(before.of(kind), capture_input(model, changed).of(kind))


def draw_change(state: ViewState) -> None:
    """Draw the chosen head before, after, and the difference."""
    position, word = _choose(state)
    if word == "":
        st.caption(_("Type a word to put in its place."))
        return
    try:
        found = compare_with(state.reading, state.attention.kind, position, word)
    except AttentionError as error:
        errors.show(error, is_fault=not isinstance(error, NotOneToken))
        return
    _charts(state, found)
    st.caption(
        _("Heads whose attention changed most, as layer-head (how much of it went elsewhere). Click one to see it:")
    )
    with st.container(horizontal=True, gap="small"):
        for layer, head in found.ranked[:MOST_CHANGED]:
            st.button(
                f"{layer}-{head} · {found.heads[layer, head]:.0%}",
                key=f"attention_changed_{layer}_{head}",
                on_click=go_to,
                args=(state.shape,),
                kwargs={"layer": layer, "head": head},
            )


def _choose(state: ViewState) -> tuple[int, str | None]:
    tokens = state.record.input.tokens
    labels = token_labels(tokens)
    ordinary = [index for index, token in enumerate(tokens) if not token.special] or [0]
    which, how, what = st.columns([2, 2, 2], vertical_alignment="bottom")
    position: int = which.selectbox(
        _("Token"),
        ordinary,
        index=len(ordinary) - 1 if len(ordinary) < 2 else len(ordinary) - 2,
        format_func=lambda index: f"{index} {labels[index]}",
        key=f"attention_change_token_{state.reading!r}",
    )
    ways = ["word"] if mask_id(load_model(state.model.id).tokenizer) is None else ["mask", "word"]
    way = how.segmented_control(
        _("Replace it by"),
        ways,
        required=True,
        default=ways[0],
        format_func=lambda way: "[MASK]" if way == "mask" else _("another word"),
        key=f"attention_change_way_{len(ways)}",
    )
    if way == "mask":
        return position, None
    return position, what.text_input(_("Word"), key="attention_change_word", max_chars=40).strip()


def _charts(state: ViewState, found: Comparison) -> None:
    layer, head = state.layer, state.head
    before, after, difference = st.columns(3, gap="small")
    with before:
        draw_pattern(found.before, layer, head, key="attention_before", title=_("Before"))
    with after:
        draw_pattern(found.after, layer, head, key="attention_after", title=_("After"))
    values = found.difference(layer, head)
    queries, keys = token_labels(found.before.query_tokens), token_labels(found.before.key_tokens)
    query, key = np.unravel_index(int(np.abs(values).argmax()), values.shape)
    largest = float(np.abs(values).max()) or 1.0
    with difference:
        st.markdown(f"**{_('After minus before')}**")
        matrix_view(
            values,
            key="attention_difference",
            title=_("After minus before"),
            rows=queries,
            columns=keys,
            row_title=_("looks (query)"),
            column_title=_("is looked at (key)"),
            lowest=-largest,
            highest=largest,
        )
        st.caption(
            _("Differences of the shares. The largest: {query} → {key} {change:+.2f}.").format(
                query=escape_markdown(queries[query]), key=escape_markdown(keys[key]), change=Signed(values[query, key])
            )
        )


def draw_side_by_side(state: ViewState) -> None:
    """Draw the chosen layer and head of both, and say what differs."""
    is_decoder = state.attention.causal
    model = built_in_reader(state.reading.text, "fill-mask" if is_decoder else "text-generation")
    other = capture_text(Reading(model.id, state.reading.text, None)).main
    pair = [(state.model.title, state.attention), (model.title, other)]
    if is_decoder:
        pair.reverse()
    for column, (title, attention) in zip(st.columns(2, gap="medium"), pair, strict=True):
        layer, head = min(state.layer, attention.layers - 1), min(state.head, attention.heads - 1)
        with column:
            draw_pattern(
                attention,
                layer,
                head,
                key=f"attention_side_{attention.kind}",
                title=_("{model}, layer {layer}, head {head}").format(model=title, layer=layer, head=head),
            )
            seen, cells = int(attention.visible[layer].sum()), attention.visible[layer].size
            st.caption(
                _("All {all} cells can hold a share: none is masked.").format(all=cells)
                if seen == cells
                else _("{seen} of {all} cells can hold a share. Grey cells are masked.").format(seen=seen, all=cells)
            )
    st.markdown(
        _(
            "An encoder reads a text that is complete: every token may look both ways. A decoder has to "
            "predict the next token, so no token may look to its right: those scores are set to minus "
            "infinity before softmax, and their share is exactly 0. Heads with the same number have nothing "
            "else in common."
        )
    )
