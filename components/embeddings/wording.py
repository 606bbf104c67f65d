"""The words for the codes that links and exports use; they are translated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from components.aws import problems
from components.aws.problems import Problem
from components.core.i18n import N_
from components.core.units import Signed
from components.embeddings.encode import Pooling
from components.embeddings.link import View
from components.embeddings.quality import Mean
from components.embeddings.similarity import Metric, Vectors
from components.models.records import Task

VIEWS: Final[Mapping[View, str]] = {
    "search": N_("Search"),
    "recommend": N_("Recommend"),
    "heatmap": N_("Heatmap"),
    "map": N_("Map"),
    "isotropy": N_("All pairs"),
    "quality": N_("How good?"),
}
SHOWS: Final[Mapping[View, str]] = {
    "heatmap": N_("Each of the {count} texts is compared with every other. Hover over a cell to read both titles."),
    "isotropy": N_("The cosines of all pairs of {count} texts. How much is a cosine worth?"),
    "quality": N_("Queries whose right answers were fixed before any model was run: {questions}."),
}
POOLINGS: Final[Mapping[Pooling, str]] = {
    "mean": N_("Mean of all tokens"),
    "cls": N_("First token ([CLS])"),
    "max": N_("Maximum of each number"),
    "last": N_("Last token"),
}
VECTORS: Final[Mapping[Vectors, str]] = {
    "raw": N_("As they are"),
    "unit": N_("Length 1"),
    "centred": N_("Mean subtracted, length 1"),
}
METRICS: Final[Mapping[Metric, str]] = {
    "cosine": N_("Cosine"),
    "dot": N_("Dot product"),
    "euclidean": N_("Distance"),
}
METRIC_FORMULAS: Final[Mapping[Metric, str]] = {
    "cosine": N_("the angle alone: 1 the same direction, 0 at right angles"),
    "dot": N_("cosine times both lengths: a long vector wins more often"),
    "euclidean": N_("how far apart the two ends are: smaller is closer"),
}
THEMES: Final[Mapping[str, str]] = {
    "space": N_("space"),
    "crime": N_("crime"),
    "food": N_("food"),
    "animals": N_("animals"),
    "sea": N_("sea"),
    "love": N_("love"),
    "ghosts": N_("ghosts"),
    "sport": N_("sport"),
    "school": N_("school"),
    "war": N_("war"),
}
TRAINED_FOR: Final[Mapping[Task, str]] = {
    "fill-mask": N_("{model} was last trained to fill gaps, not to compare texts: its vectors are not made for this."),
    "text-generation": N_(
        "{model} was trained to predict the next token, not to compare texts: its vectors are not made for this."
    ),
}
STARTED_FROM: Final = N_("Its training started from {origin}, a model that was made to compare texts.")
PROBLEMS: Final[Mapping[Problem, str]] = {
    **problems.PROBLEMS,
    "access denied": N_(
        "This account may not call the model. It needs `bedrock:InvokeModel` and access to the model in this region."
    ),
    "throttled": N_(
        "AWS received too many requests. Wait a minute and send the rest: the vectors received so far are kept."
    ),
    "slow": N_(
        "Bedrock did not answer within {limit} seconds. The vectors received so far are kept; send the rest again."
    ),
    "cut": N_("The connection was cut. The vectors received so far are kept; send the rest again."),
    "refused": N_("Bedrock refused the request. The model may be discontinued, or not offered in this region."),
}


def share(measured: Mean) -> str:
    """Return a share in percent, with its interval where it has one."""
    if measured.interval is None:
        return f"{measured.mean:.0%}"
    low, high = measured.interval
    return f"{measured.mean:.0%} ({100 * low:.0f}–{high:.0%})"


def number(measured: Mean) -> str:
    """Return a mean with two digits, with its interval where it has one."""
    if measured.interval is None:
        return f"{measured.mean:.2f}"
    low, high = measured.interval
    return f"{measured.mean:.2f} ({low:.2f}–{high:.2f})"


def points(measured: Mean) -> str:
    """Return a difference of two shares in percentage points, with its interval where it has one."""
    interval = None
    if measured.interval is not None:
        low, high = measured.interval
        interval = 100 * low, 100 * high
    return difference(Mean(100 * measured.mean, interval), digits=0)


def difference(measured: Mean, *, digits: int = 2) -> str:
    """Return a difference of two measures with its sign, with its interval where it has one."""
    form = f"+.{digits}f"
    if measured.interval is None:
        return format(Signed(measured.mean), form)
    low, high = (format(Signed(end), form) for end in measured.interval)
    return f"{format(Signed(measured.mean), form)} ({low} … {high})"
