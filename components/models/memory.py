"""The memory that models take: whether one fits, what is in memory now, and how to unload it.

A process that runs out of memory is killed for everyone, so `require_room` is asked before a model is loaded.

A module that keeps a model or an engine registers it, so that the operator sees it and can unload it. Unloading breaks
nothing: a computation keeps its model until it is done, and the next one loads it again.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Final

from components.core.settings import settings
from components.models import gguf
from components.models.errors import NotEnoughMemory
from components.models.shape import ModelShape, model_shape
from components.models.sizes import readable_size
from components.models.tensors import stored_tensors

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel

BYTES_PER_WEIGHT: Final = 4  # float32
_CGROUP: Final = Path("/sys/fs/cgroup")

_lock: Final = Lock()
_holdings: Final[dict[int, tuple[weakref.ref[object], Holding]]] = {}


def weights_bytes(folder: Path) -> int:
    """Return the size of a model's weights in memory as float32.

    It is counted from the header of the files. While they are still GGUF it is estimated from the shape and doubled:
    the conversion holds them twice.

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


def require_room(model_id: str, needed: int, device: torch.device) -> None:
    """Refuse what would take more than `memory_share` of the free memory: a model, or a copy of one that learns.

    Raises
    ------
    NotEnoughMemory
        If so many bytes would not fit.
    """
    allowed = int(settings().memory_share * free_bytes(device))
    if needed > allowed:
        raise NotEnoughMemory(model=model_id, needed=readable_size(needed), free=readable_size(allowed))


def free_bytes(device: torch.device) -> int:
    """Return the free memory of a device, in bytes."""
    if device.type == "cuda":
        import torch

        return int(torch.cuda.mem_get_info(device)[0])
    import psutil  # type: ignore[import-untyped]  # it has no stubs of its own

    return int(min(psutil.virtual_memory().available, _free_in_container()))


def _free_in_container() -> float:
    """Return what a container's own limit (cgroup v2) leaves; infinity where there is none.

    Files that were read, such as a model that was just fetched, count as used there until the memory is wanted. Those
    that nobody is using are free, as Kubernetes has it too.
    """
    try:
        limit = (_CGROUP / "memory.max").read_text().strip()
        used = int((_CGROUP / "memory.current").read_text()) - _unused_files()
    except (OSError, ValueError):
        return float("inf")
    return float("inf") if limit == "max" else max(0, int(limit) - used)


def _unused_files() -> int:
    try:
        lines = (_CGROUP / "memory.stat").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("inactive_file ")), 0)


@dataclass(frozen=True, kw_only=True)
class Holding:
    """A model or an engine in memory.

    Attributes
    ----------
    kind
        A causal language model, an engine, ...
    size_bytes
        Without what it shares: 0 for an engine that uses the weights of another holding.
    release
        Unloads it.
    """

    kind: str
    model: str
    size_bytes: int
    release: Callable[[], None]


def register(thing: object, holding: Holding) -> None:
    """List something that is in memory, until nothing refers to it any more."""
    key = id(thing)

    def forget(_gone: object) -> None:
        _holdings.pop(key, None)  # without the lock: the garbage collector may run this while we hold it

    with _lock:
        _holdings[key] = (weakref.ref(thing, forget), holding)


def holdings() -> tuple[Holding, ...]:
    """Return what is in memory, in the order in which it came."""
    with _lock:
        return tuple(holding for _, holding in tuple(_holdings.values()))


def is_held(model: str) -> bool:
    """Return whether a model is in memory, for whichever task."""
    return any(holding.model == model for holding in holdings())


def unload(model: str) -> None:
    """Unload everything that belongs to a model."""
    for holding in holdings():
        if holding.model == model:
            holding.release()


def model_bytes(model: PreTrainedModel) -> int:
    """Return the size of a model's weights in memory; weights that several layers share are counted once."""
    tensors = {tensor.data_ptr(): tensor for tensor in (*model.parameters(), *model.buffers())}
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors.values())
