"""What a tensor view is sent: one `bytes`, since Streamlit turns bytes inside a dict into text.

    uint32 little-endian: length of the header | header as JSON | arrays, one deflate stream

Colours need no more than 255 levels; exact values (float16) come along while they are small, and for one head at a time
where they are not. The TypeScript side is frontend/src/protocol.ts.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

Kind = Literal["attention", "matrix", "board"]
Scale = Literal["sequential", "diverging"]
Field = Literal["layer", "head", "mode", "query", "key"]
Reports = Literal["never", "at_rest", "on_leaving"]
"""When the server is told what is selected: 600 ms after the last move, or once the visitor turns to another part of
the page, which may need it."""

LEVELS: Final = 255
MOST_EXACT_BYTES: Final = 160_000
"""Exact values of all heads come along up to this size; above it they are sent for one head at a time."""
MOST_SINGLE_BYTES: Final = 600_000
"""Exact values of one matrix are of single precision up to this size, and of half precision above it."""
MOST_UNPOOLED: Final = 128
POOLED_TO: Final = 96
"""Above `MOST_UNPOOLED` rows or columns a view has the largest value of each block, about this many blocks a side."""


@dataclass(frozen=True)
class Token:
    """The label of a row or column.

    Attributes
    ----------
    group
        What it has in common with its neighbours; named where there is no room for single labels.
    note
        What is said beside the number of a cell in this column.
    """

    label: str
    special: bool = False
    group: str | None = None
    note: str | None = None


@dataclass(frozen=True)
class Piece:
    """A piece of the text as it was typed; `token` is None for what lies between tokens."""

    text: str
    token: int | None
    special: bool = False


@dataclass(frozen=True)
class Selection:
    """What is chosen. `query` and `key` are the pinned row and column; None where none is pinned."""

    layer: int = 0
    head: int = 0
    query: int | None = None
    key: int | None = None
    mode: str = ""


@dataclass(frozen=True)
class WorthALook:
    """A head that is offered beside the view: what it does, and how sure that is."""

    layer: int
    head: int
    query: int | None
    title: str
    note: str


@dataclass(frozen=True)
class Action:
    """A button below the view, for what the server does with the selection.

    Attributes
    ----------
    of_word
        Whether it needs a pinned row that is no special token.
    href
        Of a link to another page: its address, with `{layer}`, `{head}` and `{query}` where the selection goes. A
        parameter that would have nothing is left out. Empty where there is no page.
    """

    name: str
    label: str
    of_word: bool = False
    href: str = ""


@dataclass(frozen=True)
class AddressParameter:
    """A parameter of the link that holds a part of the selection; `default` is left out of the address.

    Attributes
    ----------
    values
        How the address writes each row or column; empty where it writes the number itself.
    """

    name: str
    field: Field
    default: str
    values: Sequence[str] = ()


@dataclass(frozen=True)
class Face:
    """One way to read a board: its matrix, and what stands in the cells.

    Attributes
    ----------
    name, label
        Its name as a mode, and what the button says.
    values
        `[row, column]`, the numbers that are said.
    shades
        `[row, column]`, what is drawn as colour, between `lowest` and `highest`; below zero the colours diverge.
    cells
        The text of each cell, row by row; without texts a cell has its number.
    cell
        How a number is said, with `{row}`, `{column}`, `{value}` and `{text}`.
    fades
        Whether the cells that the scene names `faded` are drawn pale.
    """

    name: str
    label: str
    values: NDArray[Any]
    shades: NDArray[Any]
    lowest: float
    highest: float
    cells: Sequence[str]
    cell: str
    decimals: int
    fades: bool = True


@dataclass(frozen=True)
class Body:
    """The packed arrays of a view, ready to be sent to any number of sessions.

    Attributes
    ----------
    arrays
        Name, type, shape and place of each.
    pooled
        How many rows and columns a level stands for.
    exact_heads
        As `layer * heads + head`; None if the exact values of all are here.
    """

    arrays: tuple[Mapping[str, Any], ...]
    packed: bytes
    shape: tuple[int, int, int, int]
    pooled: int
    exact_heads: tuple[int, ...] | None
    lowest: float
    highest: float
    digest: str


@dataclass(frozen=True, kw_only=True)
class Scene:
    """All that a view shows.

    Attributes
    ----------
    words
        The sentences of the view by their names, in the visitor's language.
    cells
        Of a board: the text of each cell, row by row; without texts a cell has its number.
    reach
        Of each layer how many places back a row may look, itself included; None where the mask forbids nothing.
    about
        What is said of a head, by `layer * heads + head`; `**` around what is bold.
    about_others
        What is said of a head that is not in `about`.
    height_px
        Of a matrix that fills the width, with cells that need not be square; None for square cells.
    faces
        Of a board: the ways to read it, which are its modes; `body` is `pack_faces` of them.
    notes, faded, looks
        Of a board, cell by cell: what is said beside the number, whether it is pale, and which columns of the row
        below it looks at, with their shares.
    folds
        Of a board: whether the rows of one group are one until they are unfolded.
    """

    kind: Kind
    title: str
    body: Body
    rows: Sequence[Token]
    columns: Sequence[Token]
    row_title: str
    column_title: str
    words: Mapping[str, str]
    scale: Scale = "sequential"
    pieces: Sequence[Piece] = ()
    key_pieces: Sequence[Piece] = ()
    modes: Sequence[tuple[str, str]] = ()
    worth: Sequence[WorthALook] = ()
    cells: Sequence[str] = ()
    reach: Sequence[int | None] = ()
    address: Sequence[AddressParameter] = ()
    about: Mapping[int, str] = field(default_factory=dict)
    about_others: str = ""
    actions: Sequence[Action] = ()
    reports: Reports = "at_rest"
    height_px: int | None = None
    faces: Sequence[Face] = ()
    notes: Sequence[str] = ()
    faded: Sequence[bool] = ()
    looks: Sequence[Sequence[tuple[int, float]]] = ()
    folds: bool = False


def pack_body(values: NDArray[Any], *, lowest: float = 0.0, highest: float = 1.0, is_whole: bool = False) -> Body:
    """Pack a stack of matrices.

    Parameters
    ----------
    values
        `[layer, head, row, column]`.
    lowest, highest
        What the first and the last level mean; values beyond are shown as these.
    is_whole
        Whether all is sent at once and nothing is pooled, whatever the size: for one matrix. Its exact values are
        float32 while they are small.
    """
    layers, heads, rows, columns = values.shape
    is_pooled = max(rows, columns) > MOST_UNPOOLED and not is_whole
    pooled = -(-max(rows, columns) // POOLED_TO) if is_pooled else 1
    levels = _largest_of_blocks(quantise(values, lowest, highest), pooled)
    are_all_exact = is_whole or (pooled == 1 and values.size * 2 <= MOST_EXACT_BYTES)
    exact_type = np.float32 if is_whole and values.size * 4 <= MOST_SINGLE_BYTES else np.float16
    arrays = [("levels", levels)]
    if are_all_exact:
        arrays.append(("exact", values.reshape(layers * heads, rows, columns).astype(exact_type)))
    entries, packed = _pack(arrays)
    return Body(
        arrays=entries,
        packed=packed,
        shape=(layers, heads, rows, columns),
        pooled=pooled,
        exact_heads=None if are_all_exact else (),
        lowest=lowest,
        highest=highest,
        digest=hashlib.blake2b(packed, digest_size=12).hexdigest(),
    )


def pack_faces(faces: Sequence[Face]) -> Body:
    """Pack the faces of a board as the heads of one layer."""
    levels = np.stack([quantise(face.shades, face.lowest, face.highest) for face in faces])
    entries, packed = _pack(
        [("levels", levels[None]), ("exact", np.stack([face.values for face in faces]).astype(np.float32))]
    )
    return Body(
        arrays=entries,
        packed=packed,
        shape=(1, *levels.shape),
        pooled=1,
        exact_heads=None,
        lowest=faces[0].lowest,
        highest=faces[0].highest,
        digest=hashlib.blake2b(packed, digest_size=12).hexdigest(),
    )


def pack_scene(scene: Scene, command: Mapping[str, Any]) -> bytes:
    """Return what the view is sent. `command` is what the server wants to be selected, with its number."""
    layers, heads, _rows, _columns = scene.body.shape
    header: dict[str, Any] = {
        "kind": scene.kind,
        "title": scene.title,
        "arrays": scene.body.arrays,
        "scale": scene.scale,
        "range": [scene.body.lowest, scene.body.highest],
        "rows": [_token(token) for token in scene.rows],
        "columns": [_token(token) for token in scene.columns],
        "rowTitle": scene.row_title,
        "columnTitle": scene.column_title,
        "layers": layers,
        "heads": heads,
        "pooled": scene.body.pooled,
        "exactHeads": scene.body.exact_heads,
        "pieces": [vars(piece) for piece in scene.pieces],
        "keyPieces": [vars(piece) for piece in scene.key_pieces],
        "modes": [{"name": name, "label": label} for name, label in scene.modes],
        "worth": [vars(each) for each in scene.worth],
        "cells": list(scene.cells),
        "reach": list(scene.reach),
        "address": [vars(parameter) for parameter in scene.address],
        "words": dict(scene.words),
        "about": dict(scene.about),
        "aboutOthers": scene.about_others,
        "actions": [_action(action) for action in scene.actions],
        "reports": scene.reports,
        "height": scene.height_px,
    }
    if scene.faces:
        header |= {
            "faces": [_face(face) for face in scene.faces],
            "notes": list(scene.notes),
            "faded": "".join("01"[is_faded] for is_faded in scene.faded),
            "looks": [list(each) for each in scene.looks],
            "folds": scene.folds,
        }
    header["id"] = scene_id(scene, header)
    return _framed(header | {"command": dict(command)}, scene.body.packed)


def scene_id(scene: Scene, header: Mapping[str, Any]) -> str:
    """Return the same for the same content, so that the browser reads it once."""
    text = json.dumps(header, ensure_ascii=False, sort_keys=True) + scene.body.digest
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()


def pack_exact(values: NDArray[Any], *, view: str, scene: str, flat_head: int) -> bytes:
    """Return the exact values of one head, `[row, column]`, for a view that has only levels of it."""
    entries, packed = _pack([("exact", values[None].astype(np.float16))])
    return _framed({"view": view, "of": scene, "arrays": entries, "exactHeads": [flat_head]}, packed)


def _face(face: Face) -> dict[str, Any]:
    return {
        "name": face.name,
        "scale": "diverging" if face.lowest < 0 else "sequential",
        "range": [face.lowest, face.highest],
        "cells": list(face.cells),
        "cell": face.cell,
        "decimals": face.decimals,
        "fades": face.fades,
    }


def _action(action: Action) -> dict[str, Any]:
    return {"name": action.name, "label": action.label, "ofWord": action.of_word, "href": action.href}


def _token(token: Token) -> dict[str, Any]:
    return {name: value for name, value in vars(token).items() if name == "label" or value not in (None, False)}


def quantise(values: NDArray[Any], lowest: float, highest: float) -> NDArray[np.uint8]:
    """Return the level of each value, 0 at `lowest` and `LEVELS` at `highest`."""
    scaled = (values.astype(np.float32) - lowest) * (LEVELS / (highest - lowest))
    levels: NDArray[np.uint8] = np.rint(scaled).clip(0, LEVELS).astype(np.uint8)
    return levels


def _largest_of_blocks(levels: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """Return the largest level of each block of `side` rows and columns."""
    if side == 1:
        return levels
    rows, columns = levels.shape[2:]
    for axis, count in ((2, rows), (3, columns)):
        levels = np.maximum.reduceat(levels, np.arange(0, count, side), axis=axis)
    return levels


def _pack(arrays: Sequence[tuple[str, NDArray[Any]]]) -> tuple[tuple[Mapping[str, Any], ...], bytes]:
    entries: list[Mapping[str, Any]] = []
    parts: list[bytes] = []
    offset = 0
    for name, array in arrays:
        data = np.ascontiguousarray(array).tobytes()
        dtype = {1: "u1", 2: "f2", 4: "f4"}[array.dtype.itemsize]
        entries.append({"name": name, "dtype": dtype, "shape": array.shape, "offset": offset, "length": len(data)})
        padding = -len(data) % 8
        parts += [data, bytes(padding)]
        offset += len(data) + padding
    # runs of one level and a code for each level: smaller than the fastest search for repeated strings, and faster
    packer = zlib.compressobj(level=1, memLevel=zlib.DEF_MEM_LEVEL, strategy=zlib.Z_RLE)
    return tuple(entries), packer.compress(b"".join(parts)) + packer.flush()


def _framed(header: Mapping[str, Any], packed: bytes) -> bytes:
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    return len(text).to_bytes(4, "little") + text + packed
