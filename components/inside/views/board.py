"""The board: what the model would say at each token and depth, read and switched in the browser."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import streamlit as st

from components.core.i18n import _, language, use
from components.core.text import escape_markdown
from components.inside import board, link
from components.inside.errors import InsideError
from components.inside.reading import predicted_position
from components.inside.state import (
    CELL,
    EXPORT,
    MOST_TEXTS,
    Request,
    Watched,
    cell_in_use,
    lens_of,
    most_telling_row,
    other_kind,
    pass_of,
    watched_of,
)
from components.models.registry import record
from components.models.sublayers import EMBEDDING
from components.ui import errors, links
from components.ui.session import fragment, redraw
from components.ui.tensor_view.component import sentences, tensor_view
from components.ui.tensor_view.packing import AddressParameter, Field, Scene, Selection, pack_faces

KEY: Final = "inside_board"
OTHER_KEY: Final = "inside_other_board"
_IN_ADDRESS: Final[tuple[tuple[str, Field], ...]] = (("show", "mode"), ("row", "query"), ("position", "key"))


@st.cache_resource(max_entries=MOST_TEXTS, show_spinner=False)
def _scene(request: Request, watched: Watched, key: str, spoken: str) -> Scene:
    with use(spoken):
        return _build_scene(request, watched, key)


def _build_scene(request: Request, watched: Watched, key: str) -> Scene:
    done, lens = pass_of(request), lens_of(request, watched)
    faces = board.read_faces(done, lens, watched.word)
    return Scene(
        kind="board",
        title=_("What the model would say at each token and depth"),
        body=pack_faces(faces),
        rows=board.label_rows(done),
        columns=board.label_tokens(done),
        row_title=_("written so far"),
        column_title=_("token"),
        words=sentences(key),
        modes=[(face.name, face.label) for face in faces],
        faces=faces,
        notes=board.write_notes(done, lens),
        faded=board.find_pale_cells(done),
        looks=board.find_looks(done),
        folds=board.folds_layers(done),
    )


@fragment
def draw_board(request: Request, watched: Watched) -> None:
    """Draw the board. A look at another face redraws the Export menu alone, one at another cell what is beside too."""
    scene = replace(_scene(request, watched, KEY, language()), address=_address(request))
    row, position = cell_in_use(request, watched)
    rows = board.rows_from_the_top(pass_of(request))
    mode = str(st.session_state.get(link.SHOW.name, link.SHOW.default))

    def take(selected: Selection) -> None:
        st.session_state[link.SHOW.name] = selected.mode
        before = cell_in_use(request, watched)
        if selected.query is not None and selected.key is not None:
            st.session_state[link.ROW.name] = rows[selected.query]
            st.session_state[link.POSITION.name] = selected.key
        is_elsewhere = cell_in_use(request, watched) != before
        links.follow(link.PAGE, (link.SHOW, link.ROW, link.POSITION))
        redraw(*((CELL, EXPORT) if is_elsewhere else (EXPORT,)))

    tensor_view(
        scene,
        key=KEY,
        selected=Selection(query=rows.index(row), key=position, mode=mode),
        on_select=take,
    )
    _describe(request)


def draw_other_board(request: Request) -> None:
    """Draw the board of the same sentence in the built-in model of the other kind."""
    other = other_kind(request)
    if not other.text.strip():
        st.info(_("A decoder reads what comes before the mask. Here there is nothing."), icon=":material/info:")
        return
    try:
        watched = watched_of(other, "", "")
    except InsideError as error:
        errors.show(error, is_fault=False)
        return
    rows = board.rows_from_the_top(pass_of(other))
    scene = replace(_scene(other, watched, OTHER_KEY, language()), reports="never")
    st.markdown(
        _("**{model}**, the same sentence: {text}").format(
            model=record(other.model_id).title, text=escape_markdown(other.text)
        )
    )
    lens, position = lens_of(other, watched), _place(other)
    tensor_view(
        scene,
        key=OTHER_KEY,
        selected=Selection(query=rows.index(most_telling_row(lens, position)), key=position, mode="guess"),
    )
    st.caption(
        _(
            "An encoder fills the gap and looks both ways: arcs go left and right, and every column may change. A "
            "decoder predicts what comes next: no arc goes to the right."
        )
    )


def _place(request: Request) -> int:
    done = pass_of(request)
    return predicted_position(done.loaded, done.given)


def _address(request: Request) -> list[AddressParameter]:
    rows = board.rows_from_the_top(pass_of(request))
    parameters = {each.name: each for each in (link.SHOW, link.ROW, link.POSITION)}
    return [
        AddressParameter(name, field, links.default_of(link.PAGE, parameters[name]), rows if field == "query" else ())
        for name, field in _IN_ADDRESS
    ]


def _describe(request: Request) -> None:
    done = pass_of(request)
    st.caption(
        _(
            "Each row is the residual stream after one more part has added to it, read through the model's own last "
            "layer. Pale rows are early: the last layer was not made to read them. Arcs: where a head looks with at "
            "least {share:.0%} of its attention."
        ).format(share=board.LEAST_LOOK)
    )
    if EMBEDDING in done.rows and board.folds_layers(done):
        st.caption(_("Click “▸ layers” to unfold them."))
