"""The chosen head on its text, drawn and switched in the browser, with what is known about the head beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from threading import Condition
from typing import Final, Literal

import streamlit as st
from cachetools import LRUCache
from cachetools import cached as remembered

from components.attention import link, pictures, scene
from components.attention.known_heads import PRONOUN_HEAD, known_labels, ranked
from components.attention.record import Attention
from components.attention.selection import Direction, between, group_by_word, without_special_tokens
from components.attention.state import Reading, ViewState, capture_text, load_model
from components.attention.token_labels import token_labels
from components.attention.views import head_actions
from components.attention.views.change import draw_change, draw_side_by_side
from components.attention.views.controls import choose_head, selected_head
from components.attention.views.metrics import describe_all_heads
from components.attention.views.neighbours import pin_first
from components.attention.wording import ROLES
from components.core.i18n import N_, _
from components.core.parameters import Parameter
from components.models.inputs import Token
from components.models.recording import Kind
from components.models.registry import DEFAULT_ENCODER
from components.ui import links
from components.ui.guide import position
from components.ui.tensor_view.component import sentences, tensor_view
from components.ui.tensor_view.packing import AddressParameter, Body, Field, Scene, Selection, WorthALook
from components.ui.tensor_view.svg import draw_matrix_svg

KEY: Final = "attention_view"
_SELECTED: Final = "attention_selected"
Extent = Literal["look", "side", "change"]
EXTENTS: Final[dict[Extent, str]] = {
    "look": N_("One text"),
    "side": N_("Side by side"),
    "change": N_("Change a token"),
}
MODES: Final = {"text": N_("Text"), "one": N_("Heatmap"), "layer": N_("Layer"), "all": N_("All heads")}
MOST_WORTH: Final = 7
MOST_PACKED_BYTES: Final = 64 * 2**20
"""Of all texts whose packed heads are remembered: hundreds of a sentence each."""
MOST_DRAWN_TOKENS: Final = 128  # of the exported figure
MOST_DRAWN_IN_TILE: Final = 64  # of a tile 72 pixels high
MOST_TITLE_CHARACTERS: Final = 60
DIRECTIONS: Final[dict[Direction, str]] = {"aa": "A → A", "ab": "A → B", "ba": "B → A", "bb": "B → B"}


@dataclass(frozen=True)
class Part:
    """What is looked at: how, which part of the attention, and whether its rows still sum to 1."""

    extent: Extent
    attention: Attention
    whole: bool


def choose_extent(text: ViewState) -> Part:
    """Draw the choice between one text and a comparison, and of a part of the attention."""
    extent: Extent = st.segmented_control(
        _("Compare"),
        list(EXTENTS),
        required=True,
        format_func=lambda extent: _(EXTENTS[extent]),
        label_visibility="collapsed",
        width="content",
        **links.bound(link.PAGE, link.EXTENT),
    )
    if extent != "look":
        return Part(extent, text.attention, whole=True)
    with st.popover(_("Filter"), icon=":material/filter_alt:"):
        part, whole = choose_part(text)
    return Part(extent, part.attention, whole)


def draw_heatmap(text: ViewState, part: Part, export: Callable[[ViewState], None]) -> None:
    """Draw the view. `export` draws the Export menu for a head."""
    if part.extent == "look":
        _look(text, part.attention, export, whole=part.whole)
        return
    with st.container(key="view_heatmap"):
        with st.container(horizontal=True):
            layer, head = choose_head(text.shape, text.attention)
        state = replace(text, layer=layer, head=head)
        export(state)
        (draw_side_by_side if part.extent == "side" else draw_change)(state)


@remembered(LRUCache(MOST_PACKED_BYTES, lambda body: len(body.packed)), condition=Condition())
def _packed(reading: Reading, kind: Kind) -> Body:
    return scene.pack_attention(capture_text(reading).of(kind))


def _look(text: ViewState, attention: Attention, export: Callable[[ViewState], None], *, whole: bool) -> None:
    """Draw the head that is selected.

    The browser selects another without a run. It tells of it when the visitor turns to another part of the page, or
    soon where something below the view follows the head.
    """
    layer, head = selected_head(text.shape, attention)
    state = replace(text, layer=layer, head=head)
    export(state)
    if not whole:
        st.caption(_("Some shares are hidden: these rows no longer add up to 1."))
    is_cross, is_all = attention.kind == "cross", attention is text.attention
    loaded = load_model(state.model.id)
    asked = head_actions.asked(state, loaded) if is_all else frozenset()
    about, about_others = describe_all_heads(state)
    body = _packed(state.reading, attention.kind) if is_all else scene.pack_attention(attention)
    is_followed = bool(asked) or body.exact_heads is not None
    tensor_view(
        Scene(
            kind="attention",
            title=_("Attention of every head of {model} on the text").format(model=state.model.title),
            body=body,
            rows=scene.query_tokens(attention),
            columns=scene.key_tokens(attention),
            row_title=_("looks (query)"),
            column_title=_("is looked at (key)"),
            pieces=scene.text_pieces(attention.query_tokens, texts_of_queries(state)),
            key_pieces=scene.text_pieces(attention.key_tokens, [state.reading.text]) if is_cross else (),
            modes=[(name, _(label)) for name, label in MODES.items()],
            worth=_worth_a_look(state),
            address=_address(state),
            reach=scene.reach_of_layers(attention),
            words=sentences(KEY) | {"pin_first": pin_first()},
            about=about,
            about_others=about_others,
            actions=head_actions.offer(state, loaded, asked) if is_all else (),
            reports="at_rest" if is_followed else "on_leaving",
        ),
        key=KEY,
        selected=selection(state, attention),
        exact=lambda layer, head: scene.weights_of_head(attention, layer, head),
        on_select=partial(_take, state, attention, position.moment(link.PAGE)),
        on_action=partial(head_actions.take, state),
    )
    head_actions.draw_asked(state, selection(state, attention).query, asked)


def texts_of_queries(state: ViewState) -> list[str]:
    """Return the texts that the tokens which look stand in: in the decoder of an encoder-decoder what it writes."""
    reading = state.reading
    is_written = bool(state.record.input.target) and state.attention.kind != "encoder"
    return [reading.text_b or ""] if is_written else [reading.text, reading.text_b or ""]


@dataclass(frozen=True)
class _Chosen:
    """What the visitor selected, on which text, after which set-up by a card, and among which tokens."""

    reading: Reading
    moment: int
    selection: Selection
    queries: tuple[Token, ...]
    keys: tuple[Token, ...]


def selection(state: ViewState, attention: Attention) -> Selection:
    """Return what is selected: by the link, by the visitor, or at first a row that shows something.

    A filter or another kind of attention shows other tokens: what was pinned stays on its token, if that is shown.
    """
    held: _Chosen | None = st.session_state.get(_SELECTED)
    mode = st.session_state.get(link.SHOW.name, link.SHOW.default)
    if held is not None and _still_holds(held, state):
        chosen = replace(held.selection, layer=state.layer, head=state.head, mode=mode)
        if (held.queries, held.keys) == (attention.query_tokens, attention.key_tokens) or chosen.query is None:
            return chosen
        query = _find(attention.query_tokens, held.queries, chosen.query)
        if query is not None:
            return replace(chosen, query=query, key=_find(attention.key_tokens, held.keys, chosen.key))
    return Selection(state.layer, state.head, scene.row_worth_a_look(attention, state.layer, state.head), None, mode)


def _find(tokens: tuple[Token, ...], before: tuple[Token, ...], place: int | None) -> int | None:
    """Return where a token stands that stood at a place before; None for none, and for a sink beside the tokens."""
    if place is None or place >= len(before) or before[place] not in tokens:
        return None
    return tokens.index(before[place])


def _still_holds(held: _Chosen, state: ViewState) -> bool:
    """Say whether what the visitor pinned is still meant: on this text, and until a card sets the page up anew."""
    is_set_up_since = held.moment != position.moment(link.PAGE) and position.current_step() is not None
    return held.reading == state.reading and not is_set_up_since


def _take(state: ViewState, attention: Attention, moment: int, selected: Selection) -> None:
    """Take in what the visitor selected in the browser since `state` was drawn; the address has it already.

    It was selected before the click that the browser tells it for. Both can come at once, and Streamlit then lets the
    click act first: a card or a link that has set another head since is newer.
    """
    held: _Chosen | None = st.session_state.get(_SELECTED)
    known = [(state.layer, state.head), *([] if held is None else [(held.selection.layer, held.selection.head)])]
    is_set_since = selected_head(state.shape, attention) not in known
    if is_set_since or moment != position.moment(link.PAGE):
        return
    st.session_state[_SELECTED] = _Chosen(state.reading, moment, selected, attention.query_tokens, attention.key_tokens)
    st.session_state["layer"], st.session_state["head"] = selected.layer, selected.head
    st.session_state[link.SHOW.name] = selected.mode
    links.follow(link.PAGE, _in_address(state))


def _in_address(state: ViewState) -> tuple[Parameter, Parameter, Parameter]:
    return link.SHOW, link.layer_of(state.shape), link.head_of(state.shape)


def _address(state: ViewState) -> list[AddressParameter]:
    fields: tuple[Field, Field, Field] = ("mode", "layer", "head")
    return [
        AddressParameter(parameter.name, field, links.default_of(link.PAGE, parameter))
        for parameter, field in zip(_in_address(state), fields, strict=True)
    ]


def _worth_a_look(state: ViewState) -> list[WorthALook]:
    """Return heads that have earned a name, and the one the lesson is about."""
    named = known_labels(state.model.id)
    if named is None or state.attention.kind != state.record.kinds[0]:
        return []
    title = _("Layer {layer}, head {head}")
    found = [
        WorthALook(
            each.layer,
            each.head,
            None,
            title.format(layer=each.layer, head=each.head),
            _("{role} · gain {gain:.2f}").format(role=_(ROLES[each.role]), gain=each.gain),
        )
        for each in ranked(named, count=MOST_WORTH)
    ]
    words = [token.text for token in state.attention.query_tokens]
    if state.model.id != DEFAULT_ENCODER or "it" not in words:
        return found
    layer, head = PRONOUN_HEAD
    row = words.index("it")
    note = _("Where does “it” look? The lesson asks.")
    return [WorthALook(layer, head, row, title.format(layer=layer, head=head), note), *found]


def heatmap_figure(state: ViewState) -> Callable[[], str]:
    """Return what draws the picture on the screen as SVG, for the Export menu."""
    layer, head = state.layer, state.head
    is_look = st.session_state.get(link.EXTENT.name, link.EXTENT.default) == "look"
    mode = st.session_state.get(link.SHOW.name, link.SHOW.default) if is_look else "one"
    if mode in ("layer", "all"):
        layers = slice(layer, layer + 1) if mode == "layer" else slice(None)
        tiles = scene.weights_of_all_heads(state.attention)[layers, :, :MOST_DRAWN_IN_TILE, :MOST_DRAWN_IN_TILE]
        name = _("{title} (tokens 0 to {last})").format(
            title=f"{state.model.title}: {' '.join(state.query_labels)[:MOST_TITLE_CHARACTERS]}",
            last=tiles.shape[2] - 1,
        )
        return lambda: pictures.heads_svg(tiles, title=name, first_layer=layers.start or 0, as_lines=False)
    weights = scene.weights_of_head(state.attention, layer, head)[:MOST_DRAWN_TOKENS, :MOST_DRAWN_TOKENS]
    title = _("Layer {layer}, head {head}").format(layer=layer, head=head)
    if max(state.attention.weights.shape[2:]) > MOST_DRAWN_TOKENS:
        title = _("{title} (tokens 0 to {last})").format(title=title, last=MOST_DRAWN_TOKENS - 1)
    queries = token_labels(state.attention.query_tokens)[:MOST_DRAWN_TOKENS]
    keys = [token.label for token in scene.key_tokens(state.attention)][:MOST_DRAWN_TOKENS]
    if mode == "text":
        return lambda: pictures.head_svg(weights, queries=queries, keys=keys, title=title)
    return lambda: draw_matrix_svg(weights, title=title, rows=queries, columns=keys, lowest=0, highest=1)


def choose_part(state: ViewState) -> tuple[ViewState, bool]:
    """Draw the options, and return what is shown with them and whether its rows still sum to 1."""
    attention, whole = state.attention, True
    if state.second_from is not None:
        direction: Direction | None = st.segmented_control(
            _("From text to text"), list(DIRECTIONS), format_func=DIRECTIONS.__getitem__, key="attention_direction"
        )
        if direction is not None:
            attention, whole = between(attention, direction), False
    if st.toggle(_("Hide special tokens"), key="attention_hide_special"):
        attention, whole = without_special_tokens(attention), False
    if st.toggle(
        _("By word"),
        key="attention_by_word",
        help=_("A word's row is the average of its tokens' rows; its column is their sum."),
    ):
        attention = group_by_word(attention)
    if 0 in attention.weights.shape:
        st.info(_("Nothing of this text would be left, so all of it is shown."), icon=":material/filter_alt_off:")
        return state, True
    return replace(state, attention=attention), whole
