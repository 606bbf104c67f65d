"""The Export menu: the same ways home from every page (public contract, see docs/links.md).

A concept says what its view holds; this module names the files, writes the formats and draws the menu. Nothing is
prepared before it is asked for: the data, notebook and script are made when their button is pressed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from components.core.i18n import _, language, use
from components.core.version import VERSION
from components.ui import links
from components.ui.chart_download import chart_download
from components.ui.guide.lesson import guided_pages
from components.ui.guide.worksheet import write_worksheet

DrawShortLink = Callable[[str, Mapping[str, object]], None]
"""Draws what offers a short address for a view, given the page's address and the values of its parameters."""


def _draw_nothing(_page: str, _params: Mapping[str, object]) -> None:
    """Offer no short address: that takes a store, which a team has."""


_draw_short_link: DrawShortLink = _draw_nothing


def draw_short_link_with(draw: DrawShortLink) -> None:
    """Have the Export menu offer short addresses."""
    global _draw_short_link  # noqa: PLW0603 (one store for the process)
    _draw_short_link = draw


@dataclass(frozen=True)
class Export:
    """What can be taken home from one view."""

    page: str
    """Address of the page, also the stem of the file names."""
    params: Mapping[str, object]
    """The link parameters that reopen the view."""
    model: str | None
    """Registry id of the model the numbers come from; None where no model is involved."""
    result: Callable[[], Mapping[str, object]]
    """The numbers on the screen at full precision, as JSON types."""
    script: Callable[[], str]
    """Python in percent format that recomputes `result`: see `components/ui/notebooks.py`."""
    figure: str | Callable[[], str]
    """The widget key of the page's chart, or a function that draws the view as SVG text."""


def export_menu(export: Export) -> None:
    """Draw the menu. The widget keys are part of the public contract."""
    with export_frame(export.page, lambda: export):
        draw_view_export(export)


def export_frame(page: str, current: Callable[[], Export]) -> DeltaGenerator:
    """Draw the menu of a view that changes in a fragment of its own, and return where `draw_view_export` goes.

    Parameters
    ----------
    current
        Asked for what is on the screen when a button is pressed, in a thread that belongs to no session.
    """
    spoken = language()

    def made(make: Callable[[Export], str]) -> Callable[[], str]:
        def make_in_language() -> str:
            with use(spoken):
                return make(current())

        return make_in_language

    with st.popover(_("Export"), icon=":material/ios_share:", key="export"):
        place = st.container(key="export_link", gap="small")
        place.caption(_("Link that reopens exactly this view"))
        downloads = (
            ("export_data", _("Data (JSON)"), "json", "application/json", data_document),
            ("export_notebook", _("Notebook (.ipynb)"), "ipynb", "application/x-ipynb+json", notebook),
            ("export_script", _("Script (.py)"), "py", "text/x-python", lambda export: export.script()),
        )
        for key, label, suffix, mime, make in downloads:
            _download(key, label, f"{page}.{suffix}", mime, made(make))
        if page in {entry.slug for entry in guided_pages()}:
            name = f"{page}-worksheet.html"
            _download("export_worksheet", _("Worksheet (HTML)"), name, "text/html", made(worksheet))
    return place


def draw_view_export(export: Export) -> None:
    """Draw what the menu has of one view alone: its link and its figure."""
    st.code(links.address(export.params), language=None, wrap_lines=True)
    _draw_short_link(export.page, export.params)
    label, file_name, figure, spoken = _("Figure (SVG)"), f"{export.page}.svg", export.figure, language()
    if isinstance(figure, str):
        chart_download(
            label,
            key="export_figure",
            chart_key=figure,
            file_name=file_name,
            missing=_("The chart is not on the screen: open its tab, or compute it first."),
        )
        return
    draw = figure

    def draw_in_language() -> str:
        with use(spoken):
            return draw()

    _download("export_figure", label, file_name, "image/svg+xml", draw_in_language)


def data_document(export: Export) -> str:
    """Return the view's numbers as one JSON document: `{page, version, params, model, result}`."""
    document = {
        "page": export.page,
        "version": VERSION,
        "params": dict(export.params),
        "model": export.model,
        "result": export.result(),
    }
    return json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1)


def notebook(export: Export) -> str:
    """Return the script as a notebook that runs in Jupyter and SageMaker Studio."""
    return as_notebook(export.script())


def worksheet(export: Export) -> str:
    """Return the lesson's questions to print, with the view if it can be drawn without a browser."""
    return write_worksheet(export.page, export.figure() if callable(export.figure) else None)


def as_notebook(script: str) -> str:
    """Return Python in percent format as a notebook."""
    import jupytext  # only who exports a notebook pays for it

    document = jupytext.reads(script, fmt="py:percent")
    document.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    text: str = jupytext.writes(document, fmt="ipynb")
    return text


def _download(key: str, label: str, file_name: str, mime: str, make: Callable[[], str]) -> None:
    st.download_button(
        label, make, file_name, mime, key=key, on_click="ignore", icon=":material/download:", width="stretch"
    )
