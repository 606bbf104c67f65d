"""A button that prints the page; `@media print` of components/ui/look.css leaves out the menu and the buttons."""

from __future__ import annotations

from typing import Final

import streamlit as st

from components.core.i18n import _

_SCRIPT: Final = """
export default function ({ data: [{ label }], parentElement }) {
  const button = parentElement.querySelector("button")
  button.textContent = label
  button.onclick = () => window.print()
}
"""
_CSS: Final = """
button { min-height: 2.5rem; padding: .25rem 1rem; font: inherit; color: inherit; cursor: pointer;
  background: transparent; border: 1px solid var(--st-border-color); border-radius: var(--st-button-radius); }
button:hover { color: var(--st-primary-color); border-color: var(--st-primary-color); }
button:focus-visible { outline: 3px solid var(--st-primary-color); outline-offset: 1px; }
"""
_button = st.components.v2.component("print", html='<button type="button"></button>', css=_CSS, js=_SCRIPT)


def draw_print_button() -> None:
    """Draw the button; put it into a container with the key `print_bar`, which is not printed."""
    _button(data=[{"label": _("Print")}], key="print", width="content")
