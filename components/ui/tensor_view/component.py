"""Mount a tensor view, and tell what is selected in it.

The browser moves the selection by itself. The server is told once, when the selection rests or the visitor turns to
another part of the page, and says what it wants selected (a link, a step of a lesson) as a numbered command, so that an
answer that comes late never takes a newer choice away.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from components.core.i18n import _
from components.ui.fetched_script import TENSOR_VIEW, fetched_script
from components.ui.tensor_view.packing import Kind, Scene, Selection, Token, pack_body, pack_exact, pack_scene

_HERE: Final = Path(__file__).parent
_view = st.components.v2.component(
    "tensor_view",
    html='<div class="host">\n</div>',
    css=(_HERE / "tensor_view.css").read_text(encoding="utf-8"),
    js=fetched_script(TENSOR_VIEW),
)
_exact = st.components.v2.component(
    "tensor_view_exact",
    html="<span hidden>\n</span>",
    js="""\
export default function ({ data }) {
  const length = new DataView(data.buffer, data.byteOffset).getUint32(0, true)
  const { view } = JSON.parse(new TextDecoder().decode(data.subarray(4, 4 + length)))
  globalThis.tensorViewExact ??= new Map()
  globalThis.tensorViewExact.set(view, data)
  globalThis.dispatchEvent(new CustomEvent("tensor-view-exact", { detail: data }))
}
""",
)

Exact = Callable[[int, int], NDArray[Any]]
"""Layer and head -> their exact values, `[row, column]`."""


@dataclass
class _Told:
    """What server and browser last told each other, by the key of a view."""

    number: int
    wanted: Selection
    reported: Selection | None = None
    session: str = field(default_factory=partial(secrets.token_hex, 4))
    """Another one after a restart of the server, which knows nothing of what the browser has not told yet."""


def tensor_view(
    scene: Scene,
    *,
    key: str,
    selected: Selection,
    exact: Exact | None = None,
    on_select: Callable[[Selection], None] | None = None,
    on_action: Callable[[str], None] | None = None,
) -> None:
    """Draw a view.

    Parameters
    ----------
    selected
        What the page has selected, by its link or by what the browser told last.
    exact
        Asked for the selected head where the exact values of all are too many to be sent; not needed elsewhere.
    on_select
        Called before the next run with what the visitor selected, when `Scene.reports` says.
    on_action
        Called with the name of a button of `Scene.actions`, after `on_select`.
    """
    told: _Told = st.session_state.setdefault(f"_{key}_told", _Told(0, selected))
    if selected != (told.wanted if told.reported is None else told.reported):
        told.number, told.wanted, told.reported = told.number + 1, selected, None

    def take(sent: object) -> None:
        reported = read_selection(sent, scene)
        if reported is not None:
            told.reported = reported
            if on_select is not None:
                on_select(reported)

    def act() -> None:
        sent = st.session_state[key].action
        if on_action is not None and isinstance(sent, Mapping) and sent.get("name") in names:
            take(sent.get("selection"))
            on_action(sent["name"])

    names = [action.name for action in scene.actions]
    data = pack_scene(scene, asdict(told.wanted) | {"number": told.number, "session": told.session})
    _view(
        data=data,
        key=key,
        default={"selection": None},
        on_selection_change=lambda: take(st.session_state[key].selection),
        on_action_change=act,
    )
    _layers, heads, _rows, _columns = scene.body.shape
    if exact is not None and scene.body.exact_heads is not None:
        flat = selected.layer * heads + selected.head
        values = np.asarray(exact(selected.layer, selected.head))
        packed = pack_exact(values, view=scene.words["view"], scene=scene_id_of(data), flat_head=flat)
        _exact(data=packed, key=f"{key}_exact")


def matrix_view(
    values: NDArray[Any],
    *,
    key: str,
    title: str,
    rows: Sequence[str],
    columns: Sequence[str],
    row_title: str,
    column_title: str,
    lowest: float,
    highest: float,
    cell: str | None = None,
    groups: Sequence[str] = (),
    reach: int | None = None,
    notes: Sequence[str] = (),
    height_px: int | None = None,
    has_numbers: bool = False,
) -> None:
    """Draw one matrix. What is pinned in it stays in the browser.

    Parameters
    ----------
    values
        `[row, column]`.
    lowest, highest
        What the first and the last colour stand for; below zero the colours diverge from zero.
    cell
        How a number is said, with `{row}`, `{column}` and `{value}`.
    groups
        For rows that are the columns too: what each belongs to. They are named where there is no room for labels.
    reach
        How many places back a row may look, itself included; None where the mask forbids nothing.
    notes
        What is said beside the number, for each column.
    height_px
        Of a matrix that fills the width, with cells that need not be square; None for square cells.
    has_numbers
        Whether each cell has its number written into it: for a few columns.
    """
    words = sentences(key) | {"nothing": _("Hover over a cell to read its number; click to pin it.")}
    kind: Kind = "board" if has_numbers else "matrix"
    scene = Scene(
        kind=kind,
        title=title,
        body=pack_body(values[None, None], lowest=lowest, highest=highest, is_whole=True),
        rows=label(rows, groups),
        columns=label(columns, groups, notes),
        row_title=row_title,
        column_title=column_title,
        words=words if cell is None else words | {"cell": cell},
        scale="diverging" if lowest < 0 else "sequential",
        modes=[(kind, title)],
        reach=[reach],
        reports="never",
        height_px=height_px,
    )
    tensor_view(scene, key=key, selected=Selection(), exact=lambda _layer, _head: values)


def label(texts: Sequence[str], groups: Sequence[str] = (), notes: Sequence[str] = ()) -> list[Token]:
    """Return the labels of rows or columns, with their groups and notes if there are any."""
    nothing: list[str | None] = [None] * len(texts)
    of_each = zip(texts, groups or nothing, notes or nothing, strict=True)
    return [Token(text, group=group, note=note) for text, group, note in of_each]


def scene_id_of(data: bytes) -> str:
    """Return the id in a packed scene."""
    length = int.from_bytes(data[:4], "little")
    found: str = json.loads(data[4 : 4 + length])["id"]
    return found


def read_selection(sent: object, scene: Scene) -> Selection | None:
    """Check what came back from a browser: a stale or forged value must not reach the page."""
    if not isinstance(sent, Mapping):
        return None
    layers, heads, rows, columns = scene.body.shape
    bounds = {"layer": layers, "head": heads, "query": rows, "key": columns}
    values: dict[str, int | None] = {}
    for name, count in bounds.items():
        value = sent.get(name)
        is_open = name in ("query", "key") and value is None
        if not is_open and not (isinstance(value, int) and not isinstance(value, bool) and 0 <= value < count):
            return None
        values[name] = value
    mode = sent.get("mode")
    if not isinstance(mode, str) or mode not in {name for name, _label in scene.modes} | {""}:
        return None
    return Selection(**values, mode=mode)  # type: ignore[arg-type]


def sentences(key: str) -> dict[str, str]:
    """Return the sentences that every view has, in the visitor's language."""
    return {
        "view": key,
        "show": _("Show"),
        "layer": _("Layer"),
        "head": _("Head"),
        "layer_head": _("Layer {layer}, head {head}"),
        "cell": _("{row} → {column}: {value}"),
        "row": _("“{row}” looks at: {list}"),
        "nothing": _("Hover over a word or a cell to read its numbers; click to pin it."),
        "rounded": _("Rounded to 1/255; the exact value follows in a moment."),
        "brighter": _("Brighter"),
        "brighter_help": _(
            "Full colour from the largest 1% of the shares: the colours of two heads can no longer be compared."
        ),
        "arcs": _("Arcs"),
        "share": _("Largest shares of a row, up to"),
        "cut": _("Some shares are hidden; the numbers still count all of them."),
        "zoom_in": _("Zoom in"),
        "zoom_out": _("Zoom out"),
        "worth": _("Heads worth a look"),
        "table": _("Numbers as a table"),
        "caption": _("Row {row}"),
        "value": _("value"),
    }
