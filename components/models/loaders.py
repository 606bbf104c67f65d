"""From a folder of files to a model that computes: PyTorch, float32, evaluation mode, safetensors only.

Nothing here is cached or knows Streamlit; pages call `components.models.cached`.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from components.models import gguf, integrity, memory, recording, runtime, tracing
from components.models.errors import CorruptFile, CustomCode, UnknownArchitecture, WrongTask
from components.models.records import ModelRecord, Task
from components.models.shape import ModelShape, model_shape, read_config
from components.models.tokenization import SharedTokenizer

if TYPE_CHECKING:
    import torch
    from transformers import PretrainedConfig, PreTrainedModel

log = logging.getLogger(__name__)

AUTO_CLASSES: Final[dict[Task, str]] = {
    "fill-mask": "AutoModelForMaskedLM",
    "text-generation": "AutoModelForCausalLM",
    "feature-extraction": "AutoModel",
    "text2text-generation": "AutoModelForSeq2SeqLM",
    "mask-generation": "AutoModelForMaskGeneration",
}
# How config.json names the class a model was saved as, for models that no registry describes.
_CLASS_ENDINGS: Final[dict[Task, tuple[str, ...]]] = {
    "fill-mask": ("ForMaskedLM",),
    "text-generation": ("ForCausalLM", "LMHeadModel"),
    "mask-generation": ("SamModel",),
    "feature-extraction": ("Model",),
    "text2text-generation": ("ForConditionalGeneration",),
}


@dataclass(frozen=True)
class LoadedModel:
    """A model in memory, shared by every session of the process.

    Attributes
    ----------
    model
        In evaluation mode, float32, on `device`. Hold `lock` while it computes if the computation changes
        anything in it; plain forward passes, `recording.watch` and `tracing.trace` change nothing.
    watchable
        Whether its attention can be watched (`components.models.recording`).
    traceable
        Whether its residual stream can be read (`components.models.tracing`).
    """

    record: ModelRecord
    shape: ModelShape
    model: PreTrainedModel
    tokenizer: SharedTokenizer
    device: torch.device
    watchable: bool
    traceable: bool = False
    lock: Lock = field(default_factory=Lock)


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


def load_masked_lm(record: ModelRecord, folder: Path, *, tokenizer: SharedTokenizer) -> LoadedModel:
    """Load a model that predicts hidden tokens (BERT). See `load` for what it raises."""
    return load(record, folder, task="fill-mask", tokenizer=tokenizer)


def load_causal_lm(record: ModelRecord, folder: Path, *, tokenizer: SharedTokenizer) -> LoadedModel:
    """Load a model that predicts the next token (GPT-2). See `load` for what it raises."""
    return load(record, folder, task="text-generation", tokenizer=tokenizer)


def load_seq2seq_lm(record: ModelRecord, folder: Path, *, tokenizer: SharedTokenizer) -> LoadedModel:
    """Load a model that reads one text and writes another (T5). See `load` for what it raises."""
    return load(record, folder, task="text2text-generation", tokenizer=tokenizer)


def load_encoder(record: ModelRecord, folder: Path, *, tokenizer: SharedTokenizer) -> LoadedModel:
    """Load a model that gives each token a vector and has no output layer. See `load` for what it raises.

    A masked language model is such an encoder with an output layer on top: take `encoder_of` it.
    """
    return load(record, folder, task="feature-extraction", tokenizer=tokenizer)


def encoder_of(loaded: LoadedModel) -> LoadedModel:
    """Return the encoder inside a masked language model: the same weights in memory, the same lock."""
    return replace(loaded, model=loaded.model.base_model)


def load_segmenter(record: ModelRecord, folder: Path) -> LoadedSegmenter:
    """Load a model that cuts objects out of pictures (Segment Anything). See `load` for what it raises.

    It has no tokenizer and no layers of text; an image processor prepares its input. The processor that works with
    Pillow and NumPy is taken even if torchvision is installed, so that a picture gives the same mask anywhere.
    """
    require_task(record, folder, "mask-generation")
    runtime.prepare()
    model, device = _read(record, folder, "mask-generation")
    return LoadedSegmenter(record, model, _processor(folder), device)


def load(record: ModelRecord, folder: Path, *, task: Task, tokenizer: SharedTokenizer) -> LoadedModel:
    """Load a model for a task.

    Raises
    ------
    WrongTask
        If the model is for another task.
    UnknownArchitecture, CustomCode
        If transformers does not know its architecture, or would have to run the repository's own code.
    NotEnoughMemory
        If it would not fit.
    CorruptFile
        If a file is unreadable or changed, or weights are missing.
    """
    require_task(record, folder, task)
    shape = model_shape(folder)
    runtime.prepare()
    model, device = _read(record, folder, task)
    return LoadedModel(
        record=record,
        shape=shape,
        model=model,
        tokenizer=tokenizer,
        device=device,
        watchable=recording.install(model),
        traceable=tracing.install(model),
    )


def _read(record: ModelRecord, folder: Path, task: Task) -> tuple[PreTrainedModel, torch.device]:
    """Read a model that fits and whose files are as they arrived, onto the device."""
    config = read_architecture(record, folder)
    device = runtime.device()
    memory.require_room(record.id, memory.weights_bytes(folder), device)
    integrity.require_unchanged(folder)
    gguf.ensure_weights(folder)
    return read_weights(folder, AUTO_CLASSES[task], config).to(device), device


def task_of(record: ModelRecord, folder: Path) -> Task | None:
    """Return what a model does: as the registry says, else as its config.json tells; None if neither does."""
    if record.task is not None:
        return record.task
    saved_as = [str(name) for name in read_config(folder).get("architectures") or ()]
    for task, endings in _CLASS_ENDINGS.items():
        if any(name.endswith(endings) for name in saved_as):
            return task
    return None


def require_task(record: ModelRecord, folder: Path, wanted: Task) -> None:
    """Refuse a model that is for another task.

    Raises
    ------
    WrongTask
        If it is.
    """
    task = task_of(record, folder)
    if task != wanted:
        raise WrongTask(model=record.id, task=task or "?", wanted=wanted)


def read_architecture(record: ModelRecord, folder: Path) -> PretrainedConfig:
    """Return a model's configuration.

    Raises
    ------
    UnknownArchitecture, CustomCode
        If transformers does not know its architecture, or would have to run the repository's own code.
    CorruptFile
        If config.json cannot be read.
    """
    from transformers import CONFIG_MAPPING, AutoConfig

    config = read_config(folder)
    family = str(config.get("model_type", ""))
    if family not in CONFIG_MAPPING:
        if "auto_map" in config:
            raise CustomCode(model=record.id)
        raise UnknownArchitecture(model=record.id, architecture=family)
    try:
        return AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise CorruptFile(file="config.json", reason=error) from error


def read_weights(folder: Path, auto_class: str, config: PretrainedConfig) -> PreTrainedModel:
    """Return the model with its weights, in float32 and evaluation mode.

    Raises
    ------
    CorruptFile
        If a file is unreadable or weights are missing.
    """
    import torch
    import transformers
    from safetensors import SafetensorError

    try:
        with runtime.building:
            model, report = getattr(transformers, auto_class).from_pretrained(
                folder,
                config=config,
                dtype=torch.float32,
                use_safetensors=True,
                local_files_only=True,
                trust_remote_code=False,
                output_loading_info=True,
            )
    except (OSError, ValueError, RuntimeError, KeyError, SafetensorError) as error:
        raise CorruptFile(file="model.safetensors", reason=error) from error
    _require_complete(report)
    return model.eval().requires_grad_(False)


def _require_complete(report: dict[str, Any]) -> None:
    """Refuse weights with holes: transformers fills them with random numbers, and a lesson would show those.

    The pooler (a layer on [CLS] for sentence tasks) is excepted: many checkpoints leave it out, no page reads
    it.
    """
    missing = sorted(name for name in report["missing_keys"] if "pooler" not in name)
    if missing:
        names = ", ".join(missing[:3]) + (", …" if len(missing) > 3 else "")
        raise CorruptFile(file="model.safetensors", reason=f"{len(missing)} tensors are missing: {names}")


def _processor(folder: Path) -> Any:  # noqa: ANN401 (transformers leaves it untyped)
    from transformers import SamImageProcessorPil, SamProcessor

    try:
        return SamProcessor(SamImageProcessorPil.from_pretrained(folder, local_files_only=True))
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise CorruptFile(file="preprocessor_config.json", reason=error) from error
