"""What a visitor takes home: the numbers of the view as JSON types, full precision, same keys as the script's."""

from __future__ import annotations

import numpy as np

from components.positional.alibi import alibi_slopes
from components.positional.schemes import Encoding


def result(encoding: Encoding) -> dict[str, object]:
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
