"""The positional encoding page: controls, the live table, the views below it, and the lesson around them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import streamlit as st

from components.core.i18n import _
from components.core.text import escape_markdown
from components.models.records import ModelRecord, loadable_name
from components.models.registry import record
from components.models.shape import model_shape
from components.models.store import local_folder
from components.positional import matrices, wording
from components.positional.export import collect_result, render_script
from components.positional.link import BASE, D_MODEL, LAYOUT, LENGTH, MODEL, PAGE, PARAMETERS, SCHEME, TEXT
from components.positional.schemes import SCHEMES, Encoding, Scheme, Selection
from components.positional.settings import LAYOUTS
from components.positional.views.guide import CHECKS, judge_settings
from components.positional.views.tabs import draw_matrix, draw_views, encoding_of
from components.ui import links
from components.ui.export import Export, export_menu
from components.ui.guide.page import close_page, open_page
from components.ui.model_picker import model_picker

_TABLE_HEIGHT_PX: Final = 400
_WIDTHS: Final = (2, 4, 8, 16, 32, 64, 128, 256, 384, 512, 768, 1024)
_BASES: Final = (2, 10, 100, 1_000, 10_000, 100_000, 500_000, 1_000_000)
_SHOWN_COLUMNS: Final = 64


def page() -> None:
    """Draw the page."""
    slot = open_page(
        PAGE, PARAMETERS, checks=CHECKS, exercise=judge_settings, text=lambda: str(st.session_state[TEXT.name])
    )
    scheme: Scheme = st.segmented_control(
        _("Scheme"),
        SCHEMES,
        format_func=lambda option: _(wording.NAMES[option]),
        required=True,
        label_visibility="collapsed",
        **links.bound(PAGE, SCHEME),
    )
    # The table comes first in the row, so that on a phone it stands above its controls.
    left, right = st.columns([3, 1], gap="large")
    with right, st.container(key="positional_controls"):
        chosen = _controls(scheme)
    encoding = encoding_of(chosen)
    with left:
        _table(chosen, encoding)
    with slot:
        export_menu(_export(chosen, encoding))
    draw_views(chosen, encoding)
    close_page(PAGE)


def _controls(scheme: Scheme) -> Selection:
    """Draw the controls this scheme knows; the values of the others are kept for when they come back."""
    state = st.session_state
    waves = scheme in ("sinusoidal", "rotary")
    if waves:
        st.select_slider(
            _("Dimensions (d_model)"),
            sorted({*_WIDTHS, state[D_MODEL.name]}),
            help=_("How many numbers the vector of a position has. For rotary: the size of one attention head."),
            **links.bound(PAGE, D_MODEL),
        )
    st.slider(
        _("Positions (length)"),
        int(LENGTH.least),
        int(LENGTH.most),
        help=_("How many positions are computed, from 0 on."),
        **links.bound(PAGE, LENGTH),
    )
    if waves:
        st.select_slider(
            _("Base"),
            sorted({*_BASES, state[BASE.name]}),
            format_func=lambda base: f"{base:,}",
            help=_("The larger the base, the slower the slow waves. The paper takes 10,000, Llama 3 takes 500,000."),
            **links.bound(PAGE, BASE),
        )
        st.radio(
            _("Layout"),
            LAYOUTS,
            format_func={layout: _(name) for layout, name in wording.LAYOUT_NAMES.items()}.__getitem__,
            help=_("Which dimensions make a pair: neighbours, as in the paper, or one from each half."),
            **links.bound(PAGE, LAYOUT),
        )
    model, length = model_picker(PAGE, MODEL, label=_(wording.MODEL_LABELS[scheme])), state[LENGTH.name]
    if scheme == "learned":
        model = _with_table(model)
        length = _within_table(model, length)
    return Selection(
        scheme=scheme,
        d_model=state[D_MODEL.name],
        length=length,
        base=state[BASE.name],
        layout=state[LAYOUT.name],
        model=model.id,
    )


def _within_table(model: ModelRecord, length: int) -> int:
    """Return how many positions can be shown: a learned table ends somewhere. Say so where it ends too early."""
    learned = model_shape(local_folder(model)).positions or length
    if learned < length:
        note = _("{model} has learned {learned} positions and no more.")
        st.info(note.format(model=escape_markdown(model.title), learned=learned))
    return min(length, learned)


def _with_table(model: ModelRecord) -> ModelRecord:
    """Return the model, or the embedded default if this one has learned no positions; say so then."""
    scheme = model_shape(local_folder(model)).position_scheme
    if scheme == "learned":
        return model
    default = record(links.default_of(PAGE, MODEL))
    note = _("{model} has not learned a position table (it uses: {scheme}). You see the table of {default}.")
    names = {str(code): _(name) for code, name in wording.NAMES.items()}
    known = names.get(str(scheme), str(scheme))
    st.info(note.format(model=escape_markdown(model.title), scheme=known, default=default.title))
    return default


def _table(chosen: Selection, encoding: Encoding) -> None:
    st.markdown(_(wording.LEADS[chosen.scheme]).format(model=escape_markdown(record(chosen.model).title)))
    table = matrices.describe_table(encoding)
    draw_matrix(table, key="positional_table", height_px=_TABLE_HEIGHT_PX)
    if chosen.scheme == "learned":
        limit = _("Colours stop at {value:.2f}; a few numbers are larger. Hover over a cell to read it.")
        st.caption(limit.format(value=table.limit))
    rows, columns = encoding.matrix.shape
    row, column = matrices.step_to_fit(rows, matrices.MOST_ROWS), matrices.step_to_fit(columns, matrices.MOST_COLUMNS)
    if row > 1 or column > 1:
        thinned = _(
            "Too fine for a screen: one of every {row} rows and {column} columns is drawn. The export has all of them."
        )
        st.caption(thinned.format(row=row, column=column))
    with st.expander(_("All numbers"), on_change="rerun", key="positional_numbers") as numbers:
        if numbers.open:
            st.dataframe(encoding.matrix[:, :_SHOWN_COLUMNS], height=260, hide_index=False, alt=table.alt)
            if columns > _SHOWN_COLUMNS:
                rest = _("The first {shown} of {all} columns. The export has all.")
                st.caption(rest.format(shown=_SHOWN_COLUMNS, all=columns))


def _export(chosen: Selection, encoding: Encoding) -> Export:
    model = record(chosen.model)
    # not the model's folder on this machine: where a visitor keeps it is for the visitor to fill in
    weights = loadable_name(model, Path("path/to", model.id))
    heads = model_shape(local_folder(model)).heads
    values = {parameter.name: st.session_state[parameter.name] for parameter in PARAMETERS}
    values |= {LENGTH.name: chosen.length, MODEL.name: chosen.model}
    return Export(
        page=PAGE,
        params=values,
        model=chosen.model if chosen.scheme in ("learned", "alibi") else None,
        result=lambda: collect_result(encoding),
        script=lambda: render_script(chosen, weights=weights, heads=heads),
        figure=lambda: matrices.draw_table_svg(encoding, _(wording.NAMES[chosen.scheme])),
    )
