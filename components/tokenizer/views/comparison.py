"""Several tokenizers on one text, and one sentence in several languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from components.core.i18n import _
from components.core.text import escape_markdown
from components.models.errors import ModelError
from components.models.registry import record
from components.tokenizer import figures
from components.tokenizer.compare import (
    FEWEST,
    MOST,
    Bill,
    Comparison,
    bill_sentences,
    compare,
    cuts_inside_words,
    read_sentences,
)
from components.tokenizer.encode import Measures
from components.tokenizer.link import COMPARE, PAGE
from components.tokenizer.morphemes import PACKAGE, Morpheme, can_split, find_boundaries, has_hangul, split_morphemes
from components.tokenizer.views.selection import Selection, encoding_of, make_chip, measures_of, select_model
from components.ui import charts, errors, links, tables
from components.ui.token_chips import Chip, token_chips


def side_by_side(chosen: Selection, compared: Sequence[str]) -> dict[str, Selection]:
    """Return the chosen tokenizer and those compared with it, by key, up to `compare.MOST`.

    One that is not on this machine is left out with a note.
    """
    together = {chosen.key: chosen}
    for model_id in compared:
        if len(together) == MOST or model_id in together:
            continue
        try:
            together[model_id] = select_model(model_id)
        except ModelError as error:
            errors.show(error)
    return together


def draw_menu() -> list[str]:
    """Draw the menu of tokenizers to compare with, and return their ids."""
    titles = {model_id: record(model_id).title for model_id in COMPARE.allowed()}
    picked: list[str] = st.multiselect(
        _("Tokenizers side by side"),
        list(titles),
        format_func=titles.__getitem__,
        max_selections=MOST,
        help=_("The tokenizer chosen above always comes first. You can compare up to {most}.").format(most=MOST),
        **links.bound(PAGE, COMPARE),
    )
    return picked


@errors.shown_in_place()
def draw_comparison(chosen: Selection, text: str) -> None:
    """Draw the same text with each tokenizer, what they cut differently marked."""
    together = side_by_side(chosen, draw_menu())
    if len(together) < FEWEST:
        st.info(_("Choose at least one other tokenizer."))
        return
    found = _comparison(tuple(together), text, together)
    disagreed = [found.text[span.start : span.end] for span in found.spans if not span.agreed]
    st.markdown(
        _("Framed: one tokenizer cuts here and another does not, spaces aside. Places: {count}.").format(
            count=len(disagreed)
        )
    )
    for row in found.rows:
        title = together[row.name].title
        st.markdown(f"**{escape_markdown(title)}** · " + _("{tokens} tokens").format(tokens=len(row.encoding.tokens)))
        spelling = together[row.name].spelling
        chips = [
            make_chip(group, spelling, marked=marked) for group, marked in zip(row.groups, row.disputed, strict=True)
        ]
        token_chips(chips, text=None, label=title, key=f"tokenizer_compare_{row.name}")
    tables.draw(
        _measures_table({each.title: measures_of(each, text) for each in together.values()}),
        alt=_("Counts of {count} tokenizers on this text.").format(count=len(together)),
    )
    st.caption(
        _("A word is what is between two spaces. Tokens that are not in your text, such as [CLS], are not counted.")
    )
    if has_hangul(found.text):
        _draw_morphemes(found, {row.name: together[row.name].title for row in found.rows})


@st.fragment
def _draw_morphemes(found: Comparison, titles: Mapping[str, str]) -> None:
    """Draw the morphemes of a Korean text, and how often tokens end where they end."""
    st.markdown(_("**Do the tokens match the morphemes?** A morpheme is the smallest part of a word with a meaning."))
    if not can_split():
        st.caption(
            _(
                "The analyser Kiwi can tell. It is not installed: run `pip install {package}` on the machine of the "
                "dashboard, and start it again. Everything else works without it."
            ).format(package=PACKAGE),
        )
        return
    if not st.toggle(_("Split into morphemes with Kiwi"), key="tokenizer_morphemes"):
        return
    with st.spinner(_("Kiwi reads its dictionary")):
        morphemes = _morphemes(found.text)
    chips = [Chip(f"{each.form}/{each.tag}", (), each.start, each.end) for each in morphemes]
    token_chips(chips, text=None, label=_("Morphemes"), key="tokenizer_morpheme_chips")
    boundaries = find_boundaries(found.text, morphemes)
    cuts = {titles[row.name]: cuts_inside_words(found.text, row) for row in found.rows}
    tables.draw(
        {
            _("Tokenizer"): list(cuts),
            _("Cuts inside words"): [len(each) for each in cuts.values()],
            _("of them at a boundary of morphemes"): [len(each & boundaries.between) for each in cuts.values()],
            _("Boundaries without a cut"): [len(boundaries.between - each) for each in cuts.values()],
        },
        alt=_("For {count} tokenizers, how many cuts inside words are boundaries of morphemes.").format(
            count=len(cuts)
        ),
    )
    st.caption(
        _(
            "Boundaries between syllables: {between}. Inside a syllable, where no token can end: {within}. Kiwi "
            "estimates the morphemes; it can be wrong."
        ).format(between=len(boundaries.between), within=boundaries.within)
    )


@st.cache_data(max_entries=16, show_spinner=False)
def _morphemes(text: str) -> tuple[Morpheme, ...]:
    return split_morphemes(text)


@st.cache_resource(max_entries=8, show_spinner=False)
def _comparison(keys: tuple[str, ...], text: str, _together: Mapping[str, Selection]) -> Comparison:
    return compare({key: encoding_of(each, text, special=False) for key, each in _together.items()})


def _measures_table(rows: Mapping[str, Measures]) -> dict[str, list[object]]:
    return {
        _("Tokenizer"): list(rows),
        _("Tokens"): [each.tokens for each in rows.values()],
        _("Tokens per word"): [_rounded(each.tokens_per_word) for each in rows.values()],
        _("Bytes per token"): [_rounded(each.bytes_per_token) for each in rows.values()],
        _("Characters per token"): [_rounded(each.characters_per_token) for each in rows.values()],
        _("[UNK] tokens"): [each.unknown for each in rows.values()],
        _("Decodes to the same text"): [_round_trip(each) for each in rows.values()],
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def _round_trip(measures: Measures) -> str:
    """Say whether the text comes back when the ids are decoded, or where it first differs."""
    position = measures.round_trip.first_difference
    return (
        _("yes, exactly")
        if position is None
        else _("no, differs from character {position} on").format(position=position)
    )


@st.fragment
@errors.shown_in_place()
def draw_languages(chosen: Selection, compared: Sequence[str]) -> None:
    """Draw what the same sentence costs in several languages."""
    st.markdown(
        _(
            "The same sentence, six times. A language that was rare in the text from which a vocabulary was "
            "made is cut into more pieces: it costs more time and more money, and it fills the model's "
            "context sooner."
        )
    )
    together = side_by_side(chosen, compared)
    costs = {each.title: _bills(key, each) for key, each in together.items()}
    drawn = figures.draw_costs(costs)
    charts.draw(drawn, key="tokenizer_languages")
    if any(bill.measures.unknown for each in costs.values() for bill in each):
        st.caption(
            _(
                "[UNK] means that the text is lost: the ids no longer say what was there, and the model can only "
                "guess it from the words around. Such a bar is short for the wrong reason."
            )
        )
    tables.draw(
        {
            _("Language"): [_(sentence.name) for sentence in read_sentences()],
            _("Sentence"): [sentence.text for sentence in read_sentences()],
            **{title: [bill.measures.tokens for bill in each] for title, each in costs.items()},
        },
        alt=drawn.alt,
    )


@st.cache_resource(max_entries=16, show_spinner=False)
def _bills(key: str, _chosen: Selection) -> tuple[Bill, ...]:
    return bill_sentences(lambda text: measures_of(_chosen, text), read_sentences())
