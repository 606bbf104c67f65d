"""You against the model: the next word is hidden."""

from __future__ import annotations

from typing import Final

import streamlit as st

from components.core.i18n import _
from components.core.text import escape_markdown
from components.engines.offers import offer
from components.engines.prompting import word_pieces
from components.engines.scoring import guess
from components.engines.transformers_engine import load_writer
from components.generation import figures
from components.generation.engine_cache import open_model
from components.generation.lesson_examples import passages
from components.generation.questions import Played, Round, rounds, score
from components.generation.wording import token_name
from components.models import cached
from components.models.tokenization import Pieces
from components.ui import charts
from components.ui.session import checkpoint, fragment

CHART: Final = "generation_guess"
_PLAYED: Final = "generation_played"
_AGAINST: Final = "generation_played_against"
_TYPED: Final = "generation_typed"
_SENT: Final = "generation_sent"
_PASSAGE: Final = "generation_passage"
_MOST_CHARACTERS: Final = 40


@fragment
def draw_game(engine: str, model: str) -> None:
    """Draw the view: the reader guesses against the model."""
    opened = open_model(offer(engine), model)
    reason = opened.capabilities.why_not("full_distribution")
    if reason is not None:
        st.info(str(reason), icon=":material/block:")
        return
    if opened.answers_apart:
        st.info(_("This model answers a text; it does not continue it. Choose a decoder."), icon=":material/block:")
        return
    texts = passages(() if opened.record is None else opened.record.languages)
    passage: int = st.segmented_control(
        _("Text"),
        list(range(len(texts))),
        default=0,
        required=True,
        format_func=lambda number: _("Text {number}").format(number=number + 1),
        key=_PASSAGE,
        on_change=_start_over,
        label_visibility="collapsed",
    )
    left = rounds(texts[passage])
    played = rounds_played(opened.model, left)
    typed = st.session_state.pop(_SENT, "").strip()
    if typed and len(played) < len(left):
        played.append(_play(opened.model, left[len(played)], typed))
    _ask(left, played)
    if played:
        _reveal(opened.model, played)


def rounds_played(model_id: str, left: tuple[Round, ...]) -> list[Played]:
    """Return what was played on this text against this model; with another one the game begins anew."""
    played: list[Played] = st.session_state.setdefault(_PLAYED, [])
    if st.session_state.get(_AGAINST) != model_id or (played and played[-1].round not in left):
        played.clear()
    st.session_state[_AGAINST] = model_id
    return played


def _start_over() -> None:
    st.session_state[_PLAYED] = []


def _take_guess() -> None:
    st.session_state[_SENT] = st.session_state[_TYPED]


def _ask(all_rounds: tuple[Round, ...], played: list[Played]) -> None:
    """Show the text up to the hidden word, and take a guess."""
    if len(played) == len(all_rounds):
        st.markdown(_("That was the last word of this text."))
        return
    now = all_rounds[len(played)]
    st.markdown(f"##### {escape_markdown(now.before)} **\\_\\_\\_\\_\\_**")
    form = st.form("generation_guess_form", clear_on_submit=True, border=False)
    with form, st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input(_("Which word comes next?"), key=_TYPED, max_chars=_MOST_CHARACTERS)
        st.form_submit_button(_("Check"), icon=":material/visibility:", on_click=_take_guess)


def _play(model_id: str, now: Round, typed: str) -> Played:
    tokenizer = cached.tokenizer(model_id)
    model = load_writer(model_id).model
    ids = tokenizer.encode(now.before).ids
    reader, truth = (
        guess(model, ids, word_pieces(tokenizer, now.before, word), checkpoint=checkpoint) for word in (typed, now.word)
    )
    return Played(now, typed.strip(), reader, truth)


def _reveal(model_id: str, played: list[Played]) -> None:
    last = played[-1]
    left, right = st.columns([3, 2], gap="medium")
    with left:
        names = Pieces(cached.tokenizer(model_id)).texts([each.id for each in last.truth.candidates])
        chart = figures.expectation(
            [token_name(name) for name in names], [each.logprob for each in last.truth.candidates]
        )
        charts.draw(chart, key=CHART)
    with right:
        st.markdown(
            _("It was **{word}**: rank {rank} for the model, {bits:.1f} bits.").format(
                word=escape_markdown(last.round.word), rank=last.truth.rank, bits=last.truth.bits
            )
        )
        st.markdown(
            _("You said **{word}**: rank {rank}, {bits:.1f} bits.").format(
                word=escape_markdown(last.typed), rank=last.reader.rank, bits=last.reader.bits
            )
        )
        total = score(played)
        sum_up = (
            _("After the first word: you {hits}, the model {model_hits}; {bits:.1f} bits for the model.")
            if total.words == 1
            else _("After {words} words: you {hits}, the model {model_hits}; {bits:.1f} bits a word for the model.")
        )
        st.markdown(sum_up.format(words=total.words, hits=total.hits, model_hits=total.model_hits, bits=total.bits))
        st.caption(
            _(
                "10 bits of surprise is a chance of 1 in 1,024. For a word of several tokens, the rank is that "
                "of its first token."
            )
        )
        st.button(_("Start over"), key="generation_guess_again", icon=":material/restart_alt:", on_click=_start_over)
