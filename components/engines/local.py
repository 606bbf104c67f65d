"""Open the engines of this process for a model, and say which of them fit it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from components.core.errors import Reason
from components.engines.contract import EngineName
from components.engines.errors import EngineUnavailable
from components.engines.llama_cpp import LlamaCppEngine, unavailable
from components.engines.prompting import chat_template
from components.engines.requantize import fastest
from components.engines.transformers_engine import TransformersEngine
from components.models import gguf, integrity
from components.models.shape import read_config
from components.models.store import local_folder

if TYPE_CHECKING:
    from components.models.loaders import LoadedModel
    from components.models.records import ModelRecord
    from components.models.tokenization import SharedTokenizer


def engines_for(record: ModelRecord) -> dict[EngineName, Reason | None]:
    """Return the engines of this process, each with the reason why a model that is here cannot run on it.

    Raises
    ------
    NotFetched, DownloadsDisabled
        If the model is not on this machine.
    """
    return {"transformers": None, "llama.cpp": unavailable(gguf.find(local_folder(record)))}


def open_transformers(loaded: LoadedModel) -> TransformersEngine:
    """Return the engine of a loaded model (`components.models.cached.causal_lm` or `seq2seq_lm`).

    Make one a model and process: sessions share its queue and its forward passes.
    """
    return TransformersEngine(loaded, template=chat_template(local_folder(loaded.record)))


def open_llama_cpp(record: ModelRecord, tokenizer: SharedTokenizer, *, threads: int) -> LlamaCppEngine:
    """Return the llama.cpp engine of a model with a GGUF file; it holds the model in memory.

    Raises
    ------
    EngineUnavailable
        If it cannot run here, or the file cannot be read.
    NotFetched, DownloadsDisabled
        If the model is not on this machine.
    CorruptFile
        If its weights are no longer what they were.
    """
    folder = local_folder(record)
    file = gguf.find(folder)
    reason = unavailable(file)
    if file is None or reason is not None:
        raise EngineUnavailable(engine="llama.cpp", reason=reason)
    integrity.require_unchanged(folder)
    start = read_config(folder).get("bos_token_id")
    return LlamaCppEngine(
        model=record.id,
        gguf=fastest(file),
        tokenizer=tokenizer,
        threads=threads,
        template=chat_template(folder),
        start_id=start if isinstance(start, int) else None,
    )
