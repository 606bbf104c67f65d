"""Python that finds the same pieces: transformers' pipeline with the same grid and thresholds."""

from __future__ import annotations

from components.catalog.segment.everything.search import MOST_SHARED, Wish
from components.models.records import ModelRecord


def script(record: ModelRecord, wish: Wish) -> str:
    """Return the code."""
    return f"""# pip install torchvision, too: the pipeline's non-maximum suppression is torchvision's.
from PIL import Image
from transformers import SamImageProcessorPil, pipeline

MODEL = {record.id!r}
generate = pipeline("mask-generation", model=MODEL, image_processor=SamImageProcessorPil.from_pretrained(MODEL))

# The page shows pictures upright, and at most 1024 pixels on the longest side.
picture = Image.open("picture.png").convert("RGB")
found = generate(
    picture,
    points_per_crop={wish.points_per_side},  # on each side of the grid
    points_per_batch=8,
    pred_iou_thresh={wish.least_iou},
    stability_score_thresh={wish.least_stability},
    crops_nms_thresh={MOST_SHARED},
)
for number, (mask, score) in enumerate(zip(found["masks"], found["scores"]), start=1):
    print(f"{{number}}: {{mask.mean():.1%}} of the picture, predicted IoU {{float(score):.2f}}")
    Image.fromarray(mask).save(f"mask-{{number}}.png")
"""
