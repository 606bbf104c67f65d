r"""BertViz's three views (Vig 2019, arXiv 1906.05714) as pages that need no network and few bytes.

The markup comes from bertviz's own functions, the drawing from its own JavaScript, both unchanged. Only what is fed
to them is ours: the weights travel packed (`components.attention.bertviz_html`), d3 and jQuery travel along instead of
being fetched from a CDN, and assets/boot.js puts the pieces together in the browser.

The neuron view is fed with recorded queries and keys (`window.bertviz_params`), so that it works for every
architecture; bertviz itself computes them with an old fork that knows three.

Token labels may hold anything. They travel in one JSON document in which every `<` is written as \u003c, so that none
can end the script element, and BertViz sets them as text, never as markup.
"""

from __future__ import annotations

import base64
import json
import warnings
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

MOST_LINES: Final = 150_000
"""More lines would take a browser too long: BertViz makes one SVG element for each weight above 0."""

MOST_TOKENS: Final = 128
"""Tokens of a side: more rows than that are a wall, whatever the head does."""

# The first ten are d3.schemeCategory10, as everyone knows BertViz; it gives heads 10 and 11 the colours of 0 and 1.
HEAD_COLOURS: Final = (
    *("#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b", "#e377c2", "#7f7f7f", "#bcbd22", "#17becf"),
    *("#3949ab", "#00a884"),
)
_ASSETS: Final = Path(__file__).parent / "assets"
_ROOT: Final = "bertviz"
_PARTS: Final = {
    "all": "All",
    "aa": "Sentence A -> Sentence A",
    "ab": "Sentence A -> Sentence B",
    "ba": "Sentence B -> Sentence A",
    "bb": "Sentence B -> Sentence B",
}
WEIGHT_STEP: Final = 1 / 255
"""Distance between two attention weights that a byte can tell apart; a screen has as many levels of opacity."""

_SIGNED_LEVELS: Final = 127
_WIDTH_PX: Final = {"head_view": 350, "model_view": 980}  # a narrower window shows the view smaller


@dataclass(frozen=True)
class BertvizPage:
    """A self-contained HTML page, and how high it is when nothing in it is scrolled."""

    html: str
    height_px: int


def head_view(
    weights: NDArray[Any], labels: Labels, *, layer: int, heads: Sequence[int] | None = None, dark: bool = False
) -> BertvizPage:
    """Draw the heads of one layer as coloured lines from each query to what it looks at.

    Parameters
    ----------
    weights
        `[head, query, key]`.
    layer
        Its number, for the label.
    heads
        Heads that are switched on at first; all without it. The others are one click away.

    Raises
    ------
    ValueError
        If the labels do not fit the weights, or there are more than `MOST_TOKENS`.
    """
    _require_fitting(weights[None], labels)
    template = _template("head_view", pair=labels.second_from is not None)
    params = template.params() | {
        "layer": layer,
        "heads": None if heads is None else list(heads),
        "include_layers": [layer],
    }
    arrays = {"attention": packed_weights(weights[None])}
    return BertvizPage(
        html=_page(template, params, arrays, labels, dark=dark),
        height_px=int(22.5 * max(len(labels.queries), len(labels.keys))) + 80,
    )


def model_view(weights: NDArray[Any], labels: Labels, *, layers: Sequence[int], dark: bool = False) -> BertvizPage:
    """Draw every head of some layers as a thumbnail; a click enlarges one.

    Parameters
    ----------
    weights
        `[layer, head, query, key]`.
    layers
        The number of each layer in `weights`.

    Raises
    ------
    ValueError
        If the labels do not fit the weights, or there are more than `MOST_TOKENS`.
    """
    _require_fitting(weights, labels)
    heads = weights.shape[1]
    template = _template("model_view", pair=labels.second_from is not None)
    params = template.params() | {
        "display_mode": "dark" if dark else "light",
        "include_layers": list(layers),
        "include_heads": list(range(heads)),
        "total_heads": heads,
    }
    arrays = {"attention": packed_weights(weights)}
    tokens = max(len(labels.queries), len(labels.keys))
    thumbnails_px = len(layers) * (tokens * 7 * 12 / heads + 10) + 60
    return BertvizPage(
        html=_page(template, params, arrays, labels, dark=dark),
        height_px=int(max(thumbnails_px, tokens * 18 + 60)) + 60,
    )


def neuron_view(
    weights: NDArray[Any],
    queries: NDArray[Any],
    keys: NDArray[Any],
    labels: Labels,
    *,
    layer: int,
    head: int,
    causal: bool,
    scaling: float | None = None,
    dark: bool = False,
) -> BertvizPage:
    """Draw how the queries and keys of one layer make its weights, dimension by dimension.

    Parameters
    ----------
    weights
        `[head, query, key]`.
    queries, keys
        `[head, position, dim]`, one key head a head.
    layer
        Its number, for the label.
    head
        The head that is shown at first.
    causal
        Whether no query looks to its right.
    scaling
        Factor from the product to the score, where it is not `dim ** -0.5`, which is what BertViz divides by: the
        difference is then put into the queries, so that the scores shown are the model's.

    Raises
    ------
    ValueError
        If the labels do not fit the weights, or there are more than `MOST_TOKENS`.
    """
    _require_fitting(weights[None], labels)
    if scaling is not None:
        queries = queries.astype(np.float32) * (scaling * queries.shape[-1] ** 0.5)
    template = _neuron_template(pair=labels.second_from is not None)
    params = template.params() | {
        "bidirectional": not causal,
        "display_mode": "dark" if dark else "light",
        "layer": 0,  # of the one layer that is sent; boot.js writes its real number on the control
        "head": head,
    }
    arrays = {
        "attention": packed_weights(weights[None]),
        "queries": packed_vectors(queries[None]),
        "keys": packed_vectors(keys[None]),
    }
    return BertvizPage(
        html=_page(template, params, arrays, labels, dark=dark, layer=layer),
        height_px=26 * len(labels.keys) + 160,
    )


def lines(weights: NDArray[Any]) -> int:
    """Return how many lines BertViz draws for weights of any shape: one for each that is not rounded to 0."""
    return int(np.count_nonzero(weights.astype(np.float32) >= WEIGHT_STEP / 2))


def _require_fitting(weights: NDArray[Any], labels: Labels) -> None:
    shape = (len(labels.queries), len(labels.keys))
    if weights.shape[2:] != shape:
        raise ValueError(f"weights are {weights.shape[2:]} (query, key), labels are {shape}; give one label a token")
    if max(shape) > MOST_TOKENS:
        raise ValueError(f"{max(shape)} tokens; BertViz's views are drawn for {MOST_TOKENS} at most, show a part")


@dataclass(frozen=True)
class Labels:
    """What stands beside the lines.

    Attributes
    ----------
    queries, keys
        One label a token, on the left and on the right.
    second_from
        Where the second text of a pair begins; None without a pair. It adds BertViz's choice "A -> B".
    """

    queries: Sequence[str]
    keys: Sequence[str]
    second_from: int | None = None


@dataclass(frozen=True)
class Template:
    """Markup, parameters (JSON), the script that reads them from the window, and how wide it draws.

    Attributes
    ----------
    least_zoom
        How small it is drawn at most in a narrow window; below that one scrolls sideways.
    """

    markup: str
    params_json: str
    script: str
    width_px: int
    least_zoom: float = 0.0

    def params(self) -> dict[str, Any]:
        """Return a copy to fill."""
        params: dict[str, Any] = json.loads(self.params_json)
        return params


@cache
def _template(view: str, *, pair: bool) -> Template:
    """Let bertviz make a view of two tokens, and take out where the parameters stand."""
    import bertviz  # brings torch with it
    import torch

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # bertviz leaves its script's file open to be collected
        made: str = getattr(bertviz, view)(
            attention=[torch.zeros(1, 1, 2, 2)],
            tokens=["a", "b"],
            sentence_b_start=1 if pair else None,
            html_action="return",
        ).data
    markup, script = made.split('<script type="text/javascript">', 1)
    markup = markup.split("</script>", 1)[1]  # require.js from a CDN
    before, after = script.split("const params = ", 1)
    _, end = json.JSONDecoder().raw_decode(after)
    rest = after[end:].rsplit("</script>", 1)[0]
    return Template(markup, after[:end], f"{before}const params = window.bertviz_params{rest}", _WIDTH_PX[view])


@cache
def _neuron_template(*, pair: bool) -> Template:
    """Write the elements that neuron_view.js looks for: bertviz only makes them around a model of its own fork."""
    options = "".join(f'<option value="{name}">{long.replace(">", "&gt;")}</option>' for name, long in _PARTS.items())
    choice = f'<span class="dropdown-label">Attention: </span><select id="filter">{options}</select>' if pair else ""
    markup = (
        f'<div id="{_ROOT}" style="padding:8px"><span style="user-select:none">'
        '<span class="dropdown-label">Layer: </span><select id="layer"></select> '
        '<span class="dropdown-label">Head: </span><select id="att_head"></select> '
        f'{choice}</span><div id="vis"></div></div>'
    )
    parts: dict[str, dict[str, Any]] = {name: {} for name in (_PARTS if pair else ("all",))}
    params = {"attention": parts, "default_filter": "all", "root_div_id": _ROOT}
    return Template(
        markup, json.dumps(params), files("bertviz").joinpath("neuron_view.js").read_text("utf-8"), 1030, 0.75
    )


def _page(
    template: Template,
    params: dict[str, Any],
    arrays: Mapping[str, Packed],
    labels: Labels,
    *,
    dark: bool,
    layer: int | None = None,
) -> str:
    """Put a page together.

    Parameters
    ----------
    layer
        What to write on the control for the layer, where BertViz's script would write 0.
    """
    _fill(params["attention"], labels)
    document = {
        "params": params,
        "arrays": {name: asdict(packed) for name, packed in arrays.items()},
        "scripts": _libraries(),
        "view": packed_bytes(template.script.encode("utf-8")),
        "colours": HEAD_COLOURS,
        "layer": layer,
        "width": template.width_px,
        "least_zoom": template.least_zoom,
    }
    data = json.dumps(document, ensure_ascii=True).replace("<", "\\u003c")
    style, boot = (_ASSETS.joinpath(name).read_text("utf-8") for name in ("page.css", "boot.js"))
    return (
        f'<!doctype html><html data-mode="{"dark" if dark else "light"}"><head><meta charset="utf-8">'
        f"<style>{style}</style></head><body>{template.markup}"
        f'<script type="application/json" id="input">{data}</script><script>{boot}</script></body></html>'
    )


def _fill(attention: Any, labels: Labels) -> None:  # noqa: ANN401 (a list in two views, a dict in the third)
    """Write into each part its labels, and the rows and columns it is made of instead of a copy of the weights."""
    middle, queries, keys = labels.second_from or 0, len(labels.queries), len(labels.keys)
    first, second = (0, middle), (middle, keys)
    spans = {"aa": (first, first), "ab": (first, second), "ba": (second, first), "bb": (second, second)}
    short = {long: name for name, long in _PARTS.items()}
    named = (
        attention.items() if isinstance(attention, dict) else ((short.get(str(p["name"]), "all"), p) for p in attention)
    )
    for name, part in named:
        rows, columns = spans.get(name, ((0, queries), (0, keys)))
        part.pop("attn", None)
        part["span"] = {"queries": rows, "keys": columns}
        part["left_text"] = list(labels.queries[slice(*rows)])
        part["right_text"] = list(labels.keys[slice(*columns)])


@cache
def _libraries() -> tuple[str, ...]:
    return tuple(
        packed_bytes(_ASSETS.joinpath(name).read_bytes()) for name in ("jquery-3.7.1.min.js", "d3-5.7.0.min.js")
    )


@dataclass(frozen=True)
class Packed:
    """An array of one byte a number.

    Attributes
    ----------
    data
        The bytes, row by row, deflated (zlib), in base64.
    shape
        `[layer, head, row, column]`.
    steps
        `[layer][head]`: a byte times its head's step is the number, off by half a step at most.
    signed
        Whether the bytes are two's complement.
    """

    data: str
    shape: tuple[int, ...]
    steps: list[list[float]]
    signed: bool


def packed_weights(weights: NDArray[Any]) -> Packed:
    """Pack attention weights, `[layer, head, query, key]`, between 0 and 1."""
    levels = np.rint(weights.astype(np.float32) / WEIGHT_STEP).astype(np.uint8)
    layers, heads = weights.shape[:2]
    return Packed(packed_bytes(levels.tobytes()), weights.shape, [[WEIGHT_STEP] * heads] * layers, signed=False)


def packed_vectors(vectors: NDArray[Any]) -> Packed:
    """Pack queries or keys, `[layer, head, position, dim]`; each head's step is its largest number / 127."""
    vectors = vectors.astype(np.float32)
    largest = np.abs(vectors).max(axis=(2, 3), keepdims=True)
    steps = np.where(largest > 0, largest / _SIGNED_LEVELS, 1.0)
    levels = np.rint(vectors / steps).astype(np.int8)
    return Packed(packed_bytes(levels.tobytes()), vectors.shape, steps[:, :, 0, 0].tolist(), signed=True)


def packed_bytes(data: bytes) -> str:
    """Deflate bytes and write them in base64."""
    return base64.b64encode(zlib.compress(data, level=9)).decode("ascii")
