"""Everything in a picture, as Segment Anything finds it without a prompt (Kirillov et al. 2023, section D.1).

A grid of points is laid over the picture, and each of them asked about as if somebody had clicked there. Of the three
masks a point gives, those stay that the model thinks are good (predicted IoU) and that hardly change when the threshold
does (stability score); of masks that cover nearly the same place, the best (non-maximum suppression). The steps are
those of transformers' pipeline "mask-generation", taken from its image processor, in small batches that can be stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from components.catalog.segment.picture import Picture
from components.catalog.segment.points import Mask, Seen
from components.models.loaders import LoadedSegmenter
from components.models.queue import FairQueue
from components.models.records import ModelRecord

QUEUE: Final = FairQueue(seats=1, most_per_session=1)
"""One search at a time: each keeps all cores busy, and two would each take twice as long."""
POINTS_PER_SIDE: Final = (4, 8, 16, 24, 32)
MOST_MASKS: Final = 64
MOST_SHARED: Final = 0.7
_POINTS_AT_ONCE: Final = 8
"""Each takes three masks of the picture's size at 32 bits: together about 100 MB."""


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


@dataclass(frozen=True)
class SearchSettings:
    """How thoroughly to search, and what is good enough.

    Attributes
    ----------
    points_per_side
        Of the grid: 16 are 256 points.
    least_iou
        Predicted IoU above which a mask stays.
    least_stability
        Stability score above which it stays: the IoU of the mask at a threshold one logit higher and one lower.
    """

    points_per_side: int = 16
    least_iou: float = 0.88
    least_stability: float = 0.95

    @property
    def points(self) -> int:
        """Return how many points the grid has."""
        return self.points_per_side**2


@dataclass(frozen=True)
class Waiting:
    """Someone else searches. `position` 1 is next."""

    position: int


@dataclass(frozen=True)
class Tried:
    """So many points of the grid are done."""

    points: int
    of: int


Event = Waiting | Tried


@dataclass(frozen=True)
class Piece:
    """One mask that stayed.

    Attributes
    ----------
    runs
        How many pixels are outside, inside, outside … in turn, column by column: the mask, run-length encoded.
    shape
        Height and width in pixels.
    score
        The IoU that the model predicts for it. Not bounded by the network.
    """

    runs: npt.NDArray[np.uint32]
    shape: tuple[int, int]
    score: float

    @property
    def mask(self) -> Mask:
        """Return the mask `[height, width]`."""
        height, width = self.shape
        inside = np.arange(self.runs.size) % 2 == 1
        mask: Mask = np.repeat(inside, self.runs).reshape(width, height).T
        return mask

    @property
    def share(self) -> float:
        """Return which part of the picture it covers."""
        return float(self.runs[1::2].sum()) / (self.shape[0] * self.shape[1])


@dataclass(frozen=True)
class Everything:
    """What was found.

    Attributes
    ----------
    pieces
        The highest predicted IoU first, at most `MOST_MASKS`.
    tried
        How many points of the grid were asked about; fewer than there are if it was stopped.
    good
        How many masks were good enough.
    distinct
        How many of those stayed after non-maximum suppression.
    """

    settings: SearchSettings
    pieces: tuple[Piece, ...]
    tried: int
    good: int
    distinct: int

    @property
    def was_stopped(self) -> bool:
        """Return whether some points of the grid were not asked about."""
        return self.tried < self.settings.points


class Search:
    """One search, running or ended. The thread of a visitor who watches it computes it, a batch of points at a time."""

    def __init__(self, loaded: LoadedSegmenter, picture: Picture, seen: Seen, settings: SearchSettings) -> None:
        self._loaded = loaded
        self._picture = picture
        self._seen = seen
        self._settings = settings
        self._runs: list[npt.NDArray[np.uint32]] = []
        self._scores: list[float] = []
        self._boxes: list[list[float]] = []
        self._tried = 0

    def go(self, checkpoint: Callable[[], None], *, session: str) -> Generator[Event, None, None]:
        """Wait in line, then search.

        Parameters
        ----------
        checkpoint
            Called before every batch of points; whatever it raises ends the search there.
        session
            Whose search it is.

        Raises
        ------
        QueueFull, TooManyRuns
            If too many wait already, or this session searches already.
        """
        with QUEUE.place(session) as place:
            for position in QUEUE.wait(place, checkpoint):
                yield Waiting(position)
            yield from self._search(checkpoint)

    def found(self) -> Everything | None:
        """Return what was found, at the end or where the search was stopped; None if no point was asked about."""
        if not self._tried:
            return None
        staying = survivors(np.array(self._boxes).reshape(-1, 4), np.array(self._scores), MOST_SHARED)
        shape = (self._picture.height, self._picture.width)
        pieces = tuple(Piece(self._runs[each], shape, self._scores[each]) for each in staying[:MOST_MASKS])
        return Everything(self._settings, pieces, self._tried, len(self._scores), len(staying))

    def _search(self, checkpoint: Callable[[], None]) -> Iterator[Tried]:
        processor = self._loaded.processor.image_processor
        boxes, points, _crops, labels = processor.generate_crop_boxes(
            self._picture.image, processor.size["longest_edge"], 0, points_per_crop=self._settings.points_per_side
        )
        for first in range(0, points.shape[1], _POINTS_AT_ONCE):
            checkpoint()
            batch = slice(first, first + _POINTS_AT_ONCE)
            self._ask(processor, points[:, batch], labels[:, batch], boxes[0])
            self._tried = min(first + _POINTS_AT_ONCE, points.shape[1])
            yield Tried(self._tried, points.shape[1])

    def _ask(self, processor: Any, points: Any, labels: Any, whole: Any) -> None:  # noqa: ANN401 (torch's tensors)
        """Ask about some points `[1, point, 1, 2]`, labelled `[1, point, 1]`, and keep the masks that are good."""
        import torch

        seen, device = self._seen, self._loaded.device
        with torch.inference_mode():
            answer = self._loaded.model(
                image_embeddings=seen.embedding,
                input_points=points.to(device, seen.embedding.dtype),
                input_labels=labels.to(device),
            )
            [logits] = processor.post_process_masks(
                answer.pred_masks, seen.original_size, seen.reshaped_size, binarize=False
            )
            masks, scores, boxes = processor.filter_masks(
                logits,
                answer.iou_scores[0],
                seen.original_size[0].tolist(),
                whole,
                self._settings.least_iou,
                self._settings.least_stability,
            )
        self._runs += [np.array(mask["counts"], np.uint32) for mask in masks]
        self._scores += scores.tolist()
        self._boxes += boxes.tolist()


def write_search_script(record: ModelRecord, settings: SearchSettings) -> str:
    """Return Python that finds the same pieces: transformers' pipeline with the same grid and thresholds."""
    return f"""# pip install torchvision, too: the pipeline's non-maximum suppression is torchvision's.
from PIL import Image
from transformers import SamImageProcessorPil, pipeline

MODEL = {record.id!r}
generate = pipeline("mask-generation", model=MODEL, image_processor=SamImageProcessorPil.from_pretrained(MODEL))

# The page shows pictures upright, and at most 1024 pixels on the longest side.
picture = Image.open("picture.png").convert("RGB")
found = generate(
    picture,
    points_per_crop={settings.points_per_side},  # on each side of the grid
    points_per_batch=8,
    pred_iou_thresh={settings.least_iou},
    stability_score_thresh={settings.least_stability},
    crops_nms_thresh={MOST_SHARED},
)
for number, (mask, score) in enumerate(zip(found["masks"], found["scores"]), start=1):
    print(f"{{number}}: {{mask.mean():.1%}} of the picture, predicted IoU {{float(score):.2f}}")
    Image.fromarray(mask).save(f"mask-{{number}}.png")
"""
