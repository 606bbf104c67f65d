"""What a visitor takes home from the page: the numbers of the view, and a notebook that recomputes them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from components.models.records import is_bundled
from components.positional.schemes import Encoding, Selection, alibi_slopes
from components.ui.notebooks import render

NOTEBOOK: Final = Path(__file__).with_name("notebook.py")


def collect_result(encoding: Encoding) -> dict[str, object]:
    """Return the exported numbers.

    `matrix[position][dimension]` for every scheme, as `Encoding.matrix` says. Beside it, where there are waves,
    `frequencies[dimension]` and `wavelengths[dimension]`; for a learned table `norms[position]`; for ALiBi
    `slopes[head]`.
    """
    numbers: dict[str, object] = {"matrix": encoding.matrix.tolist()}
    if encoding.frequencies is not None and encoding.wavelengths is not None:
        numbers["frequencies"] = encoding.frequencies.tolist()
        numbers["wavelengths"] = encoding.wavelengths.tolist()
    if encoding.scheme == "learned":
        numbers["norms"] = np.linalg.norm(encoding.matrix, axis=1).tolist()
    if encoding.scheme == "alibi":
        numbers["slopes"] = alibi_slopes(encoding.matrix.shape[1]).tolist()
    return numbers


def render_script(chosen: Selection, *, weights: str, heads: int) -> str:
    """Return the notebook of a view in percent format. Its `result` equals the exported numbers.

    Parameters
    ----------
    weights
        Where transformers finds the model whose learned table is shown (see `loadable_name`).
    heads
        How many heads ALiBi has slopes for.
    """
    keep: list[str] = [chosen.scheme]
    if chosen.scheme in ("sinusoidal", "rotary"):
        keep.append(f"{chosen.scheme}, {chosen.layout}")
    if chosen.scheme == "learned" and is_bundled(weights):
        keep.append("bundled")
    parameters = {
        "length": chosen.length,
        "d_model": chosen.d_model,
        "base": chosen.base,
        "MODEL": weights,
        "heads": heads,
    }
    return render(NOTEBOOK, parameters, keep=keep)
