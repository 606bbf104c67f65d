"""What a page of BertViz is put together from: its own markup and scripts, labels, packed numbers, and boot.js."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from components.attention.packing import Packed, packed_bytes

# The first ten are d3.schemeCategory10, as everyone knows BertViz; it gives heads 10 and 11 the colours of 0 and 1.
HEAD_COLOURS: Final = (
    *("#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b", "#e377c2", "#7f7f7f", "#bcbd22", "#17becf"),
    *("#3949ab", "#00a884"),
)

_ASSETS: Final = Path(__file__).parent / "assets"
_ROOT: Final = "bertviz"
_WIDTH_PX: Final = {"head_view": 350, "model_view": 980}  # a narrower window shows the view smaller
_PARTS: Final = {
    "all": "All",
    "aa": "Sentence A -> Sentence A",
    "ab": "Sentence A -> Sentence B",
    "ba": "Sentence B -> Sentence A",
    "bb": "Sentence B -> Sentence B",
}


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
def template(view: str, *, pair: bool) -> Template:
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
def neuron_template(*, pair: bool) -> Template:
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


def page(
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
