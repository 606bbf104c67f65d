"""The game of pre-training, played on the visitor's own text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import streamlit as st

from components.core.i18n import _
from components.core.text import escape_markdown
from components.core.units import to_bits
from components.core.visible import visible_piece
from components.masked_language import figures, link
from components.masked_language.game import DRAWS, FATES, MOST_TOKENS, Game, accuracy, is_token, mean_loss_nats
from components.masked_language.state import Request, describe_cut, game_of, reading_of
from components.models import cached
from components.ui import charts, links, tables
from components.ui.token_chips import Chip, token_chips

CHART: Final = "masked_game"
_PLAYED: Final = "_masked_played"
_MOST_CHARACTERS: Final = 40
_FIELD_PX: Final = 132


def draw_game(request: Request, *, seed: int) -> None:
    """Draw the view."""
    read = reading_of(request, most_tokens=MOST_TOKENS)
    describe_cut(read)
    with st.spinner(_("Playing {count} games").format(count=DRAWS)):
        game = game_of(request, seed=seed)
    if game is None:
        st.info(_("There is no word in this text to hide."), icon=":material/visibility_off:")
        return
    left, right = st.columns([2, 1], gap="medium")
    with left:
        _puzzle(request, game, seed)
    with right, st.container(key="masked_score"):
        _score(game)


def _puzzle(request: Request, game: Game, seed: int) -> None:
    st.markdown(
        _(
            "**You against the model.** 15% of the tokens are chosen (framed): 80% of them become [MASK], 10% any "
            "other token, and 10% are left as they are. What was each of them?"
        )
    )
    pieces = cached.tokenizer(request.model_id).tokens(game.corruption.ids)
    chosen = set(game.corruption.positions)
    read = reading_of(request, most_tokens=MOST_TOKENS)
    chips = [
        Chip(visible_piece(piece or ""), (id_,), None, None, special=token.special, marked=index in chosen)
        for index, (id_, piece, token) in enumerate(zip(game.corruption.ids, pieces, read.tokens, strict=True))
    ]
    token_chips(chips, text=None, label=_("The text as a puzzle"), key="masked_puzzle")
    played = _take_guesses(request, game, seed)
    st.button(
        _("Choose others"),
        icon=":material/casino:",
        key="masked_again",
        on_click=links.set_up,
        args=(link.PAGE, link.PARAMETERS, {link.SEED.name: str((seed + 1) % (link.MOST_SEED + 1))}),
    )
    if played is not None:
        _compare(request, game, played)


def _take_guesses(request: Request, game: Game, seed: int) -> tuple[str, ...] | None:
    """Let the visitor guess as well, and return the guesses; None before they are sent."""
    tokens = cached.tokenizer(request.model_id).tokens
    seen = tokens([guess.seen_id for guess in game.guesses])
    with st.form("masked_guesses", border=False):
        row = st.container(horizontal=True, gap="small")
        typed = tuple(
            row.text_input(
                f"{number}. {escape_markdown(visible_piece(piece or ''))}",
                placeholder=f"{number}. {visible_piece(piece or '')}",
                label_visibility="collapsed",
                max_chars=_MOST_CHARACTERS,
                key=f"masked_guess_{seed}_{number}",
                width=_FIELD_PX,
            )
            for number, piece in enumerate(seen, start=1)
        )
        if st.form_submit_button(_("Compare with the model"), type="primary", icon=":material/compare_arrows:"):
            st.session_state[_PLAYED] = (request, seed)
    return typed if st.session_state.get(_PLAYED) == (request, seed) else None


def _compare(request: Request, game: Game, typed: tuple[str, ...]) -> None:
    tokenizer = cached.tokenizer(request.model_id)
    yours = [is_token(tokenizer, word, guess.truth_id) for word, guess in zip(typed, game.guesses, strict=True)]
    st.markdown(
        _("You: **{yours}** of {all} right. The model: **{its}** of {all}.").format(
            yours=sum(yours), its=sum(guess.right for guess in game.guesses), all=len(yours)
        )
    )
    _table(request, game, typed)


def _table(request: Request, game: Game, typed: tuple[str, ...]) -> None:
    tokens = cached.tokenizer(request.model_id).tokens
    guesses = game.guesses
    tables.draw(
        {
            _("original"): _shown(tokens([guess.truth_id for guess in guesses])),
            _("what was done"): [_(FATES[guess.fate]) for guess in guesses],
            _("the model read"): _shown(tokens([guess.seen_id for guess in guesses])),
            _("your answer"): list(typed),
            _("its answer"): _shown([guess.best.piece for guess in guesses]),
            _("right"): [guess.right for guess in guesses],
            _("loss in bits"): [to_bits(guess.loss_nats) for guess in guesses],
        },
        column_config={_("loss in bits"): st.column_config.NumberColumn(format="%.2f")},
        alt=_("The chosen tokens and what the model guesses"),
    )


def _score(game: Game) -> None:
    st.markdown(
        _("**In {draws} games** with this text, the model was asked about {tokens} tokens:").format(
            draws=DRAWS, tokens=len(game.every)
        )
    )
    with st.container(horizontal=True):
        st.metric(
            _("right"), f"{accuracy(game.every):.0%}", border=True, help=_("Share of first guesses that are right.")
        )
        st.metric(
            _("loss in bits"),
            f"{to_bits(mean_loss_nats(game.every)):.2f}",
            border=True,
            help=_("The surprise of the right answer in bits: what pre-training makes smaller."),
        )
    chart = figures.losses(game)
    charts.draw(chart, key=CHART)
    st.caption(
        _(
            "Guessing at random among {vocabulary} tokens gives a loss of {loss:.2f} bits and a chance of 1 "
            "in {vocabulary} of being right."
        ).format(vocabulary=f"{game.vocabulary:,}", loss=to_bits(game.blind_loss_nats))
    )


def _shown(pieces: Sequence[str | None]) -> list[str]:
    return [visible_piece(piece or "") for piece in pieces]
