"""GGUF, the format of llama.cpp, converted once into the form that every other model here has.

transformers can read GGUF, but slowly (docs/measurements.md). So a folder with a GGUF file gets a config.json and
tokenizer.json when it is fetched, and a model.safetensors when the model is first loaded. The weights are stored as
float16: they were rounded to 4 or 8 bits before, and the 11 bits of float16 lose almost nothing of that.
"""

from __future__ import annotations

import mmap
import shutil
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from filelock import FileLock

from components.models import runtime
from components.models.errors import CorruptFile

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerFast

WEIGHTS: Final = "model.safetensors"
_LARGEST_FLOAT16: Final = 65504.0
_ONE_FILE: Final = "1TB"
_STRING_TYPE: Final = 8  # of a value, in GGUF's specification


def find(folder: Path) -> Path | None:
    """Return the GGUF file of a model folder, or None."""
    return next(iter(sorted(folder.glob("*.gguf"))), None)


def contains(file: Path, entry: bytes) -> bool:
    """Return whether a GGUF file contains these bytes, such as those of a key, its type and its value.

    Key, type and value are adjacent in the file, and a search for them is much faster than GGUF's own reader.
    """
    if file.stat().st_size == 0:
        return False  # an empty file cannot be mapped
    with file.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return content.find(entry) >= 0


def convert_tokenizer(folder: Path) -> None:
    """Write config.json and tokenizer.json (and the chat template, if it has one) from a folder's GGUF file.

    Raises
    ------
    CorruptFile
        If the file is unreadable or of an architecture whose GGUF form transformers does not know.
    """
    runtime.prepare()
    from transformers import MODEL_FOR_CAUSAL_LM_MAPPING, AutoConfig, AutoTokenizer

    with _readable(folder) as file:
        config = AutoConfig.from_pretrained(folder, gguf_file=file.name, local_files_only=True)
        config.architectures = [MODEL_FOR_CAUSAL_LM_MAPPING[type(config)].__name__]
        tokenizer = AutoTokenizer.from_pretrained(folder, gguf_file=file.name, local_files_only=True)
        _split_digits_as_trained(tokenizer, file)
        with _scratch(folder) as scratch:
            tokenizer.save_pretrained(scratch)
            config.save_pretrained(scratch)
            _publish(scratch, folder, last="config.json")


def ensure_weights(folder: Path) -> None:
    """Write model.safetensors from a folder's GGUF file, if there is one and this was not done before.

    Raises
    ------
    CorruptFile
        If the GGUF file is unreadable.
    """
    if (folder / WEIGHTS).is_file() or find(folder) is None:
        return
    runtime.prepare()
    with FileLock(folder / "convert.lock"):
        if not (folder / WEIGHTS).is_file():
            _convert_weights(folder)


def _convert_weights(folder: Path) -> None:
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    with _readable(folder) as file:
        config = AutoConfig.from_pretrained(folder, local_files_only=True)
        with runtime.building:
            model = AutoModelForCausalLM.from_pretrained(
                folder, config=config, gguf_file=file.name, dtype=torch.float32, local_files_only=True
            )
    _forget_quantisation(model.requires_grad_(False))
    largest = max(float(weight.abs().max()) for weight in model.parameters())
    with _scratch(folder) as scratch:
        stored = model.half() if largest <= _LARGEST_FLOAT16 else model
        stored.save_pretrained(scratch, max_shard_size=_ONE_FILE)
        # safetensors makes the file readable for its owner only; the folder may be shared.
        shutil.copymode(folder / "config.json", scratch / WEIGHTS)
        (scratch / WEIGHTS).rename(folder / WEIGHTS)


def _forget_quantisation(model: PreTrainedModel) -> None:
    """Remove the marks of quantisation: the weights are plain floats now, but save_pretrained would refuse them."""
    model.hf_quantizer = None
    model.is_quantized = False
    del model.config.quantization_config


def _split_digits_as_trained(tokenizer: PreTrainedTokenizerFast, file: Path) -> None:
    """Restore SmolLM's splitting of numbers into digits, which transformers' conversion leaves out.

    GGUF only names a pre-tokenizer; "smollm" stands for single digits first, then GPT-2's pattern (llama.cpp,
    `LLAMA_VOCAB_PRE_TYPE_SMOLLM`). Without it spaces before a number are grouped in another way than in training.
    """
    from tokenizers.pre_tokenizers import ByteLevel, Digits, Sequence

    value = b"smollm"
    if not contains(file, b"tokenizer.ggml.pre" + struct.pack("<IQ", _STRING_TYPE, len(value)) + value):
        return
    by_bytes = ByteLevel(add_prefix_space=False)
    tokenizer.backend_tokenizer.pre_tokenizer = Sequence([Digits(individual_digits=True), by_bytes])


@contextmanager
def _readable(folder: Path) -> Iterator[Path]:
    """Give the folder's GGUF file, and turn every error of its readers into `CorruptFile`."""
    file = find(folder)
    if file is None:
        raise CorruptFile(file="*.gguf", reason=f"there is none in {folder.name}")
    try:
        yield file
    # A cut or foreign file can raise anything, and `tokenizers` raises Exception itself.
    except Exception as error:
        raise CorruptFile(file=file.name, reason=error) from error


@contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    scratch = folder / "converting"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch)


def _publish(scratch: Path, folder: Path, *, last: str) -> None:
    """Move the files up; the one that marks the folder as complete comes last."""
    for path in sorted(scratch.iterdir(), key=lambda path: path.name == last):
        path.replace(folder / path.name)
