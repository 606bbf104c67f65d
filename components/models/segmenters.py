"""From a folder of files to a model that cuts objects out of pictures (Segment Anything): as `loaders`, for pictures.

A segmenter has no tokenizer and no layers of text; what prepares its input is an image processor. The one that works
with Pillow and NumPy is taken, whether torchvision is installed or not, so that a picture gives the same mask anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from components.models import loaders, memory, runtime
from components.models.errors import CorruptFile
from components.models.records import ModelRecord

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel


@dataclass(frozen=True)
class LoadedSegmenter:
    """A segmenter in memory, shared by every session of the process.

    Attributes
    ----------
    model
        transformers' SamModel in evaluation mode, float32, on `device`.
    processor
        transformers' SamProcessor: picture and points in, tensors out, and masks back to the picture's size.
    """

    record: ModelRecord
    model: PreTrainedModel
    processor: Any
    device: torch.device
    lock: Lock = field(default_factory=Lock)


def load(record: ModelRecord, folder: Path) -> LoadedSegmenter:
    """Load a segmenter.

    Raises
    ------
    WrongTask
        If the model is for another task.
    UnknownArchitecture, CustomCode
        If transformers does not know its architecture, or would have to run the repository's own code.
    NotEnoughMemory
        If it would not fit.
    CorruptFile
        If a file is unreadable or weights are missing.
    """
    loaders.require_task(record, folder, "mask-generation")
    runtime.prepare()
    config = loaders.read_architecture(record, folder)
    device = runtime.device()
    memory.require_room(record.id, folder, device)
    model = loaders.read_weights(folder, loaders.AUTO_CLASSES["mask-generation"], config).to(device)
    return LoadedSegmenter(record, model, _processor(folder), device)


def _processor(folder: Path) -> Any:  # noqa: ANN401 (transformers leaves it untyped)
    from transformers import SamImageProcessorPil, SamProcessor

    try:
        return SamProcessor(SamImageProcessorPil.from_pretrained(folder, local_files_only=True))
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise CorruptFile(file="preprocessor_config.json", reason=error) from error
