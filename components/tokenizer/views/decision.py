"""How the model decided: one word, cut step by step."""

from __future__ import annotations

from typing import Final

import streamlit as st

from components.core.i18n import _
from components.core.text import escape_markdown
from components.core.visible import visible
from components.models.byte_alphabet import Spelling
from components.tokenizer import figures
from components.tokenizer.bpe import BpeTrace, Step
from components.tokenizer.chips import piece_label
from components.tokenizer.piece import Piece
from components.tokenizer.pipeline import Part
from components.tokenizer.unigram import UnigramTrace
from components.tokenizer.views.selection import Selection, encoding_of, trace_of, words_of
from components.tokenizer.wordpiece import Search, WordLevelTrace, WordPieceTrace
from components.ui import charts, errors, tables
from components.ui.token_chips import Chip, token_chips

_MOST_CHARS: Final = 2_000
_MOST_LISTED: Final = 200


@st.fragment
@errors.shown_in_place()
def draw_decision(chosen: Selection, text: str) -> None:
    """Draw the menu of words and the trace of the chosen one."""
    source = encoding_of(chosen, text).sources[0].text[:_MOST_CHARS]
    choices = {part.text: part for part in words_of(chosen, source)}
    options = list(choices)
    if not options:
        st.info(_("The text has no word that the model would have to cut."))
        return
    longest = max(options, key=len)
    word = st.pills(
        _("Which word?"),
        options,
        default=longest,
        required=True,
        format_func=lambda option: _name(choices[option], source),
        key=f"tokenizer_word_{chosen.key}_{hash(source)}",
    )
    match trace_of(chosen, word or longest):
        case WordPieceTrace() as trace:
            _wordpiece(trace)
        case BpeTrace() as trace:
            _bpe(trace, chosen.spelling)
        case UnigramTrace() as trace:
            _unigram(trace)
        case WordLevelTrace() as trace:
            _wordlevel(trace)


def _name(part: Part, source: str) -> str:
    return visible(source[part.start : part.end]) or visible(part.text)


def _wordpiece(trace: WordPieceTrace) -> None:
    st.markdown(
        _(
            "The longest piece that is in the vocabulary wins. Then the rest of the word is cut in the same "
            "way, and the choice is never revised."
        )
    )
    if not trace.searches:
        st.info(_("The word is longer than this model accepts: it becomes [UNK] without a search."))
        _outcome(trace.pieces, Spelling("plain"))
        return
    last = len(trace.searches)
    step = 1 if last == 1 else st.slider(_("Step"), 1, last, 1, key=f"tokenizer_step_{trace.word}")
    _outcome(trace.pieces, Spelling("plain"), marked=step - 1 if last > 1 else None)
    _search(trace.searches[step - 1])


def _search(search: Search) -> None:
    found = search.found
    if found is None:
        said = _(
            "From character {start} on, none of the {tried} pieces is in the vocabulary, so the whole word "
            "becomes [UNK]."
        )
        st.markdown(said.format(start=search.start, tried=len(search.rejected)))
    else:
        said = _(
            "From character {start} on, the longest piece first: **{piece}**, try number {tried}, is the "
            "first that is in the vocabulary."
        )
        piece = escape_markdown(found.token)
        st.markdown(said.format(start=search.start, piece=piece, tried=len(search.rejected) + 1))
    rejected = search.rejected[-_MOST_LISTED:]
    last = [] if found is None else [found]
    tables.draw(
        {
            _("Tried"): [*rejected, *(each.token for each in last)],
            _("In the vocabulary"): ["✗"] * len(rejected) + ["✓"] * len(last),
            "id": [""] * len(rejected) + [str(each.id) for each in last],
        },
        alt=_("{count} pieces were tried before one was found.").format(count=len(search.rejected)),
    )


def _bpe(trace: BpeTrace, spelling: Spelling) -> None:
    if trace.taken_whole:
        st.markdown(_("The whole word is in the vocabulary, and this model looks there before it merges anything."))
    elif not trace.steps:
        st.markdown(_("No pair of neighbours is in the list of merges: the word stays as it is."))
    else:
        st.markdown(
            _(
                "It starts from single characters or bytes. Of all neighbouring pairs in the list of merges, the "
                "one that was learned first (smallest rank) is merged."
            )
        )
        last = len(trace.steps)
        number = st.slider(_("Merges done"), 0, last, 0, key=f"tokenizer_merge_{trace.word}")
        if number < last:
            _merge(trace.steps[number], spelling)
            return
    _outcome(trace.pieces, spelling)


def _merge(step: Step, spelling: Spelling) -> None:
    winner = step.winner
    pair = range(winner.position, winner.position + 2)
    chips = [
        Chip(piece_label(piece.token, spelling), (piece.id,), None, None, marked=index in pair)
        for index, piece in enumerate(step.pieces)
    ]
    token_chips(chips, text=None, label=_("Pieces now; the pair that is merged next is framed"), key="tokenizer_bpe")
    said = _("Next: **{left}** + **{right}** → **{merged}**, rank {rank}. Candidates: {count}.")
    names = {
        name: escape_markdown(piece_label(token, spelling))
        for name, token in (("left", winner.left), ("right", winner.right), ("merged", winner.merged))
    }
    st.markdown(said.format(**names, rank=f"{winner.rank:,}", count=len(step.candidates)))
    ranked = sorted(step.candidates, key=lambda candidate: (candidate.rank, candidate.position))[:_MOST_LISTED]
    tables.draw(
        {
            _("Pair"): [f"{piece_label(each.left, spelling)} + {piece_label(each.right, spelling)}" for each in ranked],
            _("Rank"): [each.rank for each in ranked],
            _("Merged next"): ["✓" if each == winner else "" for each in ranked],
        },
        alt=_("{count} candidate pairs; the smallest rank is {rank}").format(count=len(ranked), rank=winner.rank),
    )


def _unigram(trace: UnigramTrace) -> None:
    st.markdown(
        _(
            "Each bar is a piece of the vocabulary, placed over the letters it covers, with the logarithm of "
            "its probability. Every gapless way from left to right is a way to cut the word; the one with "
            "the highest sum wins."
        )
    )
    drawn = figures.draw_lattice(trace)
    charts.draw(drawn, key="tokenizer_lattice")
    st.caption(drawn.alt)
    _outcome(trace.pieces, Spelling("plain"))


def _wordlevel(trace: WordLevelTrace) -> None:
    st.markdown(
        _("The word is in the vocabulary.")
        if trace.known
        else _("The word is not in the vocabulary: it becomes [UNK].")
    )
    _outcome(trace.pieces, Spelling("plain"))


def _outcome(pieces: tuple[Piece, ...], spelling: Spelling, *, marked: int | None = None) -> None:
    chips = [
        Chip(piece_label(piece.token, spelling), (piece.id,), None, None, marked=index == marked)
        for index, piece in enumerate(pieces)
    ]
    token_chips(chips, text=None, label=_("What the word becomes"), key="tokenizer_outcome")
