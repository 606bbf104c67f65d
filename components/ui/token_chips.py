"""Tokens as chips, linked with the text they come from: hover or focus either and its partner lights up.

The one shape of a token on every page: the piece in the code font, its id small beneath, special tokens outlined, the
tokens of one character in one chip. The same id has the same hue everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import streamlit as st

from components.core.i18n import _

MOST_CHIPS: Final = 1_500  # more than that is unreadable and slow to lay out; the page says what it leaves out

_HERE: Final = Path(__file__).parent
_component = st.components.v2.component(
    "token_chips",
    html='<div class="text" role="group"></div>\n<div class="chips" role="toolbar"></div>\n',
    css=(_HERE / "token_chips.css").read_text(encoding="utf-8"),
    js=(_HERE / "token_chips.js").read_text(encoding="utf-8"),
)


@dataclass(frozen=True)
class Chip:
    """One chip: a token, or the tokens that make up one character between them."""

    label: str
    """What stands on the chip, whitespace already made visible."""
    ids: tuple[int, ...]
    """Empty for what is no token yet, such as a word before the model cuts it: drawn without colour."""
    start: int | None
    """Character offsets in the original text, `[start, end)`; None for a token that is not in it."""
    end: int | None
    special: bool = False
    marked: bool = False
    """Drawn with a mark of attention, e.g. where two tokenizers disagree."""


def token_chips(chips: Sequence[Chip], *, text: str | None, label: str, key: str) -> int | None:
    """Show chips, and above them the original text with the same spans.

    Parameters
    ----------
    text
        The original text that the offsets count in; None shows the chips alone.
    label
        Says what the row is, for screen readers.

    Returns
    -------
    int or None
        Index of the chip the visitor pinned by click, Enter or Space.
    """
    shown = chips[:MOST_CHIPS]
    data = {
        "label": label,
        "textLabel": _("Original text"),
        "chips": [
            {"label": chip.label, "ids": list(chip.ids), "special": chip.special, "marked": chip.marked}
            for chip in shown
        ],
        "pieces": [] if text is None else _pieces(text, shown, complete=len(shown) == len(chips)),
    }
    state: Any = _component(data=data, key=key, default={"pinned": None}, on_pinned_change=lambda: None)
    if len(chips) > len(shown):
        st.caption(_("The first {shown} of {all} chips are shown.").format(shown=len(shown), all=len(chips)))
    pinned = state.pinned
    # what comes back from a browser is checked: a stale or forged index must not reach the page
    return pinned if isinstance(pinned, int) and 0 <= pinned < len(shown) else None


def _pieces(text: str, chips: Sequence[Chip], *, complete: bool) -> list[dict[str, object]]:
    """Cut the text at the chips' offsets here: a browser counts UTF-16 units, Python code points."""
    pieces: list[dict[str, object]] = []
    cursor = 0
    for index, chip in enumerate(chips):
        if chip.start is None or chip.end is None or chip.start < cursor or chip.start == chip.end:
            continue
        if chip.start > cursor:
            pieces.append({"text": text[cursor : chip.start], "chip": None})
        pieces.append({"text": text[chip.start : chip.end], "chip": index})
        cursor = chip.end
    if cursor < len(text):
        pieces.append({"text": text[cursor:] if complete else " …", "chip": None})
    return pieces
