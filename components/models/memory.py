"""Whether a model fits, asked before it is loaded: out of memory, a process is killed for everyone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import psutil  # type: ignore[import-untyped]  # it has no stubs of its own

from components.core.settings import settings
from components.models import gguf
from components.models.errors import NotEnoughMemory
from components.models.shape import ModelShape, model_shape
from components.models.sizes import readable_size
from components.models.tensors import stored_tensors

if TYPE_CHECKING:
    import torch

BYTES_PER_WEIGHT: Final = 4  # float32
_CGROUP: Final = Path("/sys/fs/cgroup")


def weights_bytes(folder: Path) -> int:
    """Return what a model's weights take in memory as float32.

    Counted from the header of its files; estimated from its shape while they are still GGUF, and doubled: converting
    holds them twice.

    Raises
    ------
    CorruptFile
        If there are no readable weights.
    """
    if gguf.find(folder) is not None and not (folder / gguf.WEIGHTS).is_file():
        return 2 * BYTES_PER_WEIGHT * estimated_weights(model_shape(folder))
    return BYTES_PER_WEIGHT * sum(tensor.elements for tensor in stored_tensors(folder).values())


def estimated_weights(shape: ModelShape) -> int:
    """Return about how many weights a decoder of the Llama kind has, without norms and biases."""
    queries_and_output = 2 * shape.width * shape.heads * shape.head_width
    keys_and_values = 2 * shape.width * shape.key_value_heads * shape.head_width
    feed_forward = 3 * shape.width * shape.inner_width
    return shape.vocabulary * shape.width + shape.layers * (queries_and_output + keys_and_values + feed_forward)


def require_room(model_id: str, folder: Path, device: torch.device) -> None:
    """Refuse a model that would take more than its share of the free memory.

    Raises
    ------
    NotEnoughMemory
        If it would not fit.
    CorruptFile
        If there are no readable weights.
    """
    needed = weights_bytes(folder)
    allowed = int(settings().memory_share * free_bytes(device))
    if needed > allowed:
        raise NotEnoughMemory(model=model_id, needed=readable_size(needed), free=readable_size(allowed))


def free_bytes(device: torch.device) -> int:
    """Return the free memory of a device, in bytes."""
    if device.type == "cuda":
        import torch

        return int(torch.cuda.mem_get_info(device)[0])
    return int(min(psutil.virtual_memory().available, _free_in_container()))


def _free_in_container() -> float:
    """Return what a container's own limit (cgroup v2) leaves; infinity where there is none."""
    try:
        limit = (_CGROUP / "memory.max").read_text().strip()
        used = int((_CGROUP / "memory.current").read_text())
    except (OSError, ValueError):
        return float("inf")
    return float("inf") if limit == "max" else max(0, int(limit) - used)
