"""A model file again with its Q4_1 weights in another form, to measure what that form would give."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, Literal

from gguf import GGMLQuantizationType, GGUFReader, GGUFWriter, LlamaFileType
from gguf.quants import dequantize, quantize

Kind = Literal["Q8_0", "Q4_0"]

_BEFORE: Final = GGMLQuantizationType.Q4_1


def write(file: Path, copy: Path, kind: Kind) -> None:
    """Write the copy: the same keys, the same tensors, those in Q4_1 rounded again to `kind`."""
    reader = GGUFReader(file)
    writer = GGUFWriter(copy, reader.fields["general.architecture"].contents())
    ours: dict[str, Any] = {"general.file_type": int(LlamaFileType[f"MOSTLY_{kind}"])}
    for name, field in reader.fields.items():
        # the writer sets the file's own version and counts, and was told the architecture
        if name.startswith("GGUF.") or name == "general.architecture":
            continue
        form, items = field.types[0], field.types[-1] if len(field.types) > 1 else None
        writer.add_key_value(name, ours.get(name, field.contents()), form, sub_type=items)
    after = GGMLQuantizationType[kind]
    for tensor in reader.tensors:
        if tensor.tensor_type == _BEFORE:
            writer.add_tensor(tensor.name, quantize(dequantize(tensor.data, _BEFORE), after), raw_dtype=after)
        else:
            writer.add_tensor(tensor.name, tensor.data, raw_dtype=tensor.tensor_type)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
