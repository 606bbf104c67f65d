"""The Export menu of the page."""

from __future__ import annotations

from typing import Any

import streamlit as st

from components.core.i18n import _
from components.inside import link
from components.inside.attribution import attribute
from components.inside.board import label_rows, label_tokens, read_faces
from components.inside.export import Swap, script
from components.inside.lens import read_lens
from components.inside.pictures import draw_board_svg, name_part_drawn
from components.inside.reading import predicted_position
from components.inside.record import build_result
from components.inside.state import EXPORT, Change, Request, Watched, change_of, lens_of, pass_of, plain_pass_of
from components.models.records import loadable_name
from components.models.registry import record
from components.models.store import local_folder
from components.ui.export import Export, draw_view_export, export_frame
from components.ui.session import fragment


def draw_export(request: Request, watched: Watched, change: Change | None) -> None:
    """Draw the menu for what is on the screen. What changes with a look is drawn again by itself."""
    drawn: list[Export] = []
    with export_frame(link.PAGE, lambda: drawn[-1]):
        _draw_look(request, watched, change, drawn)


def _draw_export_of_look(request: Request, watched: Watched, change: Change | None, drawn: list[Export]) -> None:
    model = record(request.model_id)
    params = {each.name: st.session_state.get(each.name, each.default) for each in link.PARAMETERS}
    drawn[:] = [
        Export(
            page=link.PAGE,
            params=params | {"model": model.id, "text": request.text},
            model=model.id,
            result=lambda: _result(request, watched, change),
            script=lambda: _script(request, watched, change),
            figure=lambda: _figure(request, watched, str(params[link.SHOW.name])),
        )
    ]
    draw_view_export(drawn[-1])


_draw_look = fragment(_draw_export_of_look, name=EXPORT)


def _result(request: Request, watched: Watched, change: Change | None) -> dict[str, Any]:
    done = pass_of(request)
    position = predicted_position(done.loaded, done.given)
    return build_result(
        done,
        read_lens(plain_pass_of(request), watched.ids, row_by_row=True),
        attribute(done, position, watched.word, watched.against),
        position=position,
        changed=None if change is None else change_of(request, watched, change, row_by_row=True),
    )


def _script(request: Request, watched: Watched, change: Change | None) -> str:
    done, model = pass_of(request), record(request.model_id)
    return script(
        loadable_name(model, local_folder(model)),
        done,
        text=request.text,
        position=predicted_position(done.loaded, done.given),
        watched=watched.word,
        other=watched.against,
        off=() if change is None else change.off,
        swap=None
        if change is None or change.other is None
        else Swap(pass_of(change.other).given, change.row, change.position),
    )


def _figure(request: Request, watched: Watched, show: str) -> str:
    done = pass_of(request)
    faces = {face.name: face for face in read_faces(done, lens_of(request, watched), watched.word)}
    title = _("{title} · {face}").format(title=record(request.model_id).title, face=faces[show].label)
    return draw_board_svg(
        faces[show],
        title=name_part_drawn(title, len(done.tokens)),
        rows=[row.label for row in label_rows(done)],
        columns=[column.label for column in label_tokens(done)],
    )
