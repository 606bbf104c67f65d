"""Prove what mattered: switch parts off, swap a vector, find where a swap flips the answer, add up who wrote it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from components.core.i18n import N_, _
from components.core.text import escape_markdown
from components.core.units import format_percent, to_bits
from components.inside import board, link
from components.inside.errors import InsideError
from components.inside.intervention import Changed, SwapTable, list_parts, tabulate_swaps
from components.inside.state import (
    Change,
    Request,
    Watched,
    cell_in_use,
    change_of,
    load_model,
    pass_of,
    plain_pass_of,
    second_text,
)
from components.inside.views.effects import draw_effects
from components.ui import errors, links
from components.ui.session import checkpoint
from components.ui.tensor_view.component import sentences, tensor_view
from components.ui.tensor_view.packing import Face, Scene, Selection, pack_faces

CHANGE_KEY: Final = "inside_change"
TABLE_KEY: Final = "inside_swaps"
_PARTS: Final = "inside_parts_off"
_TABLE: Final = "inside_swap_table"
TABS: Final = {
    "off": N_("Switch parts off"),
    "swap": N_("Swap a vector"),
    "table": N_("Where does a swap flip the answer?"),
    "effects": N_("Who wrote the answer?"),
}


def draw_proof(request: Request, watched: Watched) -> Change | None:
    """Draw the view, and return what was changed."""
    tab = _choose_tab()
    if tab == "effects":
        draw_effects(request, watched)
        return None
    if tab == "off":
        return _switch_off(request, watched)
    if tab == "swap":
        return _swap(request, watched)
    left, right = st.columns([5, 8], gap="medium")
    with left:
        other = _choose_second_text(request)
    if other is not None:
        _draw_table(request, other, left, right)
    return None


def _choose_tab() -> str:
    if st.session_state.get(link.TAB.name, link.TAB.default) == link.TAB.default:
        has_second = bool(str(st.session_state.get(link.COMPARE.name, "")).strip())
        has_parts = bool(str(st.session_state.get(link.ABLATE.name, "")))
        st.session_state[link.TAB.name] = "swap" if has_second and not has_parts else "off"
    return str(
        st.segmented_control(
            _("What to do"),
            list(TABS),
            required=True,
            format_func=lambda name: _(TABS[name]),
            label_visibility="collapsed",
            **links.bound(link.PAGE, link.TAB),
        )
    )


def _switch_off(request: Request, watched: Watched) -> Change | None:
    left, right = st.columns([5, 8], gap="medium")
    with left:
        off = _choose_parts(request)
        if not off:
            st.info(
                _("Choose what to switch off: a head, the attention of a layer, an MLP."), icon=":material/toggle_off:"
            )
            return None
        try:
            change = Change(off=off)
            changed = change_of(request, watched, change)
        except InsideError as error:
            errors.show(error, is_fault=False)
            return None
        _say_change(request, watched, changed)
        if any(part.count(".") == 2 for part in off):
            st.caption(_("A head that is off adds nothing; the bias of its layer's output matrix stays."))
        if any(part.startswith(("attention", "cross")) and part.count(".") == 1 for part in off):
            st.caption(
                _("Attention that is off as a whole adds nothing, its bias included: more than all its heads alone.")
            )
    with right:
        _draw_change(request, watched, changed)
    return change


def _choose_parts(request: Request) -> tuple[str, ...]:
    """Draw the list of parts; the link parameter holds it as text."""
    known = list_parts(load_model(request.model_id))
    asked = [part for part in str(st.session_state.get(link.ABLATE.name, "")).split(",") if part]
    missing = [part for part in asked if part not in known]
    if missing:
        st.warning(
            _("This model has no part {parts}. It has {first} to {last}.").format(
                parts=", ".join(missing), first=known[0], last=known[-1]
            ),
            icon=":material/link_off:",
        )
    st.session_state[_PARTS] = [part for part in asked if part in known]

    def take() -> None:
        st.session_state[link.ABLATE.name] = ",".join(st.session_state[_PARTS])
        links.publish(link.PAGE, link.ABLATE)

    chosen: list[str] = st.multiselect(
        _("Switch off"),
        known,
        format_func=board.name_part,
        key=_PARTS,
        on_change=take,
        placeholder=_("a head, an attention, an MLP"),
    )
    return tuple(chosen)


def _choose_second_text(request: Request) -> Request | None:
    st.text_input(
        _("Second text, with as many tokens"),
        placeholder=_("the same sentence with another word"),
        help=_("At one place, the vector of the second text takes the place of the first one's."),
        **links.bound(link.PAGE, link.COMPARE),
    )
    other = second_text(request)
    if other is None:
        st.info(
            _("Write a second text with as many tokens as the first, for example with another country."),
            icon=":material/swap_horiz:",
        )
        return None
    try:
        pass_of(other)
    except InsideError as error:
        errors.show(error, is_fault=False)
        return None
    return other


def _swap(request: Request, watched: Watched) -> Change | None:
    left, right = st.columns([5, 8], gap="medium")
    with left:
        other = _choose_second_text(request)
        if other is None:
            return None
        done = pass_of(request)
        row, position = cell_in_use(request, watched)
        row = done.rows[-1] if row == link.SCORES else row
        try:
            change = Change(other=other, row=row, position=position)
            changed = change_of(request, watched, change)
        except InsideError as error:
            errors.show(error, is_fault=False)
            return None
        tokens, others = board.label_tokens(done), board.label_tokens(pass_of(other))
        st.markdown(
            _("After **{row}**, the vector at “{token}” is replaced by that of “{other}” from the second text.").format(
                row=board.name_row(row),
                token=escape_markdown(tokens[position].label),
                other=escape_markdown(others[position].label),
            )
        )
        _say_change(request, watched, changed)
        st.caption(_("Click another cell to swap there instead; arrow keys move it."))
    with right:
        _draw_change(request, watched, changed, at=(row, position))
    return change


def _say_change(request: Request, watched: Watched, changed: Changed) -> None:
    loaded = load_model(request.model_id)
    place = pass_of(request).rows.index(changed.before.rows[-1])
    before, after = (lens.watched_probabilities[place, changed.position] for lens in (changed.before, changed.after))
    said = [
        _("**{word}: {before} → {after}**").format(
            word=escape_markdown(board.write_token(loaded, each)),
            before=format_percent(float(before[number])),
            after=format_percent(float(after[number])),
        )
        for number, each in enumerate(watched.ids)
    ]
    then, now = (int(lens.token_ids[place, changed.position, 0]) for lens in (changed.before, changed.after))
    answers = _("it still answers “{word}”") if then == now else _("it now answers “{word}”")
    said.append(answers.format(word=escape_markdown(board.write_token(loaded, now))))
    st.markdown(" · ".join(said))
    floor = changed.noise_floor
    if changed.kl_nats <= floor.kl_nats:
        st.caption(_("Nothing changed beyond rounding."))
    st.caption(
        _(
            "KL divergence {kl:.3g} bits. Rounding alone: {floor:.1g} bits, and at most {probability:.1g} of any "
            "probability. An effect is not a reason: other parts can make up for what is missing."
        ).format(kl=to_bits(changed.kl_nats), floor=to_bits(floor.kl_nats), probability=floor.probability)
    )


def _draw_change(request: Request, watched: Watched, changed: Changed, at: tuple[str, int] | None = None) -> None:
    done = pass_of(request)
    faces = board.read_change_faces(done, changed, watched.word)
    rows = board.rows_from_the_top(done)

    def take(selected: Selection) -> None:
        if at is not None and selected.query is not None and selected.key is not None:
            st.session_state[link.ROW.name] = rows[max(selected.query, 1)]
            st.session_state[link.POSITION.name] = selected.key
            links.publish(link.PAGE, link.ROW, link.POSITION)

    _draw_faces(
        CHANGE_KEY,
        request,
        faces,
        title=_("What each cell says after the change"),
        faded=board.find_untouched_cells(changed),
        selected=Selection(mode="guess") if at is None else Selection(query=rows.index(at[0]), key=at[1], mode="guess"),
        on_select=None if at is None else take,
    )
    st.caption(_("Pale: what the change cannot reach. Those cells are the same, bit for bit."))


def _draw_faces(
    key: str,
    request: Request,
    faces: list[Face],
    *,
    title: str,
    faded: list[bool],
    selected: Selection,
    on_select: Callable[[Selection], None] | None,
    has_scores: bool = True,
) -> None:
    done = pass_of(request)
    rows = board.label_rows(done)
    held: Any = st.session_state.setdefault(f"_{key}_mode", selected.mode)

    def take(chosen: Selection) -> None:
        st.session_state[f"_{key}_mode"] = chosen.mode
        if on_select is not None:
            on_select(chosen)

    tensor_view(
        Scene(
            kind="board",
            title=title,
            body=pack_faces(faces),
            rows=rows if has_scores else rows[1:],
            columns=board.label_tokens(done),
            row_title=_("written so far"),
            column_title=_("token"),
            words=sentences(key),
            modes=[(face.name, face.label) for face in faces],
            faces=faces,
            faded=faded,
            folds=board.folds_layers(done),
            reports="never" if on_select is None else "at_rest",
        ),
        key=key,
        selected=Selection(query=selected.query, key=selected.key, mode=str(held)),
        on_select=take,
    )


@dataclass(frozen=True, eq=False)
class _Table:
    """A table that was made, and for what."""

    request: Request
    other: Request
    table: SwapTable


def _draw_table(request: Request, other: Request, left: DeltaGenerator, right: DeltaGenerator) -> None:
    kept: _Table | None = st.session_state.get(_TABLE)
    if kept is None or (kept.request, kept.other) != (request, other):
        with left:
            made = _tabulate(request, other)
        if made is None:
            return
        kept = _Table(request, other, made)
        st.session_state[_TABLE] = kept
    done, table = pass_of(request), kept.table
    loaded, rows = done.loaded, tuple(reversed(done.rows))
    st.markdown(
        _(
            "Each cell is one swap at that place. Alone, the first text answers “{answer}”, the second “{other}”."
        ).format(
            answer=escape_markdown(board.write_token(loaded, table.answer)),
            other=escape_markdown(board.write_token(loaded, table.other_answer)),
        )
    )

    def take(selected: Selection) -> None:
        if selected.query is not None and selected.key is not None:
            st.session_state[link.ROW.name] = rows[selected.query]
            st.session_state[link.POSITION.name] = selected.key
            links.publish(link.PAGE, link.ROW, link.POSITION)

    flipped = np.argwhere(table.is_flipped[::-1])
    chosen = Selection(query=None, key=None, mode="other")
    if len(flipped):
        chosen = Selection(query=int(flipped[0][0]), key=int(flipped[0][1]), mode="other")
    with right:
        _draw_faces(
            TABLE_KEY,
            request,
            board.read_swap_faces(done, table),
            title=_("What the model answers after a swap at each place"),
            faded=table.is_same[::-1].ravel().tolist(),
            selected=chosen,
            on_select=take,
            has_scores=False,
        )
    left.caption(
        _(
            "{count} of {all} swaps flip the answer. Pale: both texts have the same vector there. Rounding moves a "
            "probability by at most {floor:.1g}."
        ).format(count=int(table.is_flipped.sum()), all=table.is_flipped.size, floor=table.noise_floor.probability)
    )


def _tabulate(request: Request, other: Request) -> SwapTable | None:
    place = st.empty()
    with place.container():
        bar = st.progress(0.0, text=_("Swapping one vector after another"))
        st.button(_("Stop"), key="inside_stop", icon=":material/stop_circle:")

    def progress(made: int, total: int) -> None:
        bar.progress(made / total, text=_("{made} of {total} rows").format(made=made, total=total))

    try:
        table = tabulate_swaps(plain_pass_of(request), plain_pass_of(other), checkpoint=checkpoint, progress=progress)
    except InsideError as error:
        place.empty()
        errors.show(error, is_fault=False)
        return None
    place.empty()
    return table
