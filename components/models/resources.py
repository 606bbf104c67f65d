"""What takes memory in this process: models and engines, each with how to let go of it.

A module that keeps one registers it here, so that the operator sees it and can unload it. Taking it away breaks
nothing: who computes with it keeps it until done, and the next who needs it loads it again.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from transformers import PreTrainedModel


@dataclass(frozen=True, kw_only=True)
class Holding:
    """One thing in memory.

    Attributes
    ----------
    kind
        What it is: a causal language model, an engine.
    size_bytes
        What it takes by itself; 0 for what only uses the memory of another.
    release
        Lets go of it.
    """

    kind: str
    model: str
    size_bytes: int
    release: Callable[[], None]


_lock: Final = Lock()
_held: Final[dict[int, tuple[weakref.ref[object], Holding]]] = {}


def hold(thing: object, holding: Holding) -> None:
    """Say that something is in memory, for as long as anybody has it."""
    key = id(thing)

    def forget(_gone: object) -> None:
        _held.pop(key, None)  # without the lock: the collector may run this while we have it

    with _lock:
        _held[key] = (weakref.ref(thing, forget), holding)


def held() -> tuple[Holding, ...]:
    """Return what is in memory, in the order in which it came."""
    with _lock:
        return tuple(holding for _, holding in tuple(_held.values()))


def unload(model: str) -> None:
    """Let go of everything that belongs to a model."""
    for holding in held():
        if holding.model == model:
            holding.release()


def model_bytes(model: PreTrainedModel) -> int:
    """Return what the weights of a model take; what several layers share is counted once."""
    tensors = {tensor.data_ptr(): tensor for tensor in (*model.parameters(), *model.buffers())}
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors.values())
