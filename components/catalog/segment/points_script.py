"""Python that cuts the same thing out of a picture: transformers' SamModel with the points that were set."""

from __future__ import annotations

from collections.abc import Sequence

from components.catalog.segment.cut import Point
from components.models.records import ModelRecord


def script(record: ModelRecord, points: Sequence[Point]) -> str:
    """Return the code; without a point yet, with one as an example."""
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
