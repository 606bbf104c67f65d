"""The look of every page that the theme's settings cannot express, and the foot of the menu: theme and presenting."""

from __future__ import annotations

import base64
import json
from functools import cache
from pathlib import Path
from typing import Final

import streamlit as st

from components.core.i18n import N_, _, language

QUERY_COLOUR: Final = "#2F86C6"
KEY_COLOUR: Final = "#C2641A"
VALUE_COLOUR: Final = "#14866D"
"""One hue each for queries, keys and values, on every page; each can be told from both backgrounds."""

_HERE: Final = Path(__file__).parent
_COLOURS: Final = {
    "text": "textColor",
    "accent": "primaryColor",
    "ground": "backgroundColor",
    "panel": "secondaryBackgroundColor",
    "line": "borderColor",
}
"""Names of colours in look.css, and the theme's settings they come from."""

_HTML: Final = """
<fieldset role="radiogroup">
  <legend></legend>
  <label><input type="radio" name="theme" value="light"><span></span></label>
  <label><input type="radio" name="theme" value="dark"><span></span></label>
  <label><input type="radio" name="theme" value="system"><span></span></label>
</fieldset>
<button type="button"></button>
"""

_CSS: Final = """
fieldset { display: flex; margin: 0 0 .75rem; padding: 0; border: 0; font-size: .875rem; }
legend { padding: 0 0 .25rem; }
label { flex: none; cursor: pointer; }
input { position: absolute; opacity: 0; }
label span { display: block; padding: .3rem .7rem; margin-inline-start: -1px;
  border: 1px solid var(--st-border-color); }
label:first-of-type span { border-radius: var(--st-button-radius) 0 0 var(--st-button-radius); margin: 0; }
label:last-of-type span { border-radius: 0 var(--st-button-radius) var(--st-button-radius) 0; }
input:checked + span { position: relative; font-weight: 600; color: var(--st-primary-color);
  border-color: var(--st-primary-color); }
input:focus-visible + span, button:focus-visible { outline: 3px solid var(--st-primary-color); outline-offset: 1px; }
button { padding: .3rem .8rem; font: inherit; font-size: .875rem; color: inherit; cursor: pointer;
  background: transparent; border: 1px solid var(--st-border-color); border-radius: var(--st-button-radius); }
button:hover { color: var(--st-primary-color); border-color: var(--st-primary-color); }
"""

_OF_STREAMLIT: Final = (
    N_("Press Enter to apply"),
    N_("Press Ctrl+Enter to apply"),
    N_("Press ⌘+Enter to apply"),
    N_("Select all"),
    N_("No results"),
    N_("Choose options"),
    N_("No options to select"),
    N_("You can only select up to {n} options. Remove an option first."),
    N_("Upload"),
    N_("{n}MB per file"),
    N_("Skip to main content"),
    N_("Show/hide columns"),
    N_("Download as CSV"),
    N_("Search"),
    N_("Fullscreen"),
    N_("Close fullscreen"),
)
"""What Streamlit itself says on these pages, in English only; `{n}` is a number in it. Read in Streamlit 1.67.0."""

_foot = st.components.v2.component(
    "look", html=_HTML, css=_CSS, js=_HERE.joinpath("look.js").read_text(encoding="utf-8")
)


def apply_style() -> None:
    """Send the style of every page. Call it once in each run."""
    st.html(_style())


@cache
def icon() -> str:
    """Return the icon of the browser's tab, as the address that it is."""
    drawn = _HERE.parents[1].joinpath("static", "icon.svg").read_bytes()
    return f"data:image/svg+xml;base64,{base64.b64encode(drawn).decode()}"


def draw_foot() -> None:
    """Draw what a class needs in its room: light or dark, and presenting. The browser does both by itself.

    It is on every page, so it also tells the browser the page's language, and what Streamlit's own words are in it.
    """
    labels = {
        "language": language(),
        "words": json.dumps({said: _(said) for said in _OF_STREAMLIT if _(said) != said}),  # a dict brings pandas along
        "theme": _("Light or dark"),
        "light": _("Light"),
        "dark": _("Dark"),
        "system": _("System"),
        "present": _("Present"),
        "full": _("Figure in full screen"),
        "leave": _("Stop presenting (Esc)"),
    }
    _foot(data=labels, key="look")


@cache
def _style() -> str:
    values = {
        name: f"light-dark({st.get_option(f'theme.light.{option}')}, {st.get_option(f'theme.dark.{option}')})"
        for name, option in _COLOURS.items()
    }
    values |= {"query": QUERY_COLOUR, "key": KEY_COLOUR, "value": VALUE_COLOUR}
    values["radius"] = str(st.get_option("theme.baseRadius"))
    values["code-font"] = str(st.get_option("theme.codeFont"))
    named = " ".join(f"--{name}: {value};" for name, value in values.items())
    style = _HERE.joinpath("look.css").read_text(encoding="utf-8")
    return f"<style>:root {{ {named} }}\n{style}{_series_rules()}</style>"


def _series_rules() -> str:
    """Have what a chart has drawn change with the theme.

    Streamlit puts the theme's colours into a chart once, and draws only its background anew when the theme changes.
    """
    pairs = zip(*(st.get_option(f"theme.{theme}.chartCategoricalColors") for theme in ("light", "dark")), strict=True)
    rules = [
        f'.js-plotly-plot [style*="{style}: {_as_rgb(colour)}"] {{ {style}: light-dark({light}, {dark}) !important }}'
        for light, dark in pairs
        for colour in (light, dark)
        for style in ("fill", "stroke")
    ]
    return "\n".join(rules)


def _as_rgb(colour: str) -> str:
    """Return `#RRGGBB` as a browser writes it."""
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return f"rgb({red}, {green}, {blue})"
