"""The attention page: what to read, which head, which view of it, and the lesson around them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import Final

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from components.attention import link
from components.attention.errors import AttentionError
from components.attention.export import MOST_TOKENS_OF_ALL_HEADS, ViewExport, export_course_call, result, script
from components.attention.pictures import head_svg, heads_svg
from components.attention.state import (
    Reading,
    ViewState,
    capture_text,
    go_to,
    in_full,
    is_captured,
    shape_in_use,
)
from components.attention.views.ablation import CHART as ABLATION_CHART
from components.attention.views.ablation import ablation_export, draw_ablation
from components.attention.views.bertviz import head_view, model_view, neuron_view
from components.attention.views.controls import (
    choose_head,
    choose_kind,
    choose_more,
    choose_text,
    describe_cut,
    describe_weights,
)
from components.attention.views.heatmap import chart_on_screen as heatmap_on_screen
from components.attention.views.heatmap import draw_heatmap
from components.attention.views.lesson import exercise, predict
from components.attention.views.metrics import CHART as METRICS_CHART
from components.attention.views.metrics import metrics, roles_export
from components.attention.views.rollout import chart_on_screen as rollout_on_screen
from components.attention.views.rollout import draw_rollout, rollout_export
from components.core.i18n import N_, _
from components.models.errors import ModelError
from components.models.loadable import loadable_name
from components.models.records import ModelRecord
from components.models.shape import ModelShape
from components.models.store import local_folder
from components.ui import errors, links, teaching
from components.ui.export import Export, export_menu

MOST_TITLE_CHARACTERS: Final = 60
MOST_DRAWN_TOKENS: Final = 64  # of a tile 72 pixels high

Draw = Callable[[ViewState, DeltaGenerator], None]

VIEWS: Final[dict[str, tuple[str, Draw, Callable[[], str] | None]]] = {
    "heatmap": (N_("Heatmap"), draw_heatmap, heatmap_on_screen),
    "head": (N_("Head view"), head_view, None),
    "model": (N_("Model view"), model_view, None),
    "neuron": (N_("Neuron view"), neuron_view, None),
    "metrics": (N_("Metrics"), metrics, lambda: METRICS_CHART),
    "rollout": (N_("Rollout"), draw_rollout, rollout_on_screen),
    "ablation": (N_("Ablation"), draw_ablation, lambda: ABLATION_CHART),
}
"""Of each view its name, what draws it, and which chart the Export menu saves; BertViz's views are drawn anew."""


def page() -> None:
    """Draw the page.

    No fragment: a widget inside one never interrupts a run, so neither "Stop" nor another text could end a slow
    computation. A slider moves the view just as fast without.
    """
    links.enter(link.PAGE)
    shape = shape_in_use()
    parameters = link.parameters(shape)
    slot = teaching.opening(link.PAGE, parameters)
    text, model = choose_text()
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        view = _choose_view()
        reading = choose_more(model, text)
    try:
        _draw(reading, model, shape, view, slot)
    except (AttentionError, ModelError) as error:
        _offer_the_embedded_model(error, shape, reading.model_id)
    teaching.closing(link.PAGE, parameters, predict=predict, exercise=exercise)


def _draw(reading: Reading, model: ModelRecord, shape: ModelShape, view: str, slot: DeltaGenerator) -> None:
    """Draw the chosen view; only what it shows is computed."""
    head_controls, controls = st.columns([9, 11], gap="medium", vertical_alignment="bottom")
    # Not for what is at hand: a spinner starts a thread.
    with (
        nullcontext()
        if is_captured(reading)
        else st.spinner(_("Reading the text with {model}").format(model=model.title))
    ):
        record = capture_text(reading)
    describe_cut(record.cut)
    attention = choose_kind(record)
    describe_weights(attention)
    with head_controls:
        layer, head = choose_head(
            shape, attention, by_layer=view != "rollout", by_head=view not in ("rollout", "model")
        )
    state = ViewState(reading, model, shape, record, attention, layer, head)
    with slot:
        export_menu(_export(state, view))
    VIEWS[view][1](state, controls)


def _choose_view() -> str:
    return str(
        st.segmented_control(
            _("View"),
            link.VIEW.options,
            required=True,
            format_func=lambda name: _(VIEWS[name][0]),
            label_visibility="collapsed",
            width="content",
            **links.bound(link.PAGE, link.VIEW),
        )
    )


def _export(state: ViewState, view: str) -> Export:
    attention, reading, layer, head = state.attention, state.reading, state.layer, state.head
    addition, chart = _export_of_view(state, view), VIEWS[view][2]
    weights = loadable_name(state.model, local_folder(state.model))
    return Export(
        page=link.PAGE,
        params={
            "model": state.model.id,
            "text": reading.text,
            "text_b": reading.text_b or "",
            "view": view,
            "layer": layer,
            "head": head,
        },
        model=state.model.id,
        result=lambda: result(in_full(state), kind=attention.kind, layer=layer, head=head) | addition.numbers(),
        script=lambda: script(
            weights,
            state.record.input,
            attention,
            text=reading.text,
            text_b=reading.text_b,
            layer=layer,
            head=head,
            view=addition,
        ),
        figure=chart() if chart else _lines(state, whole_model=view == "model"),
    )


def _export_of_view(state: ViewState, view: str) -> ViewExport:
    """Return what the export has for this view alone."""
    exports: dict[str, Callable[[ViewState], ViewExport | None]] = {
        "ablation": ablation_export,
        "rollout": rollout_export,
        "metrics": roles_export,
        "neuron": _course_call,
    }
    return (exports[view](state) if view in exports else None) or ViewExport()


def _course_call(state: ViewState) -> ViewExport | None:
    is_short = len(state.attention.query_tokens) <= MOST_TOKENS_OF_ALL_HEADS
    is_course = state.shape.family == "bert" and state.record.cut is None
    return export_course_call() if is_course and is_short else None


def _lines(state: ViewState, *, whole_model: bool) -> Callable[[], str]:
    """Return what draws the lines of the chosen head, or of all heads, as SVG."""
    attention, layer, head = state.attention, state.layer, state.head
    if whole_model:
        title = f"{state.model.title}: {' '.join(state.query_labels)[:MOST_TITLE_CHARACTERS]}"
        if max(attention.weights.shape[2:]) > MOST_DRAWN_TOKENS:
            title = _("{title} (tokens 0 to {last})").format(title=title, last=MOST_DRAWN_TOKENS - 1)
        return lambda: heads_svg(attention.weights[:, :, :MOST_DRAWN_TOKENS, :MOST_DRAWN_TOKENS], title=title)
    title = _("Layer {layer}, head {head}").format(layer=layer, head=head)
    queries, keys = state.query_labels, state.key_labels
    return lambda: head_svg(attention.of_head(layer, head), queries=queries, keys=keys, title=title)


def _offer_the_embedded_model(error: AttentionError | ModelError, shape: ModelShape, model_id: str) -> None:
    errors.show(error)
    if model_id != link.MODEL.default:
        st.button(
            _("Show the embedded model"),
            icon=":material/undo:",
            on_click=go_to,
            args=(shape,),
            kwargs={"model": link.MODEL.default},
        )
