"""The tokenizer page: the text, its tokens, the views below them, and the lesson around them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import streamlit as st

from components.core.i18n import N_, _
from components.core.text import Source, escape_markdown
from components.core.visible import visible
from components.models.records import ModelRecord, loadable_name
from components.models.registry import DEFAULT_DECODER, DEFAULT_ENCODER, record
from components.models.store import is_local, local_folder
from components.registry import PAGES
from components.tokenizer.chips import draw_chips_svg, group_tokens
from components.tokenizer.encode import Encoding
from components.tokenizer.errors import TokenizerError
from components.tokenizer.export import collect_result, render_script
from components.tokenizer.link import COMPARE, MODEL, PAGE, PARAMETERS, TAB, TEXT
from components.tokenizer.views.comparison import draw_comparison, draw_languages
from components.tokenizer.views.decision import draw_decision
from components.tokenizer.views.guide import CHECKS, judge_attempt
from components.tokenizer.views.inside import draw_library_output, draw_stages, draw_token_table, token_columns
from components.tokenizer.views.selection import (
    Selection,
    bert,
    encoding_of,
    groups_of,
    make_chip,
    measures_of,
    pick_tokenizer,
    select_model,
)
from components.tokenizer.views.training import draw_training
from components.ui import errors, links, navigation, tables
from components.ui.export import Export, export_menu
from components.ui.guide.page import close_page, open_page
from components.ui.open_tab import draw_open_view
from components.ui.text_fit import built_in_reader, unread_languages
from components.ui.token_chips import token_chips

_TEXT_HEIGHT_PX: Final = 104
_SHOWN_BACK_CHARS: Final = 80
_SHOWN_BEFORE_CHARS: Final = 20
_MOST_LINKED_CHARS: Final = 2_000
_CARRIED_TO: Final = {"attention": ("text", DEFAULT_ENCODER), "generation": ("prompt", DEFAULT_DECODER)}
"""Pages that read the same text, what their links call it, and the model they open with."""
_CAUSES: Final = {
    "unknown": N_("Not what you typed: where [UNK] is, the ids no longer say what was there."),
    "first space": N_("What you typed, with a space before it: to this tokenizer each text begins with one."),
    "spaces": N_("The letters are yours, the spaces are not: this tokenizer does not keep them."),
    "case": N_("Not what you typed: this tokenizer makes everything lower case."),
    "letters": N_(
        "Not what you typed: this tokenizer rewrites letters first (lower case, no accents, Hangul in parts)."
    ),
}
"""Why the decoded text is another one, by cause."""


def page() -> None:
    """Draw the page."""
    slot = open_page(PAGE, PARAMETERS, checks=CHECKS, exercise=judge_attempt, text=lambda: st.session_state[TEXT.name])
    notices = st.container()
    left, right = st.columns([3, 1], gap="medium")
    with left:
        text: str = st.text_area(_("Text"), height=_TEXT_HEIGHT_PX, **links.bound(PAGE, TEXT))
    with right:
        chosen = pick_tokenizer(text, notices)
    try:
        encoding = encoding_of(chosen, text)
    except TokenizerError as error:
        errors.show(error)
        chosen = bert()
        encoding = encoding_of(chosen, text)
    with left:
        _live(chosen, text)
    with slot:
        export_menu(_export(chosen, text, encoding))
    _views(chosen, text)
    close_page(PAGE)


@st.fragment
def _live(chosen: Selection, text: str) -> None:
    """Draw the tokens over the text, and what is known about the one that was clicked."""
    encoding, groups = encoding_of(chosen, text), groups_of(chosen, text)
    source = encoding.sources[0]
    _notes(source)
    spelling = chosen.spelling
    chips = [make_chip(group, spelling) for group in groups]
    pinned = token_chips(chips, text=source.text, label=_("Tokens"), key="tokenizer_chips")
    st.markdown(_counts(chosen, text, encoding))
    st.caption(_round_trip(chosen, text))
    if pinned is None:
        st.caption(
            _("Hover over a token, or move with Tab and the arrow keys. Click it or press Enter to see its numbers.")
        )
    else:
        tokens = groups[pinned].tokens
        tables.draw(token_columns(tokens), alt=_("The chosen token, id {id}").format(id=tokens[0].id))
    _carry_on(chosen, text)


def _notes(source: Source) -> None:
    if source.cut_characters:
        note = _("The text is too long: its last {count} characters are left out.")
        st.info(note.format(count=f"{source.cut_characters:,}"), icon=":material/content_cut:")
    if source.replaced_surrogates:
        note = _("Characters that were damaged in copying are shown as �: {count}.")
        st.info(note.format(count=source.replaced_surrogates), icon=":material/find_replace:")


def _counts(chosen: Selection, text: str, encoding: Encoding) -> str:
    measures = measures_of(chosen, text)
    parts = [_("**{count}** tokens").format(count=f"{len(encoding.tokens):,}")]
    inserted = len(encoding.tokens) - measures.tokens
    if inserted:
        parts.append(_("{count} of them special").format(count=inserted))
    if measures.tokens_per_word is not None and measures.bytes_per_token is not None:
        parts.append(_("{number:.1f} tokens per word").format(number=measures.tokens_per_word))
        parts.append(_("{number:.1f} bytes per token").format(number=measures.bytes_per_token))
    if measures.unknown:
        parts.append(_("{count} [UNK]").format(count=measures.unknown))
    return " · ".join(parts)


def _round_trip(chosen: Selection, text: str) -> str:
    """Say whether the ids can be turned back into the text, and what comes back where they cannot."""
    back = measures_of(chosen, text).round_trip
    if back.first_difference is None:
        return _("Decoded again, the ids give exactly what you typed.")
    first = max(0, back.first_difference - _SHOWN_BEFORE_CHARS)
    shown = ("…" if first else "") + back.decoded[first : first + _SHOWN_BACK_CHARS]
    cause = _(_CAUSES[back.cause]) if back.cause else _("The first difference is at character {position}.")
    return _("Decoded again: “{decoded}”. {cause}").format(
        decoded=escape_markdown(visible(shown)), cause=cause.format(position=back.first_difference)
    )


def _carry_on(chosen: Selection, text: str) -> None:
    """Draw links that open the same text on the pages that read it, with a model that has learned its language."""
    there = [entry for entry in PAGES if entry.slug in _CARRIED_TO]
    if not there:
        return
    row = st.container(horizontal=True, vertical_alignment="center")
    row.markdown(_("Continue with this text on:"), width="content")
    for entry in there:
        name, usual = _CARRIED_TO[entry.slug]
        carried = {name: text} if len(text) <= _MOST_LINKED_CHARS else {}
        reader = _reader(chosen, text, record(usual))
        if reader.id != usual:
            carried[MODEL.name] = reader.id
        with row:
            navigation.page_link(entry.slug, **carried)


def _reader(chosen: Selection, text: str, usual: ModelRecord) -> ModelRecord:
    """Return the model another page opens with: its usual one, this one or a built-in one, whichever reads the text."""
    if not unread_languages(text, usual.languages):
        return usual
    model = chosen.model
    if model and model.architecture == usual.architecture and not unread_languages(text, model.languages):
        return model
    return built_in_reader(text, usual.task or "fill-mask")


def _views(chosen: Selection, text: str) -> None:
    compared: list[str] = st.session_state[COMPARE.name]
    views = {
        "output": (N_("What the library returns"), lambda: draw_library_output(chosen, text)),
        "stages": (N_("Stages"), lambda: draw_stages(chosen, text)),
        "decision": (N_("How it decided"), lambda: draw_decision(chosen, text)),
        "numbers": (N_("All numbers"), lambda: draw_token_table(chosen, text)),
        "compare": (N_("Compare"), lambda: draw_comparison(chosen, text)),
        "languages": (N_("Who pays more?"), lambda: draw_languages(chosen, compared)),
        "train": (N_("Train your own"), draw_training),
    }
    draw_open_view(PAGE, TAB, views)


def _export(chosen: Selection, text: str, encoding: Encoding) -> Export:
    source = encoding.sources[0].text
    compared = [record(model_id) for model_id in st.session_state[COMPARE.name]]
    here = [model for model in compared if is_local(model)]
    weights = None if chosen.model is None else loadable_name(chosen.model, local_folder(chosen.model))
    compare = {model.id: loadable_name(model, local_folder(model)) for model in here}
    params: dict[str, object] = {
        TEXT.name: text,
        COMPARE.name: [model.id for model in compared],
        TAB.name: st.session_state[TAB.name],
    }
    if chosen.model is not None:
        params[MODEL.name] = chosen.model.id
    names, spelling = chosen.input_names, chosen.spelling
    return Export(
        page=PAGE,
        params=params,
        model=None if chosen.model is None else chosen.model.id,
        result=lambda: collect_result(encoding, names, _others([model.id for model in here], source)),
        script=lambda: render_script(source, weights, spelling, compare),
        figure=lambda: draw_chips_svg(group_tokens(encoding), spelling),
    )


def _others(model_ids: list[str], text: str) -> Mapping[str, Encoding]:
    return {model_id: encoding_of(select_model(model_id), text, special=False) for model_id in model_ids}
