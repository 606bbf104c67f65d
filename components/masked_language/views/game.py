"""The game of pre-training, played on the visitor's own text."""

from __future__ import annotations

from typing import Final

import streamlit as st

from components.core.i18n import _
from components.core.units import to_bits
from components.core.visible import visible
from components.masked_language import figures, link
from components.masked_language.game import DRAWS, FATES, MOST_TOKENS, Game, accuracy, mean_loss_nats
from components.masked_language.state import Request, describe_cut, game_of, reading_of
from components.models import cached
from components.ui import charts, links
from components.ui.token_chips import Chip, token_chips

CHART: Final = "masked_game"


def draw_game(request: Request, *, seed: int) -> None:
    """Draw the view."""
    read = reading_of(request, most_tokens=MOST_TOKENS)
    describe_cut(read)
    with st.spinner(_("Playing {count} games").format(count=DRAWS)):
        game = game_of(request, seed=seed)
    if game is None:
        st.info(_("There is no word in this text to hide."), icon=":material/visibility_off:")
        return
    left, right = st.columns([3, 2], gap="large")
    with left:
        _puzzle(request, game, seed)
    with right:
        _score(game)


def _puzzle(request: Request, game: Game, seed: int) -> None:
    st.markdown(
        _(
            "**What the model is given.** 15% of the tokens are chosen (framed). Of these 80% become [MASK], "
            "10% any other token, and 10% are left as they are. The model must say what each of them was."
        )
    )
    pieces = cached.tokenizer(request.model_id).tokens(game.corruption.ids)
    chosen = set(game.corruption.positions)
    read = reading_of(request, most_tokens=MOST_TOKENS)
    chips = [
        Chip(visible(piece or ""), (id_,), None, None, special=token.special, marked=index in chosen)
        for index, (id_, piece, token) in enumerate(zip(game.corruption.ids, pieces, read.tokens, strict=True))
    ]
    token_chips(chips, text=None, label=_("The text as a puzzle"), key="masked_puzzle")
    st.button(
        _("Choose others"),
        icon=":material/casino:",
        key="masked_again",
        on_click=links.set_up,
        args=(link.PAGE, link.PARAMETERS, {link.SEED.name: str((seed + 1) % (link.MOST_SEED + 1))}),
    )
    _table(request, game)


def _table(request: Request, game: Game) -> None:
    tokens = cached.tokenizer(request.model_id).tokens
    guesses = game.guesses
    st.dataframe(
        {
            _("original"): tokens([guess.truth_id for guess in guesses]),
            _("what was done"): [_(FATES[guess.fate]) for guess in guesses],
            _("the model read"): tokens([guess.seen_id for guess in guesses]),
            _("its answer"): [guess.best.piece for guess in guesses],
            _("right"): [guess.right for guess in guesses],
            _("loss in bits"): [to_bits(guess.loss_nats) for guess in guesses],
        },
        column_config={_("loss in bits"): st.column_config.NumberColumn(format="%.2f")},
        hide_index=True,
        alt=_("The chosen tokens and what the model guesses"),
    )


def _score(game: Game) -> None:
    st.markdown(
        _("**Over {draws} draws** of this text, {tokens} tokens asked about:").format(
            draws=DRAWS, tokens=len(game.every)
        )
    )
    with st.container(horizontal=True):
        st.metric(
            _("right"), f"{accuracy(game.every):.0%}", border=True, help=_("Share of first guesses that are right.")
        )
        st.metric(
            _("loss"),
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
