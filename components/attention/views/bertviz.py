"""BertViz's head, model and neuron view of the text on the page."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from components.attention import bertviz_html
from components.attention.bertviz_html import BertvizPage
from components.attention.bertviz_parts import Labels
from components.attention.views.about import about_this_head
from components.attention.views.shown import Shown
from components.core.i18n import _

MOST_HEIGHT_PX = 640
MOST_PAGES = 32


def head_view(shown: Shown, controls: DeltaGenerator) -> None:
    """Draw the heads of one layer, the chosen one switched on."""
    rows, columns = _windows(shown, controls)
    everything = controls.toggle(
        _("All heads of the layer at once"),
        key="attention_all_heads",
    )
    left, right = st.columns([5, 6], gap="medium")
    with left:
        _draw(
            bertviz_html.head_view(
                shown.attention.of_layer(shown.layer)[:, rows, columns],
                _labels(shown, rows, columns),
                layer=shown.layer,
                heads=None if everything else [shown.head],
                dark=_dark(),
            ),
            alt=_("BertViz head view of layer {layer}: lines from each token to the tokens it looks at.").format(
                layer=shown.layer
            ),
        )
    with right:
        st.markdown(
            _(
                "Each token on the left looks at tokens on the right: the stronger a line, the larger the weight. "
                "Point at a token to see its lines alone.\n\n"
                "A coloured square is a head. Click it to switch the head on or off, double-click to see it alone."
            )
        )
        about_this_head(shown)


def model_view(shown: Shown, controls: DeltaGenerator) -> None:
    """Draw all heads, as many layers as a browser can draw at once."""
    rows, columns = _windows(shown, controls)
    layers = _layers(shown, rows, columns)
    st.caption(_("One picture a head, one row a layer. Click one to enlarge it, once more to close it."))
    _draw(
        bertviz_html.model_view(
            shown.attention.weights[list(layers)][:, :, rows, columns],
            _labels(shown, rows, columns),
            layers=layers,
            dark=_dark(),
        ),
        alt=_("BertViz model view: one thumbnail for each of {heads} heads in layers {first} to {last}.").format(
            heads=shown.attention.heads, first=layers[0], last=layers[-1]
        ),
    )


def neuron_view(shown: Shown, controls: DeltaGenerator) -> None:
    """Draw how queries and keys make the weights of the chosen head."""
    attention = shown.attention
    if attention.queries is None or attention.keys is None or attention.scaling is None:
        st.info(
            _(
                "{model} computes attention in a way that shows its weights but not its queries and keys, so there is "
                "no neuron view of it. The head view and the model view work."
            ).format(model=shown.model.title),
            icon=":material/visibility_off:",
        )
        return
    rows, columns = _windows(shown, controls)
    st.caption(_("Point at a token on the left, then click the + to see its query, every key, and how they multiply."))
    if attention.has_position_bias:
        st.caption(_("This model adds a number for the distance of two tokens to q · k, which is not drawn here."))
    _draw(
        bertviz_html.neuron_view(
            attention.of_layer(shown.layer)[:, rows, columns],
            attention.queries[shown.layer][:, rows],
            attention.keys[shown.layer][:, columns],
            _labels(shown, rows, columns),
            layer=shown.layer,
            head=shown.head,
            causal=attention.causal,
            scaling=attention.scaling[shown.layer],
            dark=_dark(),
        ),
        alt=_("BertViz neuron view of layer {layer}, head {head}: queries, keys and their products.").format(
            layer=shown.layer, head=shown.head
        ),
    )


def _windows(shown: Shown, controls: DeltaGenerator) -> tuple[slice, slice]:
    """Return which queries and which keys are drawn: all, or a part that the visitor moves, with a note."""
    counts, most = shown.attention.weights.shape[2:], bertviz_html.MOST_TOKENS
    longest = max(counts)
    if longest <= most:
        return slice(None), slice(None)
    start = controls.slider(_("First token shown"), 0, longest - most, key=f"attention_window_{longest}")
    st.info(
        _(
            "BertViz draws one line for each pair of tokens: {most} of the {count} tokens are shown, {first} to "
            "{last}. The weights are those of the whole text, so these rows may sum to less than 1. The heatmap shows "
            "all tokens."
        ).format(most=most, count=longest, first=start, last=start + most - 1),
        icon=":material/crop:",
    )
    queries, keys = (slice(start, start + most) if count > most else slice(None) for count in counts)
    return queries, keys


def _layers(shown: Shown, rows: slice, columns: slice) -> Sequence[int]:
    """Return the layers drawn together: those around the chosen one that stay under the browser's limit."""
    weights = shown.attention.weights[:, :, rows, columns]
    counts = [bertviz_html.lines(layer) for layer in weights]
    at_once = max(1, int(bertviz_html.MOST_LINES // max(1, *counts)))
    if at_once >= len(counts):
        return range(len(counts))
    first = (shown.layer // at_once) * at_once
    layers = range(first, min(first + at_once, len(counts)))
    st.info(
        _(
            "Layers {first} to {last} of {count} are drawn: more lines would take a browser too long. Move the layer "
            "to see the others."
        ).format(first=layers[0], last=layers[-1], count=len(counts)),
        icon=":material/layers:",
    )
    return layers


def _labels(shown: Shown, rows: slice, columns: slice) -> Labels:
    queries, keys = shown.query_labels[rows], shown.key_labels[columns]
    second = None if shown.second_from is None else shown.second_from - (columns.start or 0)
    return Labels(queries, keys, second if second is not None and 0 < second < len(keys) else None)


def _dark() -> bool:
    return st.context.theme.type == "dark"


def _draw(page: BertvizPage, *, alt: str) -> None:
    st.iframe(page.html, height=min(page.height_px, MOST_HEIGHT_PX), alt=alt)
