"""The page's charts, each with its text alternative. Colours are the theme's."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import plotly.graph_objects as go

from components.core.i18n import _
from components.core.units import format_percent
from components.engines.beam_tree import BeamTree
from components.engines.samplers import Anatomy, StageName, TokenPath
from components.generation.branches import BranchTree
from components.generation.wording import STAGES, token_name
from components.ui.charts import Chart

_LANE: Final = 1.9  # from one stage's zero line to the next, in units of the longest bar
_ROW_PX: Final = 22
_HEAD_PX: Final = 86
_LABEL_CHARACTERS: Final = 18


def stages(
    anatomy: Anatomy,
    paths: Sequence[TokenPath],
    names: Sequence[str],
    *,
    settings: Mapping[StageName, float | None],
    taken: int | None,
    title: str,
) -> Chart:
    """Draw the likeliest tokens' probabilities after each stage of the sampler chain, side by side.

    One trace holds all bars, each starting at its stage's own zero line, so that all stages share one colour and the
    taken token has another.

    Parameters
    ----------
    names
        How each of `paths` reads.
    settings
        The value of each stage that has one, by the stage's name.
    taken
        Id of the token that was taken; None if none was yet.
    """
    labels = _distinct(names)
    rest = [1 - sum(path.probabilities[stage] for path in paths) for stage in range(len(anatomy.stages))]
    longest = max(max(path.probabilities) for path in paths)
    traces = []
    for is_taken in (False, True):
        rows = [(path, label) for path, label in zip(paths, labels, strict=True) if (path.id == taken) == is_taken]
        traces.append(_bars(anatomy, rows, longest))
    others = _("{count} others").format(count=f"{len(anatomy.cut_by) - len(paths):,}")
    traces.append(_rest(anatomy, rest, others, longest))
    kept = [int((stage.probability > 0).sum()) for stage in anatomy.stages]
    pairs = zip(anatomy.stages, kept, strict=True)
    headings = [_heading(stage.name, settings.get(stage.name), count) for stage, count in pairs]
    layout = {
        "xaxis": {
            "side": "top", "tickvals": [lane * _LANE for lane in range(len(kept))], "ticktext": headings,
            "ticklabelshift": 0, "ticklabelposition": "outside right", "tickangle": 0,
            "range": [-0.02, (len(kept) - 1) * _LANE + 1.8],
            "showgrid": True, "zeroline": False,
        },
        "yaxis": {
            "type": "category", "categoryorder": "array", "categoryarray": [*labels, others][::-1],
            "tickfont": {"size": 13}, "range": [-0.6, len(labels) + 0.6], "showgrid": False,
        },
        "title": {"text": title, "font": {"size": 15}, "automargin": True, "yref": "container"},
        "height": _HEAD_PX + _ROW_PX * (len(labels) + 1), "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
        "barmode": "overlay", "bargap": 0.25, "showlegend": False, "dragmode": False,
    }  # fmt: skip
    figure = go.Figure(traces, layout)  # in one go: plotly lays everything out again for each update that comes later
    return Chart(figure, _stages_in_words(anatomy, paths, names, kept, title))


def _bars(anatomy: Anatomy, rows: Sequence[tuple[TokenPath, str]], longest: float) -> go.Bar:
    cells = [(lane, path, label) for lane in range(len(anatomy.stages)) for path, label in rows]
    return go.Bar(
        orientation="h",
        base=[lane * _LANE for lane, _path, _label in cells],
        x=[path.probabilities[lane] / longest for lane, path, _label in cells],
        y=[label for _lane, _path, label in cells],
        text=[_share(path.probabilities[lane]) for lane, path, _label in cells],
        textposition="outside",
        cliponaxis=False,
        customdata=[[path.logits[lane], path.probabilities[lane], _(STAGES[anatomy.stages[lane].name])]
                    for lane, path, _label in cells],
        hovertemplate="%{y}<br>%{customdata[2]}: %{customdata[1]:.4%}<br>"
        + _("score {logit}").format(logit="%{customdata[0]:.3f}") + "<extra></extra>",
    )  # fmt: skip


def _rest(anatomy: Anatomy, rest: Sequence[float], label: str, longest: float) -> go.Bar:
    """Draw what all other tokens have together, faintly: it may be more than any of them."""
    lanes = range(len(anatomy.stages))
    return go.Bar(
        orientation="h",
        base=[lane * _LANE for lane in lanes],
        x=[min(max(share, 0.0) / longest, 1.0) for share in rest],
        y=[label] * len(rest),
        text=[_share(max(share, 0.0)) for share in rest],
        textposition="outside",
        cliponaxis=False,
        marker={"color": "rgba(128,128,128,0.45)"},
        hovertemplate="%{y}: %{text}<extra></extra>",
    )


def _heading(stage: StageName, setting: float | None, kept: int) -> str:
    """Return three short lines: a phone has some 85 pixels for each."""
    counted = _("{count} left").format(count=f"{kept:,}")
    return f"<b>{_(STAGES[stage])}</b><br>{'' if setting is None else f'{setting:g}'}<br>{counted}"


def _share(probability: float) -> str:
    if probability == 0:
        return "✂"
    return format_percent(probability)


def _distinct(names: Sequence[str]) -> list[str]:
    """Return labels that differ: two tokens may read the same, and Plotly would put them into one row."""
    cut = [name if len(name) <= _LABEL_CHARACTERS else name[:_LABEL_CHARACTERS] + "…" for name in names]
    # a zero-width space more for each repetition, which nobody sees
    return [label + "\u200b" * cut[:index].count(label) for index, label in enumerate(cut)]


def _stages_in_words(
    anatomy: Anatomy, paths: Sequence[TokenPath], names: Sequence[str], kept: Sequence[int], title: str
) -> str:
    best = max(range(len(paths)), key=lambda index: paths[index].probabilities[-1])
    return _(
        "{title}. Probabilities of {count} tokens after {stages} stages; of {all} tokens {kept} are left. The "
        "likeliest in the end: {name}, {share:.1%}."
    ).format(
        title=title,
        count=len(paths),
        stages=len(anatomy.stages),
        all=f"{len(anatomy.cut_by):,}",
        kept=f"{kept[-1]:,}",
        name=names[best],
        share=paths[best].probabilities[-1],
    )


def counts(counted: Sequence[int], expected: Sequence[float], names: Sequence[str], *, times: int) -> Chart:
    """Draw how often each token came, beside how often it should have: both as numbers at the end of its row."""
    labels = _distinct(names)
    ends = [max(pair) for pair in zip(counted, expected, strict=True)]
    figure = go.Figure(
        [
            go.Bar(name=_("drawn"), orientation="h", x=list(counted), y=labels),
            go.Scatter(
                name=_("expected"), x=list(expected), y=labels, mode="markers",
                marker={"symbol": "diamond", "size": 10},
            ),
            go.Scatter(
                x=ends, y=labels, mode="text", textposition="middle right", hoverinfo="skip", showlegend=False,
                text=[f"   {count} ({mean:.0f})" for count, mean in zip(counted, expected, strict=True)],
            ),
        ]
    )  # fmt: skip
    figure.update_yaxes(type="category", autorange="reversed")
    figure.update_xaxes(title=_("times of {times}").format(times=times), range=[0, 1.25 * max(ends, default=1)])
    figure.update_layout(
        height=120 + 24 * len(labels), margin={"l": 8, "r": 8, "t": 8, "b": 8}, dragmode=False,
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    )  # fmt: skip
    pairs = ", ".join(
        f"{name} {count} ({mean:.0f})" for name, count, mean in zip(names, counted, expected, strict=True)
    )
    alt = _("Drawn {times} times; counted and, in brackets, expected: {pairs}.")
    return Chart(figure, alt.format(times=times, pairs=pairs))


def beams(tree: BeamTree, names: Sequence[str], steps: range) -> Chart:
    """Draw some steps of a beam search: each candidate under its rank, joined to the beam it goes on from.

    Parameters
    ----------
    names
        How each of `tree.nodes` reads.
    """
    shown = [index for index, node in enumerate(tree.nodes) if node.step in steps]
    best = set(_ancestors(tree, tree.results[0].node))
    figure = go.Figure(_joints(tree, [index for index in shown if tree.nodes[index].fate != "dropped"]))
    groups = (
        (_("best text"), [index for index in shown if index in best], 14),
        (_("kept"), [index for index in shown if index not in best and tree.nodes[index].fate != "dropped"], 9),
        (_("dropped"), [index for index in shown if tree.nodes[index].fate == "dropped"], 5),
    )
    for title, members, size in groups:
        nodes = [tree.nodes[index] for index in members]
        figure.add_trace(
            go.Scatter(
                name=title, mode="markers+text",
                x=[node.step for node in nodes], y=[node.rank for node in nodes],
                text=[names[index] for index in members], textposition="top center",
                marker={"size": size},
                customdata=[[node.logprob, node.score] for node in nodes],
                hovertemplate="%{text}<br>" + _("log-probability {value}").format(value="%{customdata[0]:.2f}")
                + "<br>" + _("sum so far {value}").format(value="%{customdata[1]:.2f}") + "<extra></extra>",
            )
        )  # fmt: skip
    figure.update_xaxes(title=_("step"), dtick=1, zeroline=False, range=[steps.start - 0.5, steps.stop - 0.5])
    figure.update_yaxes(title=_("rank at this step"), autorange="reversed", zeroline=False, dtick=1)
    figure.update_layout(
        height=430, margin={"l": 8, "r": 8, "t": 8, "b": 8}, dragmode=False,
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    )  # fmt: skip
    alt = _("{count} candidates of steps {first} to {last} of a search with {beams} beams; {kept} were kept.")
    return Chart(
        figure,
        alt.format(
            count=len(shown),
            first=steps.start,
            last=steps.stop - 1,
            beams=tree.beams,
            kept=sum(tree.nodes[index].fate != "dropped" for index in shown),
        ),
    )


def _ancestors(tree: BeamTree, node: int) -> Iterator[int]:
    index: int | None = node
    while index is not None:
        yield index
        index = tree.nodes[index].parent


def _joints(tree: BeamTree, members: Sequence[int]) -> go.Scatter:
    """Draw a line from each candidate to the beam before it."""
    x: list[int | None] = []
    y: list[int | None] = []
    for index in members:
        node = tree.nodes[index]
        if node.parent is not None:
            before = tree.nodes[node.parent]
            x += [before.step, node.step, None]
            y += [before.rank, node.rank, None]
    line = {"color": "rgba(128,128,128,0.5)", "width": 1}
    return go.Scatter(x=x, y=y, mode="lines", line=line, hoverinfo="skip", showlegend=False)


def branches(tree: BranchTree, shown: int) -> Chart:
    """Draw the answers to one prompt as lines that leave each other where another token was taken."""
    figure = go.Figure()
    for is_shown in (False, True):
        x: list[int | None] = []
        y: list[int | None] = []
        text: list[str] = []
        for row, branch in enumerate(tree.branches):
            if (row == shown) != is_shown:
                continue
            start = branch.at if branch.parent is not None else 0
            if branch.parent is not None:
                x.append(start - 1)
                y.append(branch.parent)
                text.append("")
            places = range(start, len(branch.tokens))
            x += [*places, None]
            y += [*[row] * len(places), None]
            text += [*(token_name(branch.tokens[place].text) for place in places), ""]
        figure.add_trace(
            go.Scatter(
                name=_("on the screen") if is_shown else _("other answers"), x=x, y=y, mode="lines+markers",
                customdata=text, hovertemplate="%{x}: %{customdata}<extra></extra>", marker={"size": 7},
            )
        )  # fmt: skip
    figure.update_xaxes(title=_("step"), zeroline=False)
    figure.update_yaxes(title=_("answer"), range=[len(tree.branches) - 0.5, -0.5], zeroline=False, dtick=1)
    figure.update_layout(
        height=150 + 34 * len(tree.branches), margin={"l": 8, "r": 8, "t": 8, "b": 8}, dragmode=False,
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    )  # fmt: skip
    alt = _("{count} answers to one prompt; {branched} of them branched off another.")
    branched = sum(branch.parent is not None for branch in tree.branches)
    return Chart(figure, alt.format(count=len(tree.branches), branched=branched))


def expectation(names: Sequence[str], logprobs: Sequence[float]) -> Chart:
    """Draw what a model expected next, likeliest first."""
    labels = _distinct(names)
    shares = [math.exp(logprob) for logprob in logprobs]
    figure = go.Figure(
        go.Bar(
            orientation="h", x=shares, y=labels, text=[_share(share) for share in shares], textposition="outside",
            cliponaxis=False, hovertemplate="%{y}: %{text}<extra></extra>",
        )
    )  # fmt: skip
    figure.update_yaxes(type="category", autorange="reversed")
    figure.update_xaxes(title=_("probability"), tickformat=".0%", range=[0, max(shares) * 1.2])
    title = {"text": _("What the model expected"), "font": {"size": 15}, "automargin": True, "yref": "container"}
    height = 110 + 24 * len(labels)
    figure.update_layout(title=title, height=height, margin={"l": 8, "r": 8, "t": 8, "b": 8}, dragmode=False)
    pairs = ", ".join(f"{name} {share:.1%}" for name, share in zip(names, shares, strict=True))
    return Chart(figure, _("What the model expected: {pairs}.").format(pairs=pairs))
