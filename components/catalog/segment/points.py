"""Points on a picture in, masks out, as Segment Anything does it (Kirillov et al. 2023, arXiv:2304.02643).

Two steps. The Vision Transformer looks at the picture once, which is the costly part; a small decoder then turns each
set of points into three masks (a part, the whole, what it belongs to) and says how good it thinks each one is.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from components.catalog.segment.picture import Picture
from components.models.loaders import LoadedSegmenter
from components.models.records import ModelRecord

if TYPE_CHECKING:
    import torch

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Point:
    """A click, in pixels from the upper left corner.

    Attributes
    ----------
    inside
        Whether it marks the object, or what does not belong to it.
    """

    x: int
    y: int
    inside: bool = True


@dataclass(frozen=True)
class Seen:
    """A picture after the Vision Transformer, ready for any number of points.

    Attributes
    ----------
    embedding
        `[1, channels, patch rows, patch columns]`.
    original_size, reshaped_size
        `[1, 2]`: height and width of the picture, and of what the model looked at.
    """

    embedding: torch.Tensor
    original_size: torch.Tensor
    reshaped_size: torch.Tensor


@dataclass(frozen=True)
class Cut:
    """What the decoder made of some points.

    Attributes
    ----------
    masks
        `[mask, height, width]`, at the picture's size.
    scores
        For each mask, how much of it the model expects to share with the true object (IoU). Its own estimate: between
        0 and 1 for a trained model, not bounded by the network.
    """

    masks: Mask
    scores: tuple[float, ...]

    @property
    def best(self) -> int:
        """Return the mask that the model thinks is best."""
        return max(range(len(self.scores)), key=self.scores.__getitem__)

    def share(self, number: int) -> float:
        """Return which part of the picture a mask covers."""
        return float(self.masks[number].mean())


def look(loaded: LoadedSegmenter, picture: Picture) -> Seen:
    """Let the Vision Transformer look at a picture."""
    import torch

    prepared = loaded.processor(picture.image, return_tensors="pt")
    model: Any = loaded.model
    with torch.inference_mode():
        embedding = model.get_image_embeddings(prepared["pixel_values"].to(loaded.device))
    return Seen(embedding, prepared["original_sizes"], prepared["reshaped_input_sizes"])


def cut(loaded: LoadedSegmenter, picture: Picture, seen: Seen, points: Sequence[Point]) -> Cut:
    """Return the masks for some points on a picture that was looked at.

    Raises
    ------
    ValueError
        If there is no point, or one lies outside the picture.
    """
    import torch

    if not points:
        raise ValueError("at least one point is needed")
    if any(not (0 <= point.x < picture.width and 0 <= point.y < picture.height) for point in points):
        raise ValueError(f"a point lies outside the picture of {picture.width} x {picture.height} pixels")
    prepared = loaded.processor(
        picture.image,
        input_points=[[[[point.x, point.y] for point in points]]],
        input_labels=[[[int(point.inside) for point in points]]],
        return_tensors="pt",
    )
    with torch.inference_mode():
        answer = loaded.model(
            image_embeddings=seen.embedding,
            input_points=prepared["input_points"].to(loaded.device, seen.embedding.dtype),
            input_labels=prepared["input_labels"].to(loaded.device),
        )
    [masks] = loaded.processor.post_process_masks(answer.pred_masks.cpu(), seen.original_size, seen.reshaped_size)
    return Cut(masks[0].numpy(), tuple(float(score) for score in answer.iou_scores[0, 0]))


def mask_png(mask: Mask) -> bytes:
    """Return a mask as a PNG: white inside, black outside."""
    from PIL import Image

    return _png(Image.fromarray(mask.astype(np.uint8) * 255))


def cut_out_png(picture: Picture, mask: Mask) -> bytes:
    """Return the picture as a PNG in which everything outside the mask is transparent."""
    from PIL import Image

    image = picture.image.convert("RGBA")
    image.putalpha(Image.fromarray(mask.astype(np.uint8) * 255))
    return _png(image)


def _png(image: Any) -> bytes:  # noqa: ANN401 (Pillow is loaded where it is used)
    written = io.BytesIO()
    image.save(written, "PNG")
    return written.getvalue()


def write_points_script(record: ModelRecord, points: Sequence[Point]) -> str:
    """Return Python that cuts out the same with transformers' SamModel; without a point yet, one is the example."""
    placed = points or (Point(100, 100),)
    where = [[point.x, point.y] for point in placed]
    labels = [int(point.inside) for point in placed]
    return f"""import torch
from PIL import Image
from transformers import SamImageProcessorPil, SamModel, SamProcessor

MODEL = {record.id!r}
model = SamModel.from_pretrained(MODEL)
processor = SamProcessor(SamImageProcessorPil.from_pretrained(MODEL))

# The points are of the picture as the page shows it: upright, and at most 1024 pixels on its longest side.
picture = Image.open("picture.png").convert("RGB")
points = [[{where}]]  # x, y
labels = [[{labels}]]  # 1: belongs to the object, 0: does not
inputs = processor(picture, input_points=points, input_labels=labels, return_tensors="pt")
with torch.inference_mode():
    answer = model(
        pixel_values=inputs["pixel_values"],
        input_points=inputs["input_points"].float(),
        input_labels=inputs["input_labels"],
    )
[masks] = processor.post_process_masks(answer.pred_masks, inputs["original_sizes"], inputs["reshaped_input_sizes"])
best = int(answer.iou_scores[0, 0].argmax())
print("IoU, the model's own estimate:", answer.iou_scores[0, 0].tolist())
Image.fromarray(masks[0, best].numpy()).save("mask.png")
"""
