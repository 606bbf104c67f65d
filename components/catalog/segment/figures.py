"""The picture with what was cut out: around the points that were set, or every piece in a colour of its own."""

from __future__ import annotations

import base64
import colorsys
import io
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go
from PIL import Image

from components.catalog.segment.everything import Everything, SearchSettings
from components.catalog.segment.picture import Picture
from components.catalog.segment.points import Mask, Point
from components.core.i18n import _
from components.ui.charts import Chart

_GRID: Final = 56
"""Clickable places along the longer side: Plotly reports a click on a point, never one on a picture."""
UNSEEN: Final[dict[str, Any]] = {
    "mode": "markers",
    "marker": {"symbol": "square", "size": 14, "opacity": 0},
    # A click sets a point; it must not make the grid appear.
    "selected": {"marker": {"opacity": 0}},
    "unselected": {"marker": {"opacity": 0}},
}
_TINT: Final = (0, 114, 178)
_TITLE_PX: Final = 40
_WIDTH_PX: Final = 540
"""About what the picture has on a screen; a telephone shows it smaller."""
_MOST_PX: Final = 520
_INSIDE: Final = "rgb(0,158,115)"
_OUTSIDE: Final = "rgb(213,94,0)"


Numbers = npt.NDArray[np.int16]
_GOLDEN: Final = 0.618034
"""Of a turn: neighbours in the list lie far apart on the circle of hues, however many there are."""
_LEAST_LABELLED: Final = 0.002
"""Share of the picture below which a number would hide its piece."""


def draw_points(shown: Picture, points: Sequence[Point], mask: Mask | None) -> Chart:
    """Draw a picture, the mask over it, and the points."""
    share = f"{mask.mean():.1%}" if mask is not None else ""
    title = _("Cut out: {share} of the picture").format(share=share) if share else _("Click on an object")
    figure = canvas(shown, shown.image if mask is None else _tinted(shown.image, mask), title)
    figure.add_traces([_click_grid(shown), *_marks(points)])
    alt = _("Picture of {width} × {height} pixels. Points set: {points}. {title}.")
    return Chart(figure, alt.format(width=shown.width, height=shown.height, points=len(points), title=title))


def canvas(shown: Picture, painted: Image.Image, title: str) -> go.Figure:
    """Return a figure whose axes are the picture's pixels, with the picture, as it was painted on, below its traces."""
    figure = go.Figure(
        layout={
            "title": {"text": title, "x": 0},
            "height": _TITLE_PX + min(_MOST_PX, round(_WIDTH_PX * shown.height / shown.width)),
            "margin": {"l": 0, "r": 0, "t": _TITLE_PX, "b": 0},
            "dragmode": False,
            "hovermode": "closest",
            "showlegend": False,
        },
    )
    # One picture with the mask in it: of two pictures in one place Plotly draws only the first.
    figure.add_layout_image(
        source=_address(painted), x=0, y=0, sizex=shown.width, sizey=shown.height, xref="x", yref="y", layer="below",
        sizing="stretch", xanchor="left", yanchor="top",
    )  # fmt: skip
    hidden = {"visible": False, "fixedrange": True, "constrain": "domain"}
    figure.update_xaxes(range=[0, shown.width], constraintoward="left", **hidden)
    figure.update_yaxes(range=[shown.height, 0], scaleanchor="x", constraintoward="top", **hidden)
    return figure


def clickable(shown: Picture) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return the places of a picture that take a click: x and y of each, in pixels."""
    step = max(shown.width, shown.height) / _GRID
    columns = np.arange(step / 2, shown.width, step).astype(np.intp)
    rows = np.arange(step / 2, shown.height, step).astype(np.intp)
    x, y = np.meshgrid(columns, rows)
    return x.ravel(), y.ravel()


def _click_grid(shown: Picture) -> go.Scatter:
    x, y = clickable(shown)
    return go.Scatter(
        x=x.tolist(),
        y=y.tolist(),
        hovertemplate="%{x:.0f}, %{y:.0f}<extra></extra>",
        **UNSEEN,
    )


def _marks(points: Sequence[Point]) -> list[go.Scatter]:
    drawn = []
    for inside, symbol, colour in ((True, "circle", _INSIDE), (False, "x", _OUTSIDE)):
        chosen = [point for point in points if point.inside == inside]
        drawn.append(
            go.Scatter(
                x=[point.x for point in chosen],
                y=[point.y for point in chosen],
                mode="markers",
                marker={"symbol": symbol, "size": 14, "color": colour, "line": {"width": 2, "color": "white"}},
                selected={"marker": {"opacity": 1}},
                unselected={"marker": {"opacity": 1}},
                hoverinfo="skip",
            )
        )
    return drawn


def _tinted(image: Image.Image, mask: Mask) -> Image.Image:
    """Return the picture with what is inside the mask in colour, and all else faded."""
    seen = np.asarray(image, np.float32)
    inside = 0.55 * seen + 0.45 * np.array(_TINT, np.float32)
    outside = 0.45 * seen + 0.55 * 255
    return Image.fromarray(np.where(mask[..., None], inside, outside).astype(np.uint8))


def _address(image: Image.Image) -> str:
    written = io.BytesIO()
    image.save(written, "JPEG", quality=88)
    return "data:image/jpeg;base64," + base64.b64encode(written.getvalue()).decode()


def colour(number: int) -> tuple[int, int, int]:
    """Return the colour of a piece, counted from 0: red, green and blue up to 255."""
    lightness = 0.42 if number % 2 else 0.56
    red, green, blue = colorsys.hls_to_rgb((0.58 + number * _GOLDEN) % 1, lightness, 0.75)
    return round(255 * red), round(255 * green), round(255 * blue)


def draw_pieces(shown: Picture, settings: SearchSettings, found: Everything | None, picked: int | None) -> Chart:
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
        figure.add_trace(_points(shown, settings.points_per_side))
        return Chart(figure, alt.format(width=shown.width, height=shown.height, points=settings.points))
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
    figure.add_trace(_piece_grid(shown, found, on_top))
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


def _piece_grid(shown: Picture, found: Everything, numbers: Numbers) -> go.Scatter:
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
