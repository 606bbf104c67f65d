"""The attention page: what to read, which head, which view of it, and the lesson around them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, cast

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from components.attention import link
from components.attention.errors import AttentionError
from components.attention.export import MOST_TOKENS_OF_ALL_HEADS, ViewExport, export_course_call, result, script
from components.attention.pictures import head_svg, heads_svg
from components.attention.record import AttentionRecord
from components.attention.state import (
    Reading,
    ViewState,
    capture_text,
    go_to,
    in_full,
    is_captured,
    load_model,
    parameters_in_use,
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
from components.attention.views.guide import CHECKS, judge_attempt
from components.attention.views.heatmap import Part, choose_extent, draw_heatmap, heatmap_figure
from components.attention.views.metrics import CHART as METRICS_CHART
from components.attention.views.metrics import metrics, roles_export
from components.attention.views.rollout import chart_on_screen as rollout_on_screen
from components.attention.views.rollout import draw_rollout, rollout_export
from components.core.i18n import N_, _
from components.models.errors import ModelError, NothingToRead
from components.models.records import ModelRecord, loadable_name
from components.models.shape import ModelShape
from components.models.store import local_folder
from components.ui import errors, links
from components.ui.export import Export, draw_view_export, export_frame
from components.ui.guide import position
from components.ui.guide.page import close_page, open_page
from components.ui.model_picker import model_picker
from components.ui.session import fragment
from components.ui.text_fit import warn_of_unread_text

MOST_TITLE_CHARACTERS: Final = 60
MOST_DRAWN_TOKENS: Final = 64  # of a tile 72 pixels high

LOOKED_AT: Final = ("metrics", "neuron", "ablation")
"""Views that a card of the guide points to. The others have no container of their own: each is one message more."""

Draw = Callable[[ViewState, DeltaGenerator], None]
Figure = str | Callable[[], str]
"""The key of a chart on the screen, or what draws it anew as SVG."""

VIEWS: Final[dict[str, tuple[str, Draw, Callable[[ViewState], Figure]]]] = {
    "heatmap": (N_("Heatmap"), lambda _state, _controls: None, heatmap_figure),
    "head": (N_("Head view"), head_view, lambda state: _lines(state, whole_model=False)),
    "model": (N_("Model view"), model_view, lambda state: _lines(state, whole_model=True)),
    "neuron": (N_("Neuron view"), neuron_view, lambda state: _lines(state, whole_model=False)),
    "metrics": (N_("Metrics"), metrics, lambda _state: METRICS_CHART),
    "rollout": (N_("Rollout"), draw_rollout, lambda _state: rollout_on_screen()),
    "ablation": (N_("Switch heads off"), draw_ablation, lambda _state: ABLATION_CHART),
}
"""Of each view its name, what draws it, and what the Export menu saves."""


@dataclass
class _Frame:
    """What is drawn once for a model, and filled by the fragments inside: a text or another head redraws none of it.

    Streamlit keeps a fragment's place in a container outside it only if the fragment wrote there in the run before: so
    each writes to its containers in every run.
    """

    slot: DeltaGenerator
    model: ModelRecord
    shape: ModelShape
    words: DeltaGenerator
    bar: DeltaGenerator
    tools: DeltaGenerator
    menu: DeltaGenerator | None = None
    """Of the Export menu, what changes with the view; None where nothing can be exported."""
    export: Export | None = None


def page() -> None:
    """Draw the page, one fragment in the other: model, text, view, head."""
    position.enter(link.PAGE)
    slot = open_page(
        link.PAGE,
        parameters_in_use(),
        checks=CHECKS,
        exercise=judge_attempt,
        text=lambda: st.session_state[link.TEXT.name],
    )
    _model_and_text(slot)
    close_page(link.PAGE)


@fragment
def _model_and_text(slot: DeltaGenerator) -> None:
    shape = shape_in_use()
    words, choice = st.columns([5, 3], gap="medium")
    with choice:
        model = model_picker(link.PAGE, link.MODEL, shows_inside=True, load=load_model)
    bar = st.container()
    row = st.container(horizontal=True, vertical_alignment="center")
    tools = row.container(horizontal=True, vertical_alignment="center", width="content", key="attention_tools")
    with row:
        further = choose_more(model)
    frame = _Frame(slot, model, shape, words, bar, tools)
    with slot:
        st.empty()
        if _is_readable(replace(further, text=st.session_state[link.TEXT.name])):
            frame.menu = export_frame(link.PAGE, lambda: cast("Export", frame.export))
    _text_and_view(further, frame)


def _is_readable(reading: Reading) -> bool:
    try:
        capture_text(reading)
    except (AttentionError, ModelError):
        return False
    return True


@fragment
def _text_and_view(further: Reading, frame: _Frame) -> None:
    with frame.words:
        reading = replace(further, text=choose_text())
        warn_of_unread_text(frame.model, reading.text, (link.PAGE, link.MODEL))
    state: AttentionRecord | AttentionError | ModelError
    try:
        state = _read(reading, frame.model)
    except (AttentionError, ModelError) as error:
        state = error
    if isinstance(state, Exception) is not (frame.menu is None):
        st.rerun()  # the Export menu comes or goes
    _view(reading, state, frame)


def _link_values() -> tuple[object, ...]:
    """Return what the link says of everything but the head."""
    return tuple(
        st.session_state.get(each.name) for each in (link.MODEL, link.TEXT, link.TEXT_B, link.VIEW, link.EXTENT)
    )


def _read(reading: Reading, model: ModelRecord) -> AttentionRecord:
    if is_captured(reading):  # a spinner starts a thread
        return capture_text(reading)
    with st.spinner(_("Reading the text with {model}").format(model=model.title)):
        return capture_text(reading)


@fragment
def _view(reading: Reading, record: AttentionRecord | AttentionError | ModelError, frame: _Frame) -> None:
    with frame.bar:
        view = _choose_view()
    if isinstance(record, Exception):
        frame.tools.empty()
        _offer_the_embedded_model(record, frame.shape, reading.model_id)
        return
    describe_cut(record.cut)
    attention = choose_kind(record)
    describe_weights(attention)
    state = ViewState(reading, frame.model, frame.shape, record, attention, 0, 0)
    part = None
    if view == "heatmap":
        with frame.tools:
            part = choose_extent(state)
    else:
        frame.tools.empty()
    _head(state, view, part, frame, link_values=_link_values())


@fragment
def _head(text: ViewState, view: str, part: Part | None, frame: _Frame, *, link_values: tuple[object, ...]) -> None:
    """Draw the chosen view of the chosen head. Only what it shows is computed.

    A click in it may ask for another view, text or model ("open this head"), which are drawn around it.
    """
    if link_values != _link_values():
        st.rerun()
    export = partial(_draw_export, view, frame)
    try:
        if part is not None:
            draw_heatmap(text, part, export)
        else:
            _draw_with_sliders(text, view, export)
    except (AttentionError, ModelError) as error:
        _offer_the_embedded_model(error, frame.shape, text.reading.model_id)


def _draw_with_sliders(text: ViewState, view: str, export: Callable[[ViewState], None]) -> None:
    """Draw a view that the server draws for each head."""
    with st.container(key=f"view_{view}") if view in LOOKED_AT else nullcontext():
        _draw_head_with_sliders(text, view, export)


def _draw_head_with_sliders(text: ViewState, view: str, export: Callable[[ViewState], None]) -> None:
    controls = st.container(horizontal=True, vertical_alignment="bottom", gap="medium")
    with controls:
        by_layer, by_head = view != "rollout", view not in ("rollout", "model")
        layer, head = choose_head(text.shape, text.attention, by_layer=by_layer, by_head=by_head)
    state = replace(text, layer=layer, head=head)
    export(state)
    VIEWS[view][1](state, controls)


def _draw_export(view: str, frame: _Frame, state: ViewState) -> None:
    frame.export = _export(state, view)
    if frame.menu is not None:
        with frame.menu:
            draw_view_export(frame.export)


def _choose_view() -> str:
    return str(
        st.segmented_control(
            _("View"),
            link.VIEW.options,
            required=True,
            format_func={view: _(name) for view, (name, _draw, _figure) in VIEWS.items()}.__getitem__,
            label_visibility="collapsed",
            width="content",
            **links.bound(link.PAGE, link.VIEW),
        )
    )


def _export(state: ViewState, view: str) -> Export:
    attention, reading, layer, head = state.attention, state.reading, state.layer, state.head
    addition = _export_of_view(state, view)
    weights = loadable_name(state.model, local_folder(state.model))
    return Export(
        page=link.PAGE,
        params={
            "model": state.model.id,
            "text": reading.text,
            "text_b": reading.text_b or "",
            "view": view,
            **{
                each.name: st.session_state.get(each.name, each.default)
                for each in (link.SHOW, link.EXTENT, link.SIMILAR)
            },
            "layer": layer,
            "head": head,
        },
        model=state.model.id,
        result=lambda: (
            result(in_full(state.record, state.model.id), kind=attention.kind, layer=layer, head=head)
            | addition.numbers()
        ),
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
        figure=VIEWS[view][2](state),
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
    # the BERT that bertviz brings has no mask: it would show another attention than a decoder of BERT's blocks has
    is_course = state.shape.family == "bert" and state.attention.kind == "encoder" and state.record.cut is None
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
    errors.show(error, is_fault=not isinstance(error, NothingToRead))
    built_in = links.default_of(link.PAGE, link.MODEL)
    if model_id != built_in:
        st.button(
            _("Show the built-in model"),
            icon=":material/undo:",
            on_click=go_to,
            args=(shape,),
            kwargs={"model": built_in},
        )
