"""Non-maximum suppression word by word as torchvision's documentation defines it: slow, and easy to check by eye."""

from __future__ import annotations

from collections.abc import Sequence

Box = Sequence[float]


def plain_nms(boxes: Sequence[Box], scores: Sequence[float], most_shared: float) -> list[int]:
    """Go through the boxes from the highest score; one stays if it shares no more than that with any that stays."""
    staying: list[int] = []
    for number in sorted(range(len(boxes)), key=lambda number: -scores[number]):
        if all(shared(boxes[number], boxes[other]) <= most_shared for other in staying):
            staying.append(number)
    return staying


def shared(one: Box, other: Box) -> float:
    width = max(0.0, min(one[2], other[2]) - max(one[0], other[0]))
    height = max(0.0, min(one[3], other[3]) - max(one[1], other[1]))
    union = area(one) + area(other) - width * height
    return width * height / union if union else 0.0


def area(box: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])
