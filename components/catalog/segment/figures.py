"""The picture with what was cut out and the points on it; a grid nobody sees takes the clicks."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go
from PIL import Image

from components.catalog.segment.cut import Mask, Point
from components.catalog.segment.picture import Picture
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


def picture(shown: Picture, points: Sequence[Point], mask: Mask | None) -> Chart:
    """Draw a picture, the mask over it, and the points."""
    share = f"{mask.mean():.1%}" if mask is not None else ""
    title = _("Cut out: {share} of the picture").format(share=share) if share else _("Click on an object")
    figure = canvas(shown, shown.image if mask is None else _tinted(shown.image, mask), title)
    figure.add_traces([_grid(shown), *_marks(points)])
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


def _grid(shown: Picture) -> go.Scatter:
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
