"""Whether a model fits, asked before it is loaded: out of memory, a process is killed for everyone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import psutil  # type: ignore[import-untyped]  # it has no stubs of its own

from components.models.errors import NotEnoughMemory
from components.models.sizes import readable_size
from components.models.tensors import stored_tensors
from components.settings import settings

if TYPE_CHECKING:
    import torch

BYTES_PER_WEIGHT: Final = 4  # float32
_CGROUP: Final = Path("/sys/fs/cgroup")


def weights_bytes(folder: Path) -> int:
    """Return what a model's weights take in memory as float32, from the header of its files.

    Raises
    ------
    CorruptFile
        If there are no readable weights.
    """
    return BYTES_PER_WEIGHT * sum(tensor.elements for tensor in stored_tensors(folder).values())


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
