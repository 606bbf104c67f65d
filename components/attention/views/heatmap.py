"""One head as a table of weights, or all heads at a glance; a click pins a cell, a token, or opens a head."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Literal

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.delta_generator import DeltaGenerator

from components.attention import figures, thumbnails
from components.attention.views.about import about_this_head
from components.attention.views.change import change
from components.attention.views.pattern import clicked, clicked_cell, draw_pattern, with_sink
from components.attention.views.selection import choose_selection
from components.attention.views.shown import Shown, go_to
from components.attention.views.side import side_by_side
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


def chart_on_screen() -> str:
    """Return the key of the chart that is shown, for the Export menu."""
    extent: Extent = st.session_state.get(_EXTENT, "head")
    return CHARTS[extent]


def heatmap(shown: Shown, controls: DeltaGenerator) -> None:
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
    draw: dict[Extent, Callable[[Shown], None]] = {
        "head": _one_head,
        "layer": _heads_of_layer,
        "model": _all_heads,
        "side": side_by_side,
        "change": change,
    }
    draw[extent](shown)


def _one_head(shown: Shown) -> None:
    is_long = max(shown.attention.weights.shape[2:]) > LONG_TOKENS
    right, left = (st.container(), st.container()) if is_long else reversed(st.columns([5, 3], gap="medium"))
    with right:
        with st.popover(_("Filter"), icon=":material/filter_alt:"):
            part, whole = choose_selection(shown)
            brighten = st.toggle(
                _("Brighter: full colour from the largest 1% of the weights"),
                is_long,
                key=f"attention_brighten_{is_long}",
                help=_("Off, the colours mean the same for all heads: from 0 to 1."),
            )
        if not whole:
            st.caption(_("Part of the weights is hidden: these rows no longer sum to 1."))
        weights, keys = with_sink(part.attention, part.layer, part.head)
        _tokens(part, weights)
        pin = _pinned(weights.shape)
        _details(part, weights, keys, pin)
        about_this_head(shown)
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


def _heads_of_layer(shown: Shown) -> None:
    numbers = [(shown.layer, head) for head in range(shown.attention.heads)]
    title = _("The {count} heads of layer {layer}: click one to open it").format(count=len(numbers), layer=shown.layer)
    _many_heads(shown, shown.attention.of_layer(shown.layer), numbers, title=title)


def _all_heads(shown: Shown) -> None:
    attention = shown.attention
    numbers = [(int(layer), int(head)) for layer, head in np.ndindex(attention.layers, attention.heads)]
    weights = attention.weights.reshape(-1, *attention.weights.shape[2:])
    _many_heads(shown, weights, numbers, title=_("All {count} heads: click one to open it").format(count=len(numbers)))


def _many_heads(shown: Shown, weights: NDArray[Any], numbers: list[tuple[int, int]], *, title: str) -> None:
    several_layers = len(numbers) > shown.attention.heads
    columns = shown.attention.heads if several_layers else -(-shown.attention.heads // 2)
    made = thumbnails.tiles(weights, columns=columns, named=not several_layers)
    figure = figures.thumbnails(
        made,
        title=title,
        names=[_("Layer {layer}, head {head}").format(layer=layer, head=head) for layer, head in numbers],
        numbers=numbers,
        row_title=_("Layer") if several_layers else None,
        column_title=_("Head") if several_layers else None,
        chosen=(shown.layer, shown.head),
    )
    alt = _("Thumbnails of {count} heads, each {side} by {side} cells. Every pattern is in the data export.").format(
        count=len(numbers), side=made.tile
    )
    charts.draw(Chart(figure, alt), key=MANY, on_select=lambda: _open_head(shown), selection_mode="points")
    if made.per_cell > 1:
        note = _("Each cell of a thumbnail stands for {count} by {count} tokens and shows their largest weight.")
        st.caption(note.format(count=made.per_cell))


def _open_head(shown: Shown) -> None:
    """Open the head whose thumbnail was clicked."""
    point = clicked(MANY)
    if point is not None and point[0] in range(shown.attention.layers) and point[1] in range(shown.attention.heads):
        go_to(shown.shape, layer=point[0], head=point[1])
        st.session_state[_EXTENT] = "head"


def _pin_cell(keys: int) -> None:
    st.session_state["attention_pin"] = clicked_cell(CHART, keys)


def _pinned(shape: tuple[int, ...]) -> tuple[int, int] | None:
    """Return the pinned cell, if this text has it."""
    pin: tuple[int, int] | None = st.session_state.get("attention_pin")
    return pin if pin is not None and 0 <= pin[0] < shape[0] and 0 <= pin[1] < shape[1] else None


def _tokens(shown: Shown, weights: NDArray[Any]) -> None:
    """Draw the tokens as chips; a click pins the strongest cell of a token's row."""
    tokens = shown.attention.query_tokens
    if len(tokens) > MOST_CHIPS:
        return
    chips = [
        Chip(label, (token.id,), None, None, special=token.special, marked=token.generated)
        for label, token in zip(shown.query_labels, tokens, strict=True)
    ]
    chosen = token_chips(chips, text=None, label=_("Tokens: click one to see its row"), key="attention_chips")
    if chosen is not None and chosen != st.session_state.get("attention_chip_seen"):
        st.session_state["attention_pin"] = (chosen, int(weights[chosen].argmax()))
    st.session_state["attention_chip_seen"] = chosen


def _details(shown: Shown, weights: NDArray[Any], keys: list[str], pin: tuple[int, int] | None) -> None:
    if pin is None:
        st.caption(_("Click a cell or a token to pin it. A row is one token's attention; it sums to 1."))
        return
    query, key = pin
    st.markdown(
        _("**{query} → {key}: {weight:.4f}** (the row sums to {row:.4f})").format(
            query=escape_markdown(shown.query_labels[query]),
            key=escape_markdown(keys[key]),
            weight=weights[query, key],
            row=weights[query].sum(),
        )
    )
    looks, is_looked_at = st.columns(2, gap="small")
    with looks:
        _ranking(_("{token} looks at").format(token=shown.query_labels[query]), weights[query], keys)
    with is_looked_at:
        _ranking(_("looks at {token}").format(token=keys[key]), weights[:, key], shown.query_labels)


def _ranking(title: str, weights: NDArray[Any], labels: list[str]) -> None:
    best = np.argsort(-weights, kind="stable")[:TOP]
    st.dataframe(
        {title: [f"{position} {labels[position]}" for position in best], _("weight"): weights[best].astype(float)},
        column_config={_("weight"): st.column_config.NumberColumn(format="%.3f", width=64)},
        hide_index=True,
        height="content",
        row_height=28,
    )
