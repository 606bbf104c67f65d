"""One head as a table of weights, or all heads at a glance; a click pins a cell, a token, or opens a head."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final, Literal

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.delta_generator import DeltaGenerator

from components.attention import figures, pictures
from components.attention.record import Attention
from components.attention.selection import Direction, between, group_by_word, largest_cells, without_special_tokens
from components.attention.state import ViewState, go_to
from components.attention.views.change import draw_change, draw_side_by_side
from components.attention.views.metrics import describe_head
from components.attention.views.pattern import draw_pattern, read_click, read_clicked_cell, weights_with_sink
from components.core.i18n import N_, _
from components.core.text import escape_markdown
from components.ui import charts
from components.ui.charts import Chart
from components.ui.token_chips import Chip, token_chips

CHART: Final = "attention_heatmap"
MANY: Final = "attention_heatmap_many"
_EXTENT: Final = "attention_extent"
Extent = Literal["head", "layer", "model", "side", "change"]
EXTENTS: Final[dict[Extent, str]] = {
    "head": N_("One head"),
    "layer": N_("Layer"),
    "model": N_("All heads"),
    "side": N_("Side by side"),
    "change": N_("Change a token"),
}
MOST_CHIPS: Final = 160
LONG_TOKENS: Final = (
    64  # above that a chart takes the whole width, and its weights are too small to be seen from 0 to 1
)
TOP: Final = 5
CHARTS: Final[dict[Extent, str]] = {
    "head": CHART,
    "layer": MANY,
    "model": MANY,
    "side": "attention_side_encoder",
    "change": "attention_difference",
}
DIRECTIONS: Final[dict[Direction, str]] = {"aa": "A → A", "ab": "A → B", "ba": "B → A", "bb": "B → B"}
EVERYTHING: Final = 100


def chart_on_screen() -> str:
    """Return the key of the chart that is shown, for the Export menu."""
    extent: Extent = st.session_state.get(_EXTENT, "head")
    return CHARTS[extent]


def draw_heatmap(state: ViewState, controls: DeltaGenerator) -> None:
    """Draw the view."""
    extent: Extent = controls.segmented_control(
        _("Show"),
        list(EXTENTS),
        required=True,
        default="head",
        format_func=lambda extent: _(EXTENTS[extent]),
        key=_EXTENT,
        label_visibility="collapsed",
    )
    draw: dict[Extent, Callable[[ViewState], None]] = {
        "head": _one_head,
        "layer": _heads_of_layer,
        "model": _all_heads,
        "side": draw_side_by_side,
        "change": draw_change,
    }
    draw[extent](state)


def _one_head(state: ViewState) -> None:
    is_long = max(state.attention.weights.shape[2:]) > LONG_TOKENS
    right, left = (st.container(), st.container()) if is_long else reversed(st.columns([5, 3], gap="medium"))
    with right:
        with st.popover(_("Filter"), icon=":material/filter_alt:"):
            part, whole = choose_part(state)
            brighten = st.toggle(
                _("Brighter: full colour from the largest 1% of the weights"),
                is_long,
                key=f"attention_brighten_{is_long}",
                help=_("Off, the colours mean the same for all heads: from 0 to 1."),
            )
        if not whole:
            st.caption(_("Part of the weights is hidden: these rows no longer sum to 1."))
        weights, keys = weights_with_sink(part.attention, part.layer, part.head)
        _tokens(part, weights)
        pin = _pinned(weights.shape)
        _details(part, weights, keys, pin)
        describe_head(state)
    with left:
        draw_pattern(
            part.attention,
            part.layer,
            part.head,
            key=CHART,
            pinned=pin,
            largest=_bright(weights) if brighten else 1.0,
            on_select=lambda: _pin_cell(weights.shape[1]),
            selection_mode="points",
        )


def _bright(weights: NDArray[Any]) -> float:
    """Return the weight that gets the full colour: a sink alone would leave all others pale."""
    return float(np.quantile(weights, 0.99)) or float(weights.max()) or 1.0


def _heads_of_layer(state: ViewState) -> None:
    numbers = [(state.layer, head) for head in range(state.attention.heads)]
    title = _("The {count} heads of layer {layer}: click one to open it").format(count=len(numbers), layer=state.layer)
    _many_heads(state, state.attention.of_layer(state.layer), numbers, title=title)


def _all_heads(state: ViewState) -> None:
    attention = state.attention
    numbers = [(int(layer), int(head)) for layer, head in np.ndindex(attention.layers, attention.heads)]
    weights = attention.weights.reshape(-1, *attention.weights.shape[2:])
    _many_heads(state, weights, numbers, title=_("All {count} heads: click one to open it").format(count=len(numbers)))


def _many_heads(state: ViewState, weights: NDArray[Any], numbers: list[tuple[int, int]], *, title: str) -> None:
    several_layers = len(numbers) > state.attention.heads
    columns = state.attention.heads if several_layers else -(-state.attention.heads // 2)
    made = pictures.tiles(weights, columns=columns, named=not several_layers)
    figure = figures.thumbnails(
        made,
        title=title,
        names=[_("Layer {layer}, head {head}").format(layer=layer, head=head) for layer, head in numbers],
        numbers=numbers,
        row_title=_("Layer") if several_layers else None,
        column_title=_("Head") if several_layers else None,
        chosen=(state.layer, state.head),
    )
    alt = _("Thumbnails of {count} heads, each {side} by {side} cells. Every pattern is in the data export.").format(
        count=len(numbers), side=made.tile
    )
    charts.draw(Chart(figure, alt), key=MANY, on_select=lambda: _open_head(state), selection_mode="points")
    if made.per_cell > 1:
        note = _("Each cell of a thumbnail stands for {count} by {count} tokens and shows their largest weight.")
        st.caption(note.format(count=made.per_cell))


def _open_head(state: ViewState) -> None:
    """Open the head whose thumbnail was clicked."""
    point = read_click(MANY)
    if point is not None and point[0] in range(state.attention.layers) and point[1] in range(state.attention.heads):
        go_to(state.shape, layer=point[0], head=point[1])
        st.session_state[_EXTENT] = "head"


def _pin_cell(keys: int) -> None:
    st.session_state["attention_pin"] = read_clicked_cell(CHART, keys)


def _pinned(shape: tuple[int, ...]) -> tuple[int, int] | None:
    """Return the pinned cell, if this text has it."""
    pin: tuple[int, int] | None = st.session_state.get("attention_pin")
    return pin if pin is not None and 0 <= pin[0] < shape[0] and 0 <= pin[1] < shape[1] else None


def _tokens(state: ViewState, weights: NDArray[Any]) -> None:
    """Draw the tokens as chips; a click pins the strongest cell of a token's row."""
    tokens = state.attention.query_tokens
    if len(tokens) > MOST_CHIPS:
        return
    chips = [
        Chip(label, (token.id,), None, None, special=token.special, marked=token.generated)
        for label, token in zip(state.query_labels, tokens, strict=True)
    ]
    chosen = token_chips(chips, text=None, label=_("Tokens: click one to see its row"), key="attention_chips")
    if chosen is not None and chosen != st.session_state.get("attention_chip_seen"):
        st.session_state["attention_pin"] = (chosen, int(weights[chosen].argmax()))
    st.session_state["attention_chip_seen"] = chosen


def _details(state: ViewState, weights: NDArray[Any], keys: list[str], pin: tuple[int, int] | None) -> None:
    if pin is None:
        st.caption(_("Click a cell or a token to pin it. A row is one token's attention; it sums to 1."))
        return
    query, key = pin
    st.markdown(
        _("**{query} → {key}: {weight:.4f}** (the row sums to {row:.4f})").format(
            query=escape_markdown(state.query_labels[query]),
            key=escape_markdown(keys[key]),
            weight=weights[query, key],
            row=weights[query].sum(),
        )
    )
    looks, is_looked_at = st.columns(2, gap="small")
    with looks:
        _ranking(_("{token} looks at").format(token=state.query_labels[query]), weights[query], keys)
    with is_looked_at:
        _ranking(_("looks at {token}").format(token=keys[key]), weights[:, key], state.query_labels)


def _ranking(title: str, weights: NDArray[Any], labels: list[str]) -> None:
    best = np.argsort(-weights, kind="stable")[:TOP]
    st.dataframe(
        {title: [f"{position} {labels[position]}" for position in best], _("weight"): weights[best].astype(float)},
        column_config={_("weight"): st.column_config.NumberColumn(format="%.3f", width=64)},
        hide_index=True,
        height="content",
        row_height=28,
    )


def choose_part(state: ViewState) -> tuple[ViewState, bool]:
    """Draw the options, and return what is shown with them and whether its rows still sum to 1."""
    attention, whole = state.attention, True
    if state.second_from is not None:
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
        attention = group_by_word(attention)
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
        return state, True
    if share < EVERYTHING:
        attention, whole = _largest(attention, share / EVERYTHING), False
    return replace(state, attention=attention), whole


def _largest(attention: Attention, share: float) -> Attention:
    """Blank the cells outside the largest weights of each row, layer by layer to stay small in memory."""
    weights = np.zeros_like(attention.weights)
    for layer in range(attention.layers):
        kept = largest_cells(attention.of_layer(layer), share)
        weights[layer][kept] = attention.weights[layer][kept]
    return replace(attention, weights=weights)
