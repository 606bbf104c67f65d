"""The picture with every piece in a colour of its own and its number on it; a click on one picks it."""

from __future__ import annotations

import colorsys
from typing import Final

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go
from PIL import Image

from components.catalog.segment.cut import Mask
from components.catalog.segment.everything.search import Everything, Wish
from components.catalog.segment.figures import UNSEEN, canvas, clickable
from components.catalog.segment.picture import Picture
from components.core.i18n import _
from components.ui.charts import Chart

Numbers = npt.NDArray[np.int16]

_GOLDEN: Final = 0.618034
"""Of a turn: neighbours in the list lie far apart on the circle of hues, however many there are."""
_LEAST_LABELLED: Final = 0.002
"""Share of the picture below which a number would hide its piece."""


def colour(number: int) -> tuple[int, int, int]:
    """Return the colour of a piece, counted from 0: red, green and blue up to 255."""
    lightness = 0.42 if number % 2 else 0.56
    red, green, blue = colorsys.hls_to_rgb((0.58 + number * _GOLDEN) % 1, lightness, 0.75)
    return round(255 * red), round(255 * green), round(255 * blue)


def picture(shown: Picture, wish: Wish, found: Everything | None, picked: int | None) -> Chart:
    """Draw a picture and its pieces, before a search the grid.

    Parameters
    ----------
    picked
        The piece that stands out, counted from 0; None for all alike.
    """
    if found is None:
        title = _("What is in this picture?")
        alt = _("Picture of {width} × {height} pixels, with a grid of {points} points.")
        figure = canvas(shown, shown.image, title)
        figure.add_trace(_points(shown, wish.points_per_side))
        return Chart(figure, alt.format(width=shown.width, height=shown.height, points=wish.points))
    masks = [piece.mask for piece in found.pieces]
    on_top = _on_top(shown, masks)
    title = _("Pieces found: {count}").format(count=len(masks))
    if picked is not None:
        title = _("Piece {number}: {share:.1%} of the picture").format(
            number=picked + 1, share=found.pieces[picked].share
        )
        on_top[masks[picked]] = picked
    alone = on_top if picked is None else np.where(on_top == picked, on_top, -1)
    figure = canvas(shown, _painted(shown.image, alone), title)
    figure.add_trace(_grid(shown, found, on_top))
    _label(figure, alone)
    covered = float((on_top >= 0).mean())
    alt = _("Picture of {width} × {height} pixels. {title}. The pieces cover {covered:.0%} of it.")
    return Chart(figure, alt.format(width=shown.width, height=shown.height, title=title, covered=covered))


def _points(shown: Picture, per_side: int) -> go.Scatter:
    """Return the grid that is asked about."""
    at = (np.arange(per_side) + 0.5) / per_side
    x, y = np.meshgrid(at * shown.width, at * shown.height)
    marker = {"size": 5, "color": "#1a1a1a", "line": {"width": 1, "color": "white"}}
    return go.Scatter(x=x.ravel().tolist(), y=y.ravel().tolist(), mode="markers", marker=marker, hoverinfo="skip")


def _on_top(shown: Picture, masks: list[Mask]) -> Numbers:
    """Return for each pixel `[height, width]` the smallest piece that covers it, counted from 0; -1 for none."""
    numbers = np.full((shown.height, shown.width), -1, np.int16)
    for number in sorted(range(len(masks)), key=lambda number: -masks[number].sum()):
        numbers[masks[number]] = number
    return numbers


def _painted(image: Image.Image, numbers: Numbers) -> Image.Image:
    """Return the picture with each piece in its colour within a white line, and what is in none of them faded."""
    palette = np.array([*(colour(number) for number in range(max(1, int(numbers.max()) + 1))), (255, 255, 255)])
    strength = np.where(numbers < 0, 0.6, 0.5)[..., None]
    painted = (1 - strength) * np.asarray(image, np.float32) + strength * palette[numbers]
    painted[_edges(numbers)] = 255
    return Image.fromarray(painted.astype(np.uint8))


def _edges(numbers: Numbers) -> Mask:
    """Return the pixels to whose right or below another piece begins, two pixels wide."""
    edges = np.zeros(numbers.shape, np.bool_)
    across, down = numbers[:, 1:] != numbers[:, :-1], numbers[1:] != numbers[:-1]
    edges[:, 1:] |= across
    edges[:, :-1] |= across
    edges[1:] |= down
    edges[:-1] |= down
    return edges


def _grid(shown: Picture, found: Everything, numbers: Numbers) -> go.Scatter:
    """Return what takes the clicks, on the pieces only; `customdata` is the piece's number, counted from 1."""
    x, y = clickable(shown)
    at = numbers[y, x]
    x, y, at = x[at >= 0], y[at >= 0], at[at >= 0]
    words = _("{number}: {share:.1%} of the picture, predicted IoU {score:.2f}")
    said = [
        words.format(number=number + 1, share=piece.share, score=piece.score)
        for number, piece in enumerate(found.pieces)
    ]
    return go.Scatter(
        x=x.tolist(),
        y=y.tolist(),
        text=[said[number] for number in at],
        customdata=(at + 1).tolist(),
        hovertemplate="%{text}<extra></extra>",
        **UNSEEN,
    )


def _label(figure: go.Figure, numbers: Numbers) -> None:
    """Write each piece's number on the pixel of it that is nearest to its middle."""
    by_piece = np.argsort(numbers, axis=None, kind="stable")
    present, first = np.unique(numbers.ravel()[by_piece], return_index=True)
    annotations = []
    for number, pixels in zip(present.tolist(), np.split(by_piece, first[1:]), strict=True):
        if number < 0 or pixels.size < _LEAST_LABELLED * numbers.size:
            continue
        rows, columns = np.divmod(pixels, numbers.shape[1])
        nearest = np.argmin((rows - rows.mean()) ** 2 + (columns - columns.mean()) ** 2)
        annotations.append(
            {
                "x": int(columns[nearest]),
                "y": int(rows[nearest]),
                "text": str(number + 1),
                "showarrow": False,
                "font": {"size": 12, "color": "#1a1a1a"},
                "bgcolor": "rgba(255,255,255,0.85)",
                "bordercolor": f"rgb{colour(number)}",
                "borderwidth": 2,
                "borderpad": 2,
            }
        )
    figure.update_layout(annotations=annotations)
