"""Non-maximum suppression: of boxes that cover nearly the same place, the one with the highest score stays.

As torchvision's `nms` does it, which transformers calls for mask generation; here in NumPy, as torchvision is not among
what the dashboard needs.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def survivors(boxes: npt.NDArray[np.float64], scores: npt.NDArray[np.float64], most_shared: float) -> list[int]:
    """Return which boxes stay, the highest score first.

    Parameters
    ----------
    boxes
        `[box, 4]`: left, top, right, bottom.
    scores
        `[box]`. Of equal ones the earlier box counts as higher.
    most_shared
        Of a box and one that stays, the intersection over union (IoU) up to which both stay.
    """
    waiting = np.argsort(-scores, kind="stable")
    staying: list[int] = []
    while waiting.size:
        best, waiting = waiting[0], waiting[1:]
        staying.append(int(best))
        waiting = waiting[~(_shared(boxes[best], boxes[waiting]) > most_shared)]
    return staying


def _shared(one: npt.NDArray[np.float64], others: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the IoU of one box `[4]` with others `[box, 4]`; not a number where both are empty."""
    sides = np.minimum(one[2:], others[:, 2:]) - np.maximum(one[:2], others[:, :2])
    intersection = sides.clip(min=0).prod(axis=1)
    union = _areas(one[None]) + _areas(others) - intersection
    with np.errstate(invalid="ignore"):
        shared: npt.NDArray[np.float64] = intersection / union
    return shared


def _areas(boxes: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    areas: npt.NDArray[np.float64] = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
    return areas
