"""The notebook that a visitor takes home: lens, direct effects and interventions with plain transformers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from components.inside.arithmetic import Norm
from components.inside.intervention import split_part
from components.inside.reading import Pass, is_causal
from components.models.inputs import ModelInput
from components.models.records import is_bundled
from components.ui.notebooks import render

NOTEBOOK: Final = Path(__file__).with_name("notebook.py")


@dataclass(frozen=True)
class Swap:
    """A vector of another text that is put in at one row and position."""

    other: ModelInput
    row: str
    position: int


def script(
    weights: str,
    done: Pass,
    *,
    text: str,
    position: int,
    watched: int,
    other: int,
    off: Sequence[str] = (),
    swap: Swap | None = None,
) -> str:
    """Return the notebook of a view in percent format. Its `result` equals the exported data.

    Parameters
    ----------
    weights
        Where transformers finds the model (`components.models.records.loadable_name`).
    off
        Names of the parts that are switched off, from `list_parts`.
    swap
        Instead of `off`.
    """
    layout = done.layout
    names = {id(module): name for name, module in done.loaded.model.named_modules()}

    def path(module: object) -> str | None:
        return names.get(id(module))

    whole_head = "cls" if hasattr(done.loaded.model, "cls") else "lm_head"
    parameters: dict[str, object] = {
        "MODEL": weights,
        "TEXT": text,
        "INPUTS": _inputs(done.given),
        "POSITION": position,
        "WATCHED": watched,
        "OTHER": other,
        "FIRST": path(layout.blocks[0]),
        "ROWS": [
            {
                "row": each.row,
                "adds": path(each.adds),
                "output": path(each.output),
                "norm_branch": path(each.norm_branch),
                "norm_out": path(each.norm_out),
            }
            for each in layout.sublayers
        ],
        "FINAL_NORM": path(layout.final_norm),
        "READ_OUT": whole_head if layout.transform is not None else path(layout.head),
        "TABLE": path(layout.head),
        "SCALE": layout.scale_out,
        "SOFT_CAP": layout.soft_cap,
        "GAIN_OFFSET": 0.0 if layout.final_norm is None else Norm.offset_of(layout.final_norm),
    }
    keep = ["bundled"] if is_bundled(weights) else []
    if layout.transform is not None:
        activation = path(layout.transform.activation)
        parameters |= {
            "DENSE": path(layout.transform.dense),
            "ACTIVATION": activation,
            "NORM": path(layout.transform.norm),
        }
        keep.append("transform")
    keep.append(_model_class(done))
    if swap is not None:
        parameters |= {"OTHER_INPUTS": _inputs(swap.other), "ROW": swap.row, "AT": swap.position}
        keep.append("swap")
    elif off:
        parameters["OFF"] = [list(split_part(each)) for each in off]
        keep.append("ablate")
    return render(NOTEBOOK, parameters, keep=keep)


def _model_class(done: Pass) -> str:
    """Return the tag of the cell that names the model's class. BERT's blocks can be those of a decoder too."""
    if done.loaded.model.config.is_encoder_decoder:
        return "seq2seq-lm"
    return "causal-lm" if is_causal(done.loaded) else "masked-lm"


def _inputs(given: ModelInput) -> dict[str, Any]:
    inputs = {"input_ids": list(given.ids)}
    if given.target:
        inputs["decoder_input_ids"] = list(given.target_ids)
    elif any(given.type_ids):
        inputs["token_type_ids"] = list(given.type_ids)
    return inputs
