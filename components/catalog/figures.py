"""The catalog's charts, each with its text alternative. Colours are the theme's."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import plotly.graph_objects as go

from components.catalog import wording
from components.catalog.counting import Anatomy
from components.catalog.curated import families, family_of
from components.catalog.lifecycle import STATUSES, model_status, next_end, period
from components.catalog.records import Model
from components.core.i18n import _
from components.ui.charts import Chart

_MARGIN: Final = {"l": 8, "r": 8, "t": 40, "b": 8}
# These read on the light and on the dark background.
_NEUTRAL: Final = "rgba(128,128,128,0.9)"
_FAINT: Final = "rgba(128,128,128,0.45)"
_GONE: Final = "rgb(200,80,60)"
_ROW_PX: Final = 27
_TICKS_PX: Final = 32  # the axis and its years
_TREEMAP_PX: Final = 430
_FIRST_DAY: Final = "2018-06-01"  # a little before BERT


@dataclass(frozen=True)
class End:
    """When a model ended, or will end.

    Attributes
    ----------
    exact
        Whether it is the day itself. Otherwise it was gone by then, and the day was not found.
    """

    day: datetime.date
    exact: bool = True


def end_of(model: Model, day: datetime.date) -> End | None:
    """Return when the last way to run a model ended, or will end; None where no date is known."""
    if model.open_weights.value:
        return None
    offers = [offer for offer in model.offers if offer.venue != "jumpstart"]
    if model_status(model, day) == "ended":
        exact = [End(offer.eol) for offer in offers if offer.eol]
        bounds = [End(offer.gone_by, exact=False) for offer in offers if offer.gone_by and not offer.eol]
        return max(exact + bounds, key=lambda end: (end.day, end.exact), default=None)
    announced = next_end(model, day)
    return End(announced.eol) if announced and announced.eol and model_status(model, day) == "legacy" else None


def timeline(models: Sequence[Model], chosen: str, day: datetime.date) -> Chart:
    """Draw each model at its release on its family's line, and how long it lasted where it ended.

    Where only a day is known on which it was gone, the line is dotted and the mark points back in time.
    """
    rows = [family.name for family in families() if any(family_of(model.id) == family for model in models)]
    groups = {status: [model for model in models if model_status(model, day) == status] for status in STATUSES}
    ends = {model.id: end for model in models if (end := end_of(model, day))}
    exact = {model_id: end for model_id, end in ends.items() if end.exact}
    bounds = {model_id: end for model_id, end in ends.items() if not end.exact}
    # The theme gives its colours to traces in their order: active and legacy come first and are always there.
    traces = [
        _releases(groups["active"], _("Active"), {"size": 12}),
        _releases(groups["legacy"], _("Legacy"), {"size": 12, "symbol": "diamond"}),
        _releases(groups["unknown"], _("Never offered"), {"size": 11, "symbol": "circle-open", "color": _NEUTRAL}),
        _releases(groups["ended"], _("Released, since ended"), {"size": 8, "color": _NEUTRAL}),
        _ends(groups["ended"], exact, _("Ended"), {"size": 10, "symbol": "x", "color": _GONE}),
        _ends(groups["ended"], bounds, _("Gone by"), {"size": 11, "symbol": "triangle-left-open", "color": _GONE}),
        _ends(groups["legacy"], exact, _("Announced end"), {"size": 11, "symbol": "x-thin-open", "color": _NEUTRAL}),
        _lives(models, exact, dash="solid"),
        _lives(models, bounds, dash="dot"),
        *(_ring(model) for model in models if model.id == chosen and model.released.value),
    ]
    last = datetime.date(day.year + 1, 6, 1)
    today = {"type": "line", "x0": day.isoformat(), "x1": day.isoformat(), "y0": 0, "y1": 1, "yref": "y domain"}
    layout = _layout(_("When the models were released, and which have ended"), height=120 + _ROW_PX * len(rows)) | {
        "xaxis": {"range": [_FIRST_DAY, last.isoformat()], "dtick": "M24", "tickangle": 0, "tickformat": "%Y"},
        "yaxis": {"categoryorder": "array", "categoryarray": rows[::-1], "showgrid": True}
        | {"range": [-0.6, len(rows) - 0.4]},
        "shapes": [today | {"line": {"width": 1, "dash": "dot", "color": _NEUTRAL}}],
    }
    figure = go.Figure(traces, layout)  # in one go: plotly lays everything out again for each update that comes later
    alt = _("Timeline of {families} families, {models} models. Active: {active}, Legacy: {legacy}, ended: {ended}.")
    counts = {status: len(group) for status, group in groups.items()}
    return Chart(figure, alt.format(families=len(rows), models=len(models), **counts))


def is_drawn(model: Model, day: datetime.date) -> bool:
    """Say whether the timeline has a day for a model: its release, or its end."""
    return model.released.value is not None or end_of(model, day) is not None


def treemap(anatomy: Anatomy, title: str) -> Chart:
    """Draw a model's parameters as areas: parts, and the tensors in each."""
    ids, labels, parents, values = ["all"], [title], [""], [anatomy.total]
    for part, count in anatomy.parts().items():
        ids.append(part)
        labels.append(_(wording.PARTS[part]))
        parents.append("all")
        values.append(count)
        for name, tensors in tensors_of(anatomy, part).items():
            ids.append(f"{part}/{name}")
            labels.append(name)
            parents.append(part)
            values.append(tensors)
    figure = go.Figure(
        go.Treemap(
            ids=ids,
            labels=labels,
            parents=parents,
            values=values,
            branchvalues="total",
            texttemplate="%{label}<br>%{percentRoot:.1%}",
            hovertemplate="%{label}<br>%{value:,}<br>%{percentRoot:.2%}<extra></extra>",
            tiling={"pad": 2},
            pathbar={"visible": False},
        ),
        layout=_layout(
            _("Where are the {total} parameters?").format(total=f"{anatomy.total:,}"),
            height=_TREEMAP_PX,
        )
        # Labels too small to read are left to the hover and the table.
        | {"uniformtext": {"minsize": 11, "mode": "hide"}},
    )
    shares = ", ".join(
        f"{_(wording.PARTS[part])} {count / anatomy.total:.1%}" for part, count in anatomy.parts().items()
    )
    return Chart(figure, _("Parameters of {model} by part: {shares}.").format(model=title, shares=shares))


def tensors_of(anatomy: Anatomy, part: str) -> dict[str, int]:
    """Return the parameters of a part's tensors by short name, weights and biases together."""
    sums: dict[str, int] = {}
    for row in anatomy.rows:
        if row.part == part:
            parts = [name for name in row.name.split(".") if name not in ("weight", "bias", "*")]
            name = ".".join(parts[-2:])
            sums[name] = sums.get(name, 0) + row.count
    return sums


def _releases(models: Sequence[Model], name: str, marker: Mapping[str, object]) -> go.Scatter:
    dated = [model for model in models if model.released.value]
    return _points(dated, [_x(model) for model in dated], [model.released.value or "" for model in dated], name, marker)


def _ends(models: Sequence[Model], ends: Mapping[str, End], name: str, marker: Mapping[str, object]) -> go.Scatter:
    ended = [model for model in models if model.id in ends]
    days = [ends[model.id].day.isoformat() for model in ended]
    notes = [
        f"{name} {day}" if ends[model.id].exact else wording.gone_by(ends[model.id].day)
        for model, day in zip(ended, days, strict=True)
    ]
    outline = {"width": 1.5, "color": marker["color"]}
    return _points(ended, days, notes, name, {**marker, "line": outline})


def _points(
    models: Sequence[Model], x: Sequence[str], notes: Sequence[str], name: str, marker: Mapping[str, object]
) -> go.Scatter:
    return go.Scatter(
        x=x,
        y=[_row(model) for model in models],
        mode="markers",
        name=name,
        showlegend=bool(name and models),
        marker=marker,
        # A click must not fade the other points: it opens a record, it selects nothing.
        selected={"marker": {"opacity": 1}},
        unselected={"marker": {"opacity": 1}},
        customdata=[[model.id, model.name, note] for model, note in zip(models, notes, strict=True)],
        hovertemplate="%{customdata[1]}<br>%{customdata[2]}<extra></extra>",
    )


def _lives(models: Sequence[Model], ends: Mapping[str, End], *, dash: str) -> go.Scatter:
    x: list[str | None] = []
    y: list[str | None] = []
    for model in models:
        if model.released.value and model.id in ends:
            x += [_x(model), ends[model.id].day.isoformat(), None]
            y += [_row(model), _row(model), None]
    line = {"width": 2, "color": _FAINT, "dash": dash}
    return go.Scatter(x=x, y=y, mode="lines", line=line, hoverinfo="skip", showlegend=False)


def _ring(model: Model) -> go.Scatter:
    """Draw a ring around the model whose record is open."""
    marker = {"symbol": "circle-open", "size": 22, "line": {"width": 2}, "color": _NEUTRAL}
    return go.Scatter(x=[_x(model)], y=[_row(model)], mode="markers", marker=marker, hoverinfo="skip", showlegend=False)


def _x(model: Model) -> str:
    return period(model.released.value or "").middle.isoformat()


def _row(model: Model) -> str:
    return family_of(model.id).name


def _layout(title: str, *, height: int) -> dict[str, object]:
    below = -_TICKS_PX / (height - _MARGIN["t"] - _MARGIN["b"])  # a legend's place is a share of the plot's height
    return {
        "title": {"text": title, "x": 0},
        "height": height,
        "margin": _MARGIN,
        "legend": {"orientation": "h", "y": below, "yanchor": "top", "x": 0, "xanchor": "left", "itemclick": False},
        "dragmode": False,
        "hovermode": "closest",
    }
