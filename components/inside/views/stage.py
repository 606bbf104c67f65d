"""One cell of the board, explained in the browser: a sentence, a picture, the numbers with their formulas."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import streamlit as st

from components.core.i18n import N_, _, language
from components.core.units import Signed
from components.inside import board, link
from components.inside.reading import Pass, is_causal, predicted_position
from components.inside.sheet import Operation, Sheet, build_sheet, count_products, strongest_head
from components.inside.state import (
    CELL,
    EXPORT,
    VIEW,
    Request,
    Watched,
    cell_in_use,
    chosen_number,
    head_in_use,
    load_model,
    pass_of,
    stages_of,
)
from components.inside.views.board import draw_board, draw_other_board
from components.inside.wording import TITLES, browser_sentences
from components.inside.writing import Push
from components.models.loaders import LoadedModel
from components.models.sublayers import EMBEDDING
from components.ui import links
from components.ui.look import KEY_COLOUR, QUERY_COLOUR, VALUE_COLOUR
from components.ui.navigation import page_link
from components.ui.session import fragment, redraw

KEY: Final = "inside_stage"
MOST_SHEETS: Final = 256
MOST_LINKED_CHARACTERS: Final = 2_000
_HERE: Final = Path(__file__).parent
_component = st.components.v2.component(
    "inside_stage",
    html='<div class="stage" data-testid="stage-view"></div>\n',
    css=(_HERE / "stage.css").read_text(encoding="utf-8"),
    js=(_HERE / "stage.js").read_text(encoding="utf-8"),
)


PARTS: Final = {"all": N_("All of it"), "scores": N_("Query times key"), "values": N_("What it makes of the values")}
_OF_PART: Final = {
    "scores": ("query", "key", "scores", "bias", "biased", "capped", "masked"),
    "values": ("weights", "value", "mixed", "written"),
}
"""The operations of each part, by the first word of their names."""


def draw_board_view(request: Request, watched: Watched) -> None:
    """Draw the board, and beside it what happens in the chosen cell."""
    left, right = st.columns([11, 9], gap="medium")
    with left:
        draw_board(request, watched)
    with right:
        _draw_cell(request, watched)


def _draw_beside(request: Request, watched: Watched) -> None:
    """Draw what happens in the chosen cell, or the board of the other kind of model."""
    with st.container(key="stage_beside"):
        if _is_beside(request):
            draw_other_board(request)
        else:
            _draw(request, watched, *cell_in_use(request, watched), is_open=False)


_draw_cell = fragment(_draw_beside, name=CELL)


def _is_beside(request: Request) -> bool:
    """Draw the choice between what happens in the cell and the board of the other kind of model, and return it."""
    other = _("an encoder beside it") if is_causal(load_model(request.model_id)) else _("a decoder beside it")
    names = {"no": _("this cell"), "yes": other}

    def take() -> None:
        links.publish(link.PAGE, link.BESIDE)
        redraw(CELL, EXPORT)

    chosen = st.segmented_control(
        _("Beside the board"),
        link.BESIDE.options,
        required=True,
        format_func=names.__getitem__,
        label_visibility="collapsed",
        **links.bound(link.PAGE, link.BESIDE) | {"on_change": take, "args": ()},
    )
    return str(chosen) == "yes"


def draw_stage_view(request: Request, watched: Watched) -> None:
    """Draw the chosen cell alone, with its numbers."""
    row, position = _choose_cell(request, watched)
    _draw(request, watched, row, position, is_open=True)


def _choose_cell(request: Request, watched: Watched) -> tuple[str, int]:
    done = pass_of(request)
    row, position = cell_in_use(request, watched)
    rows, tokens = board.rows_from_the_top(done), board.label_tokens(done)

    def take(parameter: Any, key: str) -> None:  # noqa: ANN401 (any parameter of the link)
        st.session_state[parameter.name] = st.session_state[key]
        links.publish(link.PAGE, parameter)

    st.session_state["inside_row"], st.session_state["inside_position"] = row, position
    with st.container(horizontal=True):
        st.selectbox(
            _("Row"),
            rows,
            format_func=board.name_row,
            key="inside_row",
            on_change=take,
            args=(link.ROW, "inside_row"),
            width=220,
        )
        st.selectbox(
            _("Token"),
            range(len(tokens)),
            format_func=lambda index: f"{index} {tokens[index].label}",
            key="inside_position",
            on_change=take,
            args=(link.POSITION, "inside_position"),
            width=220,
        )
        if row.startswith(("attention", "cross")):
            st.selectbox(
                _("Part"),
                list(PARTS),
                format_func=lambda name: _(PARTS[name]),
                width=220,
                **links.bound(link.PAGE, link.PART),
            )
    return row, position


def _draw(request: Request, watched: Watched, row: str, position: int, *, is_open: bool) -> None:
    data = _data(request, watched, (row, position), chosen_number(link.HEAD), language())
    cell = f"{row}@{position}"
    heads = data["heads"]
    if heads:
        data = data | {"head": head_in_use(heads, strongest=data["strongest"])}
    part = str(st.session_state.get(link.PART.name, link.PART.default)) if is_open and heads else link.PART.default

    def take() -> None:
        sent = st.session_state[KEY].head
        is_right = isinstance(sent, Mapping) and isinstance(sent.get("head"), int) and sent.get("cell") == cell
        if is_right and 0 <= sent["head"] < heads:
            st.session_state[link.HEAD.name] = sent["head"]
            links.follow(link.PAGE, (link.HEAD,))
            if not is_open:  # else it is a part of the view, which is drawn again with all that is in it
                redraw(CELL, EXPORT)

    _component(
        data=data
        | {
            "open": is_open,
            "cell": cell,
            "part": part,
            "listed": _list_operations(data["operations"], part),
            "id": f"{data['id']}/{cell}/{is_open}/{part}",
        },
        key=KEY,
        default={"head": None},
        on_head_change=take,
    )
    _offer_experiments(row, int(data["head"]) if heads else None)
    if len(request.text) > MOST_LINKED_CHARACTERS or request.target:
        return
    if row == link.SCORES:
        _link_to_generation(request, position)
    elif row.startswith("attention") and is_open:
        page_link(
            "attention",
            label=_("See this head on the text"),
            model=request.model_id,
            text=request.text,
            layer=row.split(".")[1],
            head=str(data["head"]),
        )


def _offer_experiments(row: str, head: int | None) -> None:
    """Offer to prove whether this cell matters."""
    if row == link.SCORES:
        return
    with st.container(horizontal=True):
        if row != EMBEDDING:
            part = row if head is None else f"{row}.{head}"
            st.button(
                _("Switch {part} off").format(part=board.name_part(part)),
                key="inside_off_here",
                icon=":material/toggle_off:",
                on_click=_prove,
                kwargs={"tab": "off", "ablate": part},
            )
        st.button(
            _("Swap this vector"),
            key="inside_swap_here",
            icon=":material/swap_horiz:",
            on_click=_prove,
            kwargs={"tab": "swap"},
        )


def _prove(**values: str) -> None:
    links.set_up(link.PAGE, link.PARAMETERS, {"view": "prove", **values})
    redraw(VIEW)


def _list_operations(operations: list[dict[str, Any]], part: str) -> list[str]:
    """Return the names of the operations that are shown."""
    names = [str(each["name"]) for each in operations]
    return [name for name in names if part not in _OF_PART or name.split("_")[0] in _OF_PART[part]]


def _link_to_generation(request: Request, position: int) -> None:
    done = pass_of(request)
    is_last = position == predicted_position(done.loaded, done.given)
    if is_last and done.loaded.model.can_generate():
        page_link(
            "generation",
            label=_("What a sampler does with these probabilities"),
            model=request.model_id,
            prompt=request.text,
        )


@st.cache_resource(max_entries=MOST_SHEETS, show_spinner=False)
def _data(request: Request, watched: Watched, cell: tuple[str, int], head: int | None, spoken: str) -> dict[str, Any]:
    done = pass_of(request)
    row, position = cell
    words = (watched.word, watched.against)
    heads = int(done.loaded.model.config.num_attention_heads)
    sheet = build_sheet(
        done,
        stages_of(request),
        row,
        position,
        head=head if head is None or head < heads else None,
        watched=words,
    )
    tokens = [token.label for token in board.label_tokens(done)]
    keys = _key_labels(request) if sheet.key_labels_are_encoded else tokens
    strongest = 0 if sheet.shares is None else _most_telling_head(sheet)
    if sheet.first_head is not None:
        strongest = sheet.first_head
    return {
        "id": f"{request!r}/{watched!r}/{head}/{spoken}",
        "row": row,
        "title": _("{row}, at “{token}”").format(row=board.name_row(row), token=tokens[position]),
        "sentences": _sentences(done, sheet, watched, tokens, keys),
        "keys": keys,
        "top": [board.write_token(done.loaded, each) for each in sheet.top],
        "heads": sheet.heads,
        "keyHeads": sheet.key_heads,
        "firstHead": sheet.first_head,
        "strongest": strongest,
        "head": strongest,
        "scaling": sheet.scaling,
        "shares": "" if sheet.shares is None else _encode(sheet.shares),
        "pushes": [_push(done.loaded, push, watched) for push in sheet.pushes],
        "operations": [_operation(done, sheet, operation) for operation in sheet.operations],
        "tints": {"query": QUERY_COLOUR, "key": KEY_COLOUR, "value": VALUE_COLOUR},
        "words": browser_sentences(),
    }


def _most_telling_head(sheet: Sheet) -> int:
    """Return the head that raises the watched word against the other one most, or else looks most."""
    raised = [push.watched[0] - push.watched[1] for push in sheet.pushes]
    if not raised or sheet.shares is None:
        return 0
    return int(np.argmax(raised)) if max(raised) > 0 else strongest_head(sheet.shares, sheet.position)


def _key_labels(request: Request) -> list[str]:
    """Return the tokens that the encoder of an encoder-decoder read."""
    done = pass_of(request)
    return [board.shorten(board.write_token(done.loaded, token.id)) for token in done.given.tokens]


def _encode(values: Any) -> str:  # noqa: ANN401 (an array)
    return base64.b64encode(np.ascontiguousarray(values, dtype="<f4").tobytes()).decode("ascii")


def _operation(done: Pass, sheet: Sheet, operation: Operation) -> dict[str, Any]:
    title = _(TITLES[operation.name]) if operation.name in TITLES else operation.name
    named = [_(TITLES[each]) if each in TITLES else each for each in operation.inputs]
    return {
        "name": operation.name,
        "title": title,
        "symbol": operation.symbol,
        "kind": operation.kind,
        "role": operation.role,
        "formula": operation.formula,
        "code": operation.code,
        "inputs": list(operation.inputs),
        "sources": _("From: {inputs}.").format(inputs=", ".join(named)) if named else "",
        "products": 0 if operation.kind != "linear" else count_products(done, sheet, operation),
        "axes": operation.axes,
        "shape": list(operation.values.shape),
        "data": _encode(operation.values),
        "error": operation.error,
    }


def _push(loaded: LoadedModel, push: Push, watched: Watched) -> dict[str, Any]:
    word, against = (board.write_token(loaded, each) for each in (watched.word, watched.against))
    return {
        "title": _("Neuron {number}, activation {strength:.2f}").format(number=push.number, strength=push.strength),
        "up": [[board.write_token(loaded, id_), change] for id_, change in push.up],
        "down": [[board.write_token(loaded, id_), change] for id_, change in push.down],
        "said": _("Its direct effect: “{word}” {first:+.2f}, “{against}” {second:+.2f}.").format(
            word=word, against=against, first=Signed(push.watched[0]), second=Signed(push.watched[1])
        ),
    }


def _sentences(done: Pass, sheet: Sheet, watched: Watched, tokens: list[str], keys: list[str]) -> list[str]:
    token = tokens[sheet.position]
    word, against = (board.write_token(done.loaded, each) for each in (watched.word, watched.against))
    if sheet.row == EMBEDDING:
        return [
            _(
                "“{token}” is one row of a table with {rows:,} rows, learned like everything else. "
                "No other word is in it yet."
            ).format(token=token, rows=done.vocabulary)
        ]
    if sheet.row == link.SCORES:
        return [
            _(
                "The last vector at “{token}” is compared with the row of every token; softmax turns the scores "
                "into probabilities."
            ).format(token=token)
        ]
    if sheet.watched:
        return [
            _(
                "The MLP works on “{token}” alone: no look at other tokens. What it adds changes the score of "
                "“{word}” by {first:+.2f} and that of “{against}” by {second:+.2f}."
            ).format(
                token=token, word=word, against=against, first=Signed(sheet.watched[0]), second=Signed(sheet.watched[1])
            )
        ]
    if sheet.shares is None:
        return [""]
    found = []
    for head, (shares, push) in enumerate(zip(sheet.shares, sheet.pushes, strict=True)):
        best = int(shares.argmax())
        found.append(
            _(
                "Head {head} takes {share:.0%} from “{other}” for “{token}”. What it writes changes the score of "
                "“{word}” by {first:+.2f} and that of “{against}” by {second:+.2f}."
            ).format(
                head=head,
                share=float(shares[best]),
                other=keys[best],
                token=token,
                word=word,
                against=against,
                first=Signed(push.watched[0]),
                second=Signed(push.watched[1]),
            )
        )
    return found
