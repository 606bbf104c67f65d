"""Train your own: a small vocabulary learned from a pasted text, piece by piece."""

from __future__ import annotations

from typing import Final

import streamlit as st

from components.core.i18n import _
from components.core.visible import visible_piece
from components.tokenizer import figures
from components.tokenizer.chips import group_tokens
from components.tokenizer.isolation.analysis import Asker
from components.tokenizer.train import ALGORITHMS, MOST_CHARACTERS, MOST_PIECES, Algorithm, Learning, Trial
from components.tokenizer.views.selection import asker, make_chip
from components.ui import charts, errors, tables
from components.ui.token_chips import token_chips

_DEFAULT_PIECES: Final = 40


@st.fragment
def draw_training() -> None:
    """Draw the training text, the settings, and the vocabulary as it grows."""
    left, right = st.columns(2, gap="large")
    with left:
        text = st.text_area(
            _("Text to learn from"), _sample(), height=220, key="tokenizer_corpus", persist_state="session"
        )
        algorithm: Algorithm = st.segmented_control(
            _("Algorithm"), ALGORITHMS, default="BPE", required=True, key="tokenizer_algorithm"
        )
        pieces = st.slider(_("Pieces to learn"), 0, MOST_PIECES, _DEFAULT_PIECES, key="tokenizer_pieces")
        sentence = st.text_input(
            _("Try it on this text"), _("The lowest reader reads the newest novel."), key="tokenizer_trial"
        )
    with right, errors.shown_in_place():
        _result(text, algorithm, pieces, sentence)


def _sample() -> str:
    """Return a text with the same word stems again and again, so that few pieces already help."""
    return _(
        "A good reader reads good novels. She read a novel, then a newer novel, then the newest novel of all. "
        "He reads slowly, she reads faster, and the fastest reader of all reads the longest novel. "
        "The old novel was long, the new novel is longer, the newest will be the longest. "
        "Reading is good; rereading a good novel is better. The reader who rereads is the best reader."
    )


@st.cache_resource(max_entries=16, show_spinner=False)
def _learn(text: str, algorithm: Algorithm, pieces: int, _asker: Asker) -> Learning:
    return _asker.learn(text, algorithm, pieces)


@st.cache_resource(max_entries=32, show_spinner=False)
def _try_out(text: str, algorithm: Algorithm, pieces: int, steps: int, sentence: str, _asker: Asker) -> Trial:
    return _asker.try_out(text, algorithm, pieces, steps, sentence)


def _result(text: str, algorithm: Algorithm, pieces: int, sentence: str) -> None:
    learned_from = _learn(text, algorithm, pieces, asker())
    count = len(learned_from.learned)
    if learned_from.cut_characters:
        note = _("The text is too long: only the first {kept} characters are used for learning.")
        st.info(note.format(kept=f"{MOST_CHARACTERS:,}"), icon=":material/content_cut:")
    if count < pieces:
        note = _("Learning stopped after {count} pieces: no neighbouring pair occurs twice any more.")
        st.caption(note.format(count=count))
    steps = st.slider(_("The vocabulary after this many learned pieces"), 0, count, count) if count else 0
    trial = _try_out(text, algorithm, pieces, steps, sentence, asker())
    chips = [make_chip(group, trial.spelling) for group in group_tokens(trial.encoding)]
    st.markdown(
        _("**{size}** entries in the vocabulary, **{tokens}** tokens for the text.").format(
            size=trial.vocabulary_size, tokens=len(trial.encoding.tokens)
        )
    )
    token_chips(chips, text=None, label=_("Tokens of your own vocabulary"), key="tokenizer_own")
    drawn = figures.draw_growth(learned_from.growth, steps=steps)
    charts.draw(drawn, key="tokenizer_growth")
    _learned(learned_from)


def _learned(learned_from: Learning) -> None:
    table = {
        _("Learned as no."): range(1, len(learned_from.learned) + 1),
        _("Learned piece"): [visible_piece(learned.piece) for learned in learned_from.learned],
    }
    if any(learned.parts for learned in learned_from.learned):
        parts = (learned.parts or () for learned in learned_from.learned)
        table[_("Merged from")] = [" + ".join(map(visible_piece, pair)) for pair in parts]
    tables.draw(
        table,
        height=220,
        alt=_("{count} learned pieces in the order they were learned.").format(count=len(learned_from.learned)),
    )
