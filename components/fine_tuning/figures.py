"""The page's charts, each with its text alternative. Colours are the theme's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from components.core.i18n import _
from components.core.units import to_bits
from components.fine_tuning import measures
from components.fine_tuning.measures import FloatArray, Interval
from components.fine_tuning.outcome import Outcome
from components.models.projection import project
from components.ui.charts import Chart

_MARGIN: Final = {"l": 8, "r": 8, "t": 44, "b": 8}
_GUIDE: Final = "rgba(128,128,128,0.9)"  # readable on the light and on the dark background
_FAINT: Final = "#9a9a9a"
_HEIGHT_PX: Final = 340
_FRAME_PX: Final = 110
_SENTENCE_PX: Final = 58
_SQUARE_PX: Final = 150
_LINE_OF_TEXT: Final = 0.08
"""Height of a label in the chart of accuracies, as a share."""
_LINE_OF_TEXT_PX: Final = 17
_SHORT_CHARS: Final = 34
_SHORT_LABEL_CHARS: Final = 14
_COLOURS: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00")
"""Okabe and Ito's, one a label: the same label has the same colour in both pictures."""
_SYMBOLS: Final = ("circle", "x", "diamond", "square", "triangle-up")
"""One a label: colours alone would leave some readers out."""


def draw_live(losses: Sequence[float], steps: int) -> Chart:
    """Draw the loss of every step so far, on the axis of all steps to come."""
    bits = [to_bits(loss) for loss in losses]
    numbers = list(range(1, len(bits) + 1))
    figure = go.Figure()
    figure.add_scatter(x=numbers, y=bits, mode="lines", line={"color": _FAINT, "width": 1}, showlegend=False)
    figure.add_scatter(x=numbers, y=_smooth(bits), mode="lines", line={"width": 3}, showlegend=False)
    figure.update_layout(height=_HEIGHT_PX, margin=_MARGIN, title=_("Loss of each step (thick: mean of the last 10)"))
    figure.update_xaxes(title=_("step"), range=[0, steps])
    figure.update_yaxes(title=_("loss in bits"), rangemode="tozero")
    alt = _("Loss curve up to step {step} of {steps}; the last step's loss is {loss:.2f} bits.")
    return Chart(figure, alt.format(step=len(losses), steps=steps, loss=bits[-1]))


def draw_curves(outcome: Outcome) -> Chart:
    """Draw loss and accuracy over the steps, in training and on the held-out texts."""
    figure = make_subplots(rows=1, cols=2, subplot_titles=[_("Loss in bits"), _("Accuracy, held out")])
    steps = [each.step for each in outcome.measured]
    trained = [each for each in outcome.measured if each.training_loss is not None]
    lines = (
        (
            _("training"),
            [each.step for each in trained],
            [to_bits(each.training_loss) for each in trained if each.training_loss is not None],
            "dash",
        ),
        (_("held out"), steps, [to_bits(each.loss) for each in outcome.measured], "solid"),
    )
    for name, x, y, dash in lines:
        figure.add_scatter(x=x, y=y, name=name, mode="lines+markers", line={"dash": dash}, row=1, col=1)
    accuracies = [each.accuracy for each in outcome.measured]
    figure.add_scatter(x=steps, y=accuracies, mode="lines+markers", showlegend=False, row=1, col=2)
    guides = [
        (_("most frequent label"), outcome.baselines.majority),
        (_("nearest mean"), outcome.baselines.centroid),
    ]
    guides.sort(key=lambda guide: guide[1])
    sides, shifts = _place_labels([value for _name, value in guides], accuracies[-1])
    for (name, value), side, shift in zip(guides, sides, shifts, strict=True):
        figure.add_hline(
            y=value,
            line={"dash": "dot", "color": _GUIDE},
            annotation={
                "text": f"{name}: {value:.0%}",
                "xanchor": "right",
                "yanchor": side,
                "yshift": shift,
                "showarrow": False,
            },
            row=1,
            col=2,
        )
    figure.update_xaxes(title=_("step"))
    figure.update_yaxes(rangemode="tozero", row=1, col=1)
    figure.update_yaxes(range=[0, 1.04], tickformat=".0%", row=1, col=2)
    figure.update_layout(
        height=_HEIGHT_PX,
        margin=_MARGIN,
        legend={"orientation": "h", "y": -0.24, "yanchor": "top", "x": 0},
    )
    listed = ", ".join(f"{each.step}: {to_bits(each.loss):.2f}, {each.accuracy:.0%}" for each in outcome.measured)
    return Chart(figure, _("Learning curves; step: held-out loss in bits, accuracy: {rows}.").format(rows=listed))


def _place_labels(values: Sequence[float], accuracy: float) -> tuple[tuple[str, str], tuple[int, int]]:
    """Return the sides of the labels of two lines, the lower one first, and how far each is moved, in pixels."""
    lower, higher = values
    if higher - lower >= _LINE_OF_TEXT:
        return ("top" if lower >= _LINE_OF_TEXT else "bottom", "bottom"), (0, 0)
    if accuracy >= lower:  # the curve is above: one below the other
        return ("top", "top"), (-_LINE_OF_TEXT_PX, 0)
    return ("bottom", "bottom"), (0, _LINE_OF_TEXT_PX)


def draw_sentences(texts: Sequence[str], labels: Sequence[str], before: FloatArray, after: FloatArray | None) -> Chart:
    """Draw the answer for each sentence: the most probable label, and how probable it is."""
    figure = go.Figure()
    rows = [f"{place + 1}. {short(text)}" for place, text in enumerate(texts)]
    moments = [(_("before training"), before, _FAINT)] + ([] if after is None else [(_("after training"), after, None)])
    for name, shares, colour in moments:
        figure.add_bar(
            orientation="h",
            y=rows,
            x=shares.max(axis=1).tolist(),
            name=name,
            marker={"color": colour} if colour else None,
            text=[f"{labels[row.argmax()]} {row.max():.0%}" for row in shares],
            textposition="auto",
            insidetextfont={"color": "#111111"} if colour else None,  # Plotly's own choice is grey on grey
            hovertemplate="%{y}<br>%{text}<extra>" + name + "</extra>",
        )
    figure.update_layout(
        height=_FRAME_PX + _SENTENCE_PX * len(rows),
        margin=_MARGIN,
        barmode="group",
        legend={"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0, "traceorder": "normal"},
    )
    figure.update_yaxes(autorange="reversed")
    figure.update_xaxes(title=_("probability"), range=[0, 1.04], dtick=0.5, tickformat=".0%")
    listed = "; ".join(
        f"{short(text)}: " + " → ".join(f"{labels[m[p].argmax()]} {m[p].max():.0%}" for _name, m, _colour in moments)
        for p, text in enumerate(texts)
    )
    return Chart(figure, _("Answers with their probability, before and after training: {rows}.").format(rows=listed))


def draw_confusion(outcome: Outcome) -> Chart:
    """Draw which label was taken for which, before and after."""
    examples = outcome.task.examples
    classes = examples.classes(examples.held_out)
    moments = ((_("before training"), outcome.before), (_("after training"), outcome.after))
    counts = [measures.count_answers(moment.probabilities, classes) for _name, moment in moments]
    figure = make_subplots(
        rows=1, cols=2, subplot_titles=[name for name, _moment in moments], horizontal_spacing=0.16, shared_yaxes=True
    )
    names = [short(label, _SHORT_LABEL_CHARS) for label in examples.labels]
    most = max(max(row) for matrix in counts for row in matrix)
    for column, matrix in enumerate(counts, start=1):
        figure.add_heatmap(
            z=matrix,
            x=names,
            y=names,
            zmin=0,
            zmax=most,
            text=matrix,
            texttemplate="%{text}",
            textfont={"size": 18},
            showscale=False,
            hovertemplate=_("is {truth}, answered {answer}: {count}").format(truth="%{y}", answer="%{x}", count="%{z}")
            + "<extra></extra>",
            row=1,
            col=column,
        )
    figure.update_xaxes(title=_("answered"), side="bottom")
    figure.update_yaxes(autorange="reversed")
    figure.update_yaxes(title=_("is"), row=1, col=1)
    figure.update_layout(height=_FRAME_PX + max(_SQUARE_PX, 60 * len(names)), margin=_MARGIN)
    listed = "; ".join(
        f"{truth} → {answer}: {counts[0][row][column]}, {counts[1][row][column]}"
        for row, truth in enumerate(names)
        for column, answer in enumerate(names)
    )
    return Chart(figure, _("Held-out texts, label → answer: before, after. {rows}.").format(rows=listed))


def draw_accuracies(outcome: Outcome) -> Chart:
    """Draw the accuracy on the held-out texts beside what is right without training, with 95% intervals."""
    last = outcome.measured[-1].accuracy
    likely = outcome.verdicts.intervals
    rows = (
        (_("after training"), last, likely["after"]),
        (_("nearest mean, no training"), outcome.baselines.centroid, likely["centroid"]),
        (_("head before training"), outcome.baselines.untrained, likely["untrained"]),
        (_("most frequent label"), outcome.baselines.majority, None),
        (_("chance"), 1 / len(outcome.task.examples.labels), None),
    )
    figure = go.Figure(
        go.Bar(
            orientation="h",
            y=[name for name, _value, _between in rows],
            x=[value for _name, value, _between in rows],
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [between.high - value if between else 0 for _name, value, between in rows],
                "arrayminus": [value - between.low if between else 0 for _name, value, between in rows],
                "color": _GUIDE,
            },
            text=[format_share(value, between) for _name, value, between in rows],
            textposition="inside",
            insidetextanchor="start",
            hovertemplate="%{y}: %{text}<extra></extra>",
        )
    )
    figure.update_yaxes(autorange="reversed")
    figure.update_xaxes(range=[0, 1.02], dtick=0.25, tickformat=".0%", title=_("right among held-out texts"))
    figure.update_layout(height=_FRAME_PX + 150, margin=_MARGIN | {"t": 8})
    listed = ", ".join(f"{name} {format_share(value, between)}" for name, value, between in rows)
    return Chart(figure, _("Accuracy on the held-out texts, with 95% intervals: {rows}.").format(rows=listed))


def draw_vectors(outcome: Outcome) -> Chart:
    """Draw the [CLS] vectors of the held-out texts before and after, on the same axes."""
    examples = outcome.task.examples
    drawn = project(outcome.after.vectors.astype(float))
    panels = (drawn.place(outcome.before.vectors.astype(float)), drawn.points)
    figure = make_subplots(
        rows=1, cols=2, subplot_titles=[_("before training"), _("after training")], horizontal_spacing=0.06
    )
    texts = np.array([short(example.text, 60) for example in examples.held_out])
    classes = np.array(examples.classes(examples.held_out))
    for column, points in enumerate(panels, start=1):
        for number, label in enumerate(examples.labels):
            chosen = classes == number
            figure.add_scatter(
                x=points[chosen, 0],
                y=points[chosen, 1],
                mode="markers",
                name=short(label, _SHORT_LABEL_CHARS),
                legendgroup=label,
                showlegend=column == 1,
                marker={"symbol": _SYMBOLS[number], "size": 8, "color": _COLOURS[number]},
                customdata=texts[chosen],
                hovertemplate="%{customdata}<extra>" + short(label, _SHORT_LABEL_CHARS) + "</extra>",
                row=1,
                col=column,
            )
    both = np.concatenate(panels)
    for axis, update in enumerate((figure.update_xaxes, figure.update_yaxes)):
        least, most = float(both[:, axis].min()), float(both[:, axis].max())
        room = 0.06 * (most - least or 1.0)
        update(range=[least - room, most + room], zeroline=False)
    shares = drawn.explained
    figure.update_xaxes(title=_("direction 1: {share:.0%}").format(share=shares[0]))
    figure.update_yaxes(title=_("direction 2: {share:.0%}").format(share=shares[1]), row=1, col=1)
    figure.update_yaxes(showticklabels=False, row=1, col=2)
    figure.update_layout(
        height=_HEIGHT_PX + 60,
        margin=_MARGIN,
        legend={"orientation": "h", "y": -0.2, "yanchor": "top", "x": 0},
        hovermode="closest",
    )
    alt = _(
        "[CLS] vectors of {count} held-out texts; distance between the means of the first two labels: before "
        "{before:.1f}, after {after:.1f}."
    )
    apart = [_apart(points, classes) for points in panels]
    return Chart(figure, alt.format(count=len(classes), before=apart[0], after=apart[1]))


def short(text: str, most: int = _SHORT_CHARS) -> str:
    """Return a text that fits beside a bar; Plotly reads a few HTML tags, so that the angle brackets are replaced."""
    plain = text.replace("<", "‹").replace(">", "›").replace("&", "＆")
    return plain if len(plain) <= most else plain[: most - 1].rstrip() + "…"


def format_share(share: float, between: Interval | None) -> str:
    """Return a share in percent, with its interval where it has one."""
    return f"{share:.0%}" if between is None else f"{share:.0%} ({100 * between.low:.0f}–{between.high:.0%})"


def format_p_value(p: float) -> str:
    """Return a p value with as many digits as mean something."""
    return "< 0.001" if p < 0.001 else f"{p:.3f}" if p < 0.1 else f"{p:.2f}"


def _apart(points: FloatArray, classes: FloatArray) -> float:
    """Return how far the two first labels' means are from each other."""
    return float(np.linalg.norm(points[classes == 0].mean(axis=0) - points[classes == 1].mean(axis=0)))


def _smooth(losses: Sequence[float]) -> list[float]:
    return [float(np.mean(losses[max(0, place - 9) : place + 1])) for place in range(len(losses))]
