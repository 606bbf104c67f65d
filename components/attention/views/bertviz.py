"""BertViz's head, model and neuron view of the text on the page."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from components.attention import bertviz_html
from components.attention.bertviz_html import BertvizPage, Labels
from components.attention.state import ViewState
from components.attention.views.head_actions import draw_similar_heads
from components.attention.views.metrics import describe_head
from components.core.i18n import _

MOST_HEIGHT_PX = 640
MOST_PAGES = 32


def head_view(state: ViewState, controls: DeltaGenerator) -> None:
    """Draw the heads of one layer, the chosen one switched on."""
    rows, columns = _windows(state, controls)
    everything = controls.toggle(
        _("All heads of the layer at once"),
        key="attention_all_heads",
    )
    left, right = st.columns([5, 6], gap="medium")
    with left:
        _draw(
            bertviz_html.head_view(
                state.attention.of_layer(state.layer)[:, rows, columns],
                _labels(state, rows, columns),
                layer=state.layer,
                heads=None if everything else [state.head],
                dark=_dark(),
            ),
            alt=_("BertViz head view of layer {layer}: lines from each token to the tokens it looks at.").format(
                layer=state.layer
            ),
        )
    with right:
        st.markdown(
            _(
                "Each token on the left looks at tokens on the right: the stronger a line, the larger the share. "
                "Hover over a token to see its lines alone.\n\n"
                "A coloured square is a head. Click it to switch the head on or off, double-click to see it "
                "alone."
            )
        )
        describe_head(state)
        draw_similar_heads(state)


def model_view(state: ViewState, controls: DeltaGenerator) -> None:
    """Draw all heads, as many layers as a browser can draw at once."""
    rows, columns = _windows(state, controls)
    layers = _layers(state, rows, columns)
    st.caption(_("One picture a head, one row a layer. Click one to enlarge it, once more to close it."))
    _draw(
        bertviz_html.model_view(
            state.attention.weights[list(layers)][:, :, rows, columns],
            _labels(state, rows, columns),
            layers=layers,
            dark=_dark(),
        ),
        alt=_("BertViz model view: one thumbnail for each of {heads} heads in layers {first} to {last}.").format(
            heads=state.attention.heads, first=layers[0], last=layers[-1]
        ),
    )


def neuron_view(state: ViewState, controls: DeltaGenerator) -> None:
    """Draw how queries and keys make the weights of the chosen head."""
    attention = state.attention
    if attention.queries is None or attention.keys is None or attention.scaling is None:
        st.info(
            _(
                "{model} computes attention in a way that shows the shares but not the queries and keys, so it "
                "has no neuron view. The head view and the model view work."
            ).format(model=state.model.title),
            icon=":material/visibility_off:",
        )
        return
    rows, columns = _windows(state, controls)
    st.caption(_("Hover over a token on the left, then click the + to see its query, every key, and their products."))
    if attention.has_position_bias:
        st.caption(_("This model adds a number for the distance of two tokens to q · k, which is not drawn here."))
    _draw(
        bertviz_html.neuron_view(
            attention.of_layer(state.layer)[:, rows, columns],
            attention.queries[state.layer][:, rows],
            attention.keys[state.layer][:, columns],
            _labels(state, rows, columns),
            layer=state.layer,
            head=state.head,
            causal=attention.causal,
            scaling=attention.scaling[state.layer],
            dark=_dark(),
        ),
        alt=_("BertViz neuron view of layer {layer}, head {head}: queries, keys and their products.").format(
            layer=state.layer, head=state.head
        ),
    )


def _windows(state: ViewState, controls: DeltaGenerator) -> tuple[slice, slice]:
    """Return which queries and which keys are drawn: all, or a part that the visitor moves, with a note."""
    counts, most = state.attention.weights.shape[2:], bertviz_html.MOST_TOKENS
    longest = max(counts)
    if longest <= most:
        return slice(None), slice(None)
    start = controls.slider(_("First token shown"), 0, longest - most, key=f"attention_window_{longest}")
    st.info(
        _(
            "BertViz draws one line for each pair of tokens: {most} of the {count} tokens are shown, {first} "
            "to {last}. The shares are those of the whole text, so these rows may add up to less than 1. The "
            "heatmap shows all tokens."
        ).format(most=most, count=longest, first=start, last=start + most - 1),
        icon=":material/crop:",
    )
    queries, keys = (window_of(count, start) for count in counts)
    return queries, keys


def window_of(count: int, start: int) -> slice:
    """Return which of so many tokens are drawn; the shorter of two texts ends before the longer one does."""
    most = bertviz_html.MOST_TOKENS
    first = min(start, count - most)
    return slice(first, first + most) if count > most else slice(None)


def _layers(state: ViewState, rows: slice, columns: slice) -> Sequence[int]:
    """Return the layers drawn together: those around the chosen one that stay under the browser's limit."""
    weights = state.attention.weights[:, :, rows, columns]
    counts = [bertviz_html.lines(layer) for layer in weights]
    at_once = max(1, int(bertviz_html.MOST_LINES // max(1, *counts)))
    if at_once >= len(counts):
        return range(len(counts))
    first = (state.layer // at_once) * at_once
    layers = range(first, min(first + at_once, len(counts)))
    st.info(
        _(
            "Layers {first} to {last} of {count} are drawn: more lines would take a browser too long. Move the layer "
            "to see the others."
        ).format(first=layers[0], last=layers[-1], count=len(counts)),
        icon=":material/layers:",
    )
    return layers


def _labels(state: ViewState, rows: slice, columns: slice) -> Labels:
    queries, keys = state.query_labels[rows], state.key_labels[columns]
    second = None if state.second_from is None else state.second_from - (columns.start or 0)
    return Labels(queries, keys, second if second is not None and 0 < second < len(keys) else None)


def _dark() -> bool:
    return st.context.theme.type == "dark"


def _draw(page: BertvizPage, *, alt: str) -> None:
    st.iframe(page.html, height=min(page.height_px, MOST_HEIGHT_PX), alt=alt)
