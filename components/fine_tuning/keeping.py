"""The encoders that were trained last: kept for questions, a few for the whole process, the oldest leaves first."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from transformers import PreTrainedModel

MOST_KEPT: Final = 4
"""Of the embedded model, 4 copies take 360 MB."""


class Shelf:
    """A bounded place for trained encoders.

    Parameters
    ----------
    most
        How many it holds.
    """

    def __init__(self, most: int = MOST_KEPT) -> None:
        self._most = most
        self._kept: OrderedDict[str, PreTrainedModel] = OrderedDict()
        self._lock = Lock()

    def put(self, key: str, encoder: PreTrainedModel) -> None:
        """Keep an encoder; it replaces one with the same key, and the one not asked for longest leaves."""
        encoder.requires_grad_(False)
        for parameter in encoder.parameters():
            parameter.grad = None
        with self._lock:
            self._kept[key] = encoder
            self._kept.move_to_end(key)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)

    def get(self, key: str) -> PreTrainedModel | None:
        """Return an encoder, or None if it had to leave."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)


SHELF: Final = Shelf()
