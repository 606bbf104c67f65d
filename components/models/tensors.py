"""Reading single tensors, or a few of their rows, out of safetensors files with NumPy alone.

The format is eight bytes of header length, a JSON header with each tensor's type, shape and place, then the
numbers (https://github.com/huggingface/safetensors#format). The file is mapped, not read: only the rows
that are asked for come off the disk. The safetensors package reads the same files, but not bfloat16 as NumPy
arrays, and not one row of a table.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from components.models.errors import CorruptFile

if TYPE_CHECKING:  # the first page reads headers and no numbers: it need not wait for NumPy
    import numpy as np
    import numpy.typing as npt

MOST_HEADER_BYTES: Final = 100_000_000  # the format's own limit
_LENGTH_BYTES: Final = 8
_STORED_TYPES: Final = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2"}
_BYTES: Final = {
    **dict.fromkeys(("F64", "I64", "U64"), 8),
    **dict.fromkeys(("F32", "I32", "U32"), 4),
    **dict.fromkeys(("F16", "BF16", "I16", "U16"), 2),
    **dict.fromkeys(("I8", "U8", "BOOL", "F8_E4M3", "F8_E5M2"), 1),
}


@dataclass(frozen=True)
class StoredTensor:
    """Where one tensor lies in a file, and how its numbers are written."""

    path: Path
    name: str
    stored_type: str
    shape: tuple[int, ...]
    offset_bytes: int

    @property
    def elements(self) -> int:
        """How many numbers it has."""
        return math.prod(self.shape)

    def read(self) -> npt.NDArray[np.float32]:
        """Return the whole tensor as float32."""
        return _as_float32(self._mapped())

    def rows(self, indices: Sequence[int]) -> npt.NDArray[np.float32]:
        """Return some rows of a table as float32, `[index, column]`, in the order asked for.

        Raises
        ------
        IndexError
            If a row is not in the table.
        """
        import numpy as np

        wanted = np.asarray(indices, dtype=np.int64)
        if wanted.size and not 0 <= int(wanted.min()) <= int(wanted.max()) < self.shape[0]:
            raise IndexError(f"{self.name} has rows 0 to {self.shape[0] - 1}, not {wanted.min()} to {wanted.max()}")
        return _as_float32(self._mapped()[wanted])

    def _mapped(self) -> npt.NDArray[np.generic]:
        import numpy as np

        stored = _STORED_TYPES.get(self.stored_type)
        if stored is None:
            raise CorruptFile(file=self.path.name, reason=f"{self.name} is stored as {self.stored_type}, not as floats")
        return np.memmap(self.path, dtype=stored, mode="r", offset=self.offset_bytes, shape=self.shape)


def stored_tensors(folder: Path) -> dict[str, StoredTensor]:
    """Return every tensor of a model folder by name, from model.safetensors or its numbered shards.

    Raises
    ------
    CorruptFile
        If there is no safetensors file, or a header does not describe its file.
    """
    index = folder / "model.safetensors.index.json"
    names = _shards(index) if index.is_file() else ["model.safetensors"]
    return {name: tensor for file in names for name, tensor in _read_header(folder / file).items()}


def _shards(index: Path) -> list[str]:
    try:
        names = set(json.loads(index.read_bytes())["weight_map"].values())
    except (OSError, ValueError, RecursionError, KeyError, TypeError, AttributeError) as error:
        raise CorruptFile(file=index.name, reason=error) from error
    if any(not isinstance(name, str) or Path(name).name != name for name in names):
        raise CorruptFile(file=index.name, reason="it names files outside its folder")
    return sorted(names)


def _read_header(path: Path) -> dict[str, StoredTensor]:
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            length = int.from_bytes(file.read(_LENGTH_BYTES), "little")
            if not 0 < length <= min(MOST_HEADER_BYTES, size - _LENGTH_BYTES):
                raise CorruptFile(file=path.name, reason="its header is cut short")
            header = json.loads(file.read(length))
        start = _LENGTH_BYTES + length
        header.pop("__metadata__", None)
        return {name: _placed(path, name, entry, start, size) for name, entry in header.items()}
    except (OSError, ValueError, RecursionError, KeyError, TypeError, AttributeError) as error:
        raise CorruptFile(file=path.name, reason=error) from error


def _placed(path: Path, name: str, entry: dict[str, Any], start: int, size: int) -> StoredTensor:
    """Check one entry against the file: a wrong header must not make us read beyond its tensor."""
    stored_type, shape = str(entry["dtype"]), entry["shape"]
    begin, end = entry["data_offsets"]
    if not isinstance(shape, list) or not all(isinstance(length, int) and length >= 0 for length in shape):
        raise ValueError(f"{name} has the shape {shape}")
    expected = math.prod(shape) * _BYTES.get(stored_type, 0)
    fits = 0 <= begin <= end <= size - start and (end - begin == expected or stored_type not in _BYTES)
    if not fits:
        raise ValueError(f"{name} is not where the header says, the file may be cut short")
    return StoredTensor(path, name, stored_type, tuple(shape), start + begin)


def _as_float32(stored: npt.NDArray[np.generic]) -> npt.NDArray[np.float32]:
    import numpy as np

    if stored.dtype == np.uint16:
        # bfloat16 is the upper half of a float32: sixteen zero bits behind it give the same number.
        return (stored.astype(np.uint32) << 16).view(np.float32)
    return np.array(stored, dtype=np.float32)
