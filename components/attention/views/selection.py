"""Which part of the patterns is shown: no special tokens, whole words, one text of a pair, the largest weights."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
import streamlit as st

from components.attention.record import Attention
from components.attention.selection import Direction, between, most_of_the_mass, without_special_tokens
from components.attention.views.shown import Shown
from components.attention.words import by_word
from components.core.i18n import _

DIRECTIONS: Final[dict[Direction, str]] = {"aa": "A → A", "ab": "A → B", "ba": "B → A", "bb": "B → B"}
EVERYTHING: Final = 100


def choose_selection(shown: Shown) -> tuple[Shown, bool]:
    """Draw the options, and return what is shown with them and whether its rows still sum to 1."""
    attention, whole = shown.attention, True
    if shown.second_from is not None:
        direction: Direction | None = st.segmented_control(
            _("From text to text"), list(DIRECTIONS), format_func=DIRECTIONS.__getitem__, key="attention_direction"
        )
        if direction is not None:
            attention, whole = between(attention, direction), False
    if st.toggle(_("Hide special tokens"), key="attention_hide_special"):
        attention, whole = without_special_tokens(attention), False
    if st.toggle(
        _("By word"),
        key="attention_by_word",
        help=_("A word looks as its tokens look on average, and is looked at as much as its tokens together."),
    ):
        attention = by_word(attention)
    share = st.slider(
        _("Keep the largest weights, up to this share of a row (%)"),
        10,
        EVERYTHING,
        EVERYTHING,
        5,
        key="attention_mass",
    )
    if 0 in attention.weights.shape:
        st.info(_("Nothing is left of this text; all of it is shown."), icon=":material/filter_alt_off:")
        return shown, True
    if share < EVERYTHING:
        attention, whole = _largest(attention, share / EVERYTHING), False
    return replace(shown, attention=attention), whole


def _largest(attention: Attention, share: float) -> Attention:
    """Blank the cells outside the largest weights of each row, layer by layer to stay small in memory."""
    weights = np.zeros_like(attention.weights)
    for layer in range(attention.layers):
        kept = most_of_the_mass(attention.of_layer(layer), share)
        weights[layer][kept] = attention.weights[layer][kept]
    return replace(attention, weights=weights)
