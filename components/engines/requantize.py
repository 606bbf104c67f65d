"""Weights in a form that llama.cpp multiplies faster on x86, written once beside the file they came from.

For weights in Q8_0 llama.cpp has a product with several texts at once there; those in Q4_1, in which some models are
published, it takes text by text, and unpacks each time. Eight bits a weight hold what four did, so the texts are as
good as before. It is made for a class: a model writes faster for eight visitors, while for fewer it depends on the
processor. Q4_0 is faster still but its texts are worse. docs/measurements.md has the numbers.
"""

from __future__ import annotations

import logging
import platform
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from filelock import FileLock

from components.models.gguf import contains

if TYPE_CHECKING:
    from gguf import GGUFReader, GGUFWriter

log = logging.getLogger(__name__)

Kind = Literal["Q8_0", "Q4_0"]

SUFFIX: Final = ".q8_0"  # not .gguf: the folder's model is the file that was fetched
_MACHINES: Final = ("x86_64", "amd64")
_SHOULD_HELP: Final = b"general.file_type" + struct.pack("<II", 4, 3)
"""In GGUF's specification: this key, a value of type uint32, which says "mostly Q4_1"."""


def fastest(file: Path) -> Path:
    """Return the file to run: a copy with weights in Q8_0 if that is faster, else the file itself.

    The first time the copy is written, which takes some seconds, and again when the file is newer; where that fails,
    the file itself does.
    """
    if platform.machine().lower() not in _MACHINES or not contains(file, _SHOULD_HELP):
        return file
    copy = file.with_suffix(SUFFIX)
    try:
        with FileLock(copy.with_suffix(".lock")):
            if not copy.is_file() or copy.stat().st_mtime < file.stat().st_mtime:
                write(file, copy)
    except (OSError, ValueError, IndexError) as error:  # a full disk, a folder only for reading, or half a file
        log.warning("no copy in Q8_0 of %s: %s", file.name, type(error).__name__)
        return file
    return copy


def write(file: Path, copy: Path, *, kind: Kind = "Q8_0") -> None:
    """Write a copy of a GGUF file whose weights in Q4_1 are in another form.

    Raises
    ------
    OSError, ValueError, IndexError
        If it cannot be written, or the file is not whole.
    """
    from gguf import GGUFReader, GGUFWriter

    reader = GGUFReader(file)
    draft = copy.with_suffix(".draft")
    try:
        writer = GGUFWriter(draft, reader.fields["general.architecture"].contents())
        _copy_keys(reader, writer, kind)
        _copy_weights(reader, writer, kind)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
        draft.replace(copy)
    finally:
        draft.unlink(missing_ok=True)


def _copy_keys(reader: GGUFReader, writer: GGUFWriter, kind: Kind) -> None:
    from gguf import LlamaFileType

    ours: dict[str, Any] = {"general.file_type": int(LlamaFileType[f"MOSTLY_{kind}"])}
    for name, field in reader.fields.items():
        # the writer sets the file's own version and counts, and was told the architecture
        if name.startswith("GGUF.") or name == "general.architecture":
            continue
        form, items = field.types[0], field.types[-1] if len(field.types) > 1 else None
        writer.add_key_value(name, ours.get(name, field.contents()), form, sub_type=items)


def _copy_weights(reader: GGUFReader, writer: GGUFWriter, kind: Kind) -> None:
    from gguf import GGMLQuantizationType
    from gguf.quants import dequantize, quantize

    before, after = GGMLQuantizationType.Q4_1, GGMLQuantizationType[kind]
    for tensor in reader.tensors:
        if tensor.tensor_type == before:
            writer.add_tensor(tensor.name, quantize(dequantize(tensor.data, before), after), raw_dtype=after)
        else:
            writer.add_tensor(tensor.name, tensor.data, raw_dtype=tensor.tensor_type)
