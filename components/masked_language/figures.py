"""The page's charts, each with its text alternative. Colours are the theme's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import plotly.graph_objects as go

from components.core.i18n import _
from components.core.units import format_percent, to_bits
from components.core.visible import visible_piece
from components.masked_language.game import FATES, Fate, Game, accuracy, mean_loss_nats
from components.masked_language.gaps import Gap
from components.masked_language.surprise import Surprises
from components.ui.charts import Chart

_MARGIN: Final = {"l": 8, "r": 48, "t": 44, "b": 8}
_HEADROOM: Final = 1.2
_BAR_PX: Final = 26
_FRAME_PX: Final = 92
_SURPRISE_PX: Final = 340
_GUIDE: Final = "rgba(128,128,128,0.9)"  # readable on the light and on the dark background


def candidates(gap: Gap, *, title: str) -> Chart:
    """Draw the candidates of one gap, the most probable on top."""
    words = [visible_piece(candidate.piece) for candidate in gap.candidates]
    values = [candidate.probability for candidate in gap.candidates]
    figure = go.Figure(
        go.Bar(
            orientation="h",
            y=list(range(len(words))),
            x=values,
            text=[format_percent(value) for value in values],
            textposition="outside",
            cliponaxis=False,
            customdata=[[word, candidate.id] for word, candidate in zip(words, gap.candidates, strict=True)],
            hovertemplate="%{customdata[0]}<br>%{x:.4%}<br>id %{customdata[1]}<extra></extra>",
        )
    )
    figure.update_layout(title=title, height=_FRAME_PX + _BAR_PX * len(words), margin=_MARGIN)
    figure.update_yaxes(autorange="reversed", tickvals=list(range(len(words))), ticktext=words)
    figure.update_xaxes(title=_("probability"), range=[0, min(1.0, _HEADROOM * max(values))], tickformat="~%", nticks=6)
    listed = ", ".join(f"{word} {value:.1%}" for word, value in zip(words, values, strict=True))
    return Chart(figure, _("Bars, most probable first: {words}.").format(words=listed))


def losses(game: Game) -> Chart:
    """Draw the mean loss over all draws, by what became of the token, with the loss of a blind guess."""
    order: tuple[Fate, ...] = ("masked", "replaced", "kept")
    groups = {fate: tuple(guess for guess in game.every if guess.fate == fate) for fate in order}
    shown = {fate: group for fate, group in groups.items() if group}
    rows = [_("{fate} ({count} tokens)").format(fate=_(FATES[fate]), count=len(group)) for fate, group in shown.items()]
    values = [to_bits(mean_loss_nats(group)) for group in shown.values()]
    blind = to_bits(game.blind_loss_nats)
    figure = go.Figure(
        go.Bar(
            orientation="h",
            y=rows,
            x=values,
            text=[
                _("{loss:.2f} bits, {right:.0%} right").format(loss=value, right=accuracy(group))
                for value, group in zip(values, shown.values(), strict=True)
            ],
            textposition="auto",
            hovertemplate="%{y}<br>%{text}<extra></extra>",
        )
    )
    figure.add_vline(x=blind, line={"dash": "dot", "color": _GUIDE})
    figure.add_annotation(
        x=blind,
        y=1,
        yref="paper",
        yanchor="bottom",
        xanchor="right",
        showarrow=False,
        text=_("random guess: {loss:.2f}").format(loss=blind),
    )
    figure.update_layout(height=_FRAME_PX + 44 * len(rows), margin=_MARGIN | {"r": 8})
    figure.update_yaxes(autorange="reversed")
    figure.update_xaxes(title=_("mean loss in bits"), range=[0, 1.05 * max(blind, *values)])
    listed = ", ".join(f"{row} {value:.2f}" for row, value in zip(rows, values, strict=True))
    alt = _("Bars, mean loss in bits: {rows}. A random guess: {blind:.2f}.")
    return Chart(figure, alt.format(rows=listed, blind=blind))


def surprise(found: Surprises, labels: Sequence[str]) -> Chart:
    """Draw how surprised the model is by each token; `labels` are the tokens in order."""
    values = [to_bits(token.nats) for token in found.tokens]
    words = [visible_piece(label) for label in labels]
    most = max(range(len(values)), key=values.__getitem__)
    figure = go.Figure(
        go.Bar(
            x=list(range(len(values))),
            y=values,
            customdata=[
                [word, visible_piece(token.expected.piece), token.expected.probability]
                for word, token in zip(words, found.tokens, strict=True)
            ],
            hovertemplate="%{customdata[0]}: %{y:.2f} "
            + _("bits")
            + "<br>"
            + _("expected: {word} ({probability})").format(word="%{customdata[1]}", probability="%{customdata[2]:.1%}")
            + "<extra></extra>",
        )
    )
    title = _("Most surprising: “{word}”, {bits:.1f} bits").format(word=words[most], bits=values[most])
    figure.update_layout(title=title, height=_SURPRISE_PX, margin=_MARGIN | {"r": 8})
    figure.update_xaxes(tickvals=list(range(len(words))), ticktext=words, tickangle=-45)
    figure.update_yaxes(title=_("surprise in bits"), rangemode="tozero")
    listed = ", ".join(f"{word} {value:.2f}" for word, value in zip(words, values, strict=True))
    return Chart(figure, _("Bars, surprise of each token in bits: {words}.").format(words=listed))
