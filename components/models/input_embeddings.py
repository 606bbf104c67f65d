"""What a token is for a model before its first layer, read from the weights without torch.

A model's input is the row of its token's id in the embedding table. To it are added, in the families that
learned them, a row of the position table and a row of the segment table (BERT: which of two sentences), and
BERT's family then normalises the sum (LayerNorm: mean 0, variance 1, then a learned scale and shift):

    GPT-2, OPT              token + position
    BERT, RoBERTa           LayerNorm(token + segment + position)
    DistilBERT              LayerNorm(token + position)
    Gemma                   token * sqrt(width)
    Llama, Qwen, T5         token

RoBERTa's and OPT's position tables begin with two rows that no position of a text uses; they are left out
here, so that row 0 is position 0 in every family.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from components.models.errors import CorruptFile
from components.models.shape import POSITION_OFFSET, read_config
from components.models.tensors import StoredTensor, stored_tensors

FloatArray = npt.NDArray[np.float32]

# Ends of tensor names; what stands before them depends on the head the model was saved with ("bert.",
# "transformer.").
_TOKEN: Final = ("embeddings.word_embeddings.weight", "wte.weight", "embed_tokens.weight", "shared.weight")
_POSITION: Final = ("embeddings.position_embeddings.weight", "wpe.weight", "embed_positions.weight")
_SEGMENT: Final = ("embeddings.token_type_embeddings.weight",)
# The oldest BERT checkpoints name the scale and shift of LayerNorm as the paper does, gamma and beta.
_NORM_SCALE: Final = ("embeddings.LayerNorm.weight", "embeddings.LayerNorm.gamma")
_NORM_SHIFT: Final = ("embeddings.LayerNorm.bias", "embeddings.LayerNorm.beta")
_SCALED_BY_ROOT_OF_WIDTH: Final = frozenset({"gemma", "gemma2", "gemma3", "gemma3_text"})


@dataclass(frozen=True)
class InputEmbeddings:
    """The input of a model's first layer for one text, and the parts it is made of.

    Attributes
    ----------
    token, position, segment
        The parts, `[position, width]`; None where the model has no such table. `token` is already scaled
        where the family scales it.
    total
        Their sum, `[position, width]`.
    output
        What the first layer reads, `[position, width]`: the sum, normalised where the family normalises it.
    """

    token: FloatArray
    position: FloatArray | None
    segment: FloatArray | None
    total: FloatArray
    output: FloatArray


def embedding_table(folder: Path) -> FloatArray:
    """Return the model's token embeddings, `[vocabulary, width]`.

    Raises
    ------
    CorruptFile
        If the weights are unreadable or hold no table of a known name.
    """
    return _require(stored_tensors(folder), _TOKEN).read()


def embedding_rows(folder: Path, ids: Sequence[int]) -> FloatArray:
    """Return the embeddings of some token ids, `[id, width]`, without reading the rest of the table.

    Raises
    ------
    CorruptFile
        If the weights are unreadable or hold no table of a known name.
    IndexError
        If an id is not in the vocabulary.
    """
    return _require(stored_tensors(folder), _TOKEN).rows(ids)


def position_table(folder: Path) -> FloatArray | None:
    """Return the model's learned position embeddings, `[position, width]`, or None if it learned none.

    Raises
    ------
    CorruptFile
        If the weights are unreadable.
    """
    table = _find(stored_tensors(folder), _POSITION)
    return None if table is None else table.read()[_position_offset(folder) :]


def input_embeddings(folder: Path, ids: Sequence[int], *, segments: Sequence[int] | None = None) -> InputEmbeddings:
    """Return what the model's first layer reads for a text, and its parts.

    Parameters
    ----------
    folder
        The model's folder.
    ids
        Token ids, special tokens included, from position 0 on.
    segments
        0 or 1 for each token (BERT's `token_type_ids`); all 0 if not given.

    Raises
    ------
    CorruptFile
        If the weights are unreadable or hold no table of a known name.
    IndexError
        If an id is not in the vocabulary, or there are more ids than positions.
    """
    config = read_config(folder)
    tensors = stored_tensors(folder)
    token = _require(tensors, _TOKEN).rows(ids)
    if config.get("model_type") in _SCALED_BY_ROOT_OF_WIDTH:
        token = token * np.float32(np.sqrt(token.shape[1]))
    offset = _position_offset(folder)
    position = _rows(tensors, _POSITION, range(offset, offset + len(ids)))
    segment = _rows(tensors, _SEGMENT, segments if segments is not None else [0] * len(ids))
    # BERT's own order of adding: in float32 another order would differ in the last bit.
    total = token
    for part in (segment, position):
        total = total if part is None else total + part
    return InputEmbeddings(token, position, segment, total, _normalised(total, tensors, config))


def _normalised(total: FloatArray, tensors: dict[str, StoredTensor], config: dict[str, object]) -> FloatArray:
    scale, shift = _find(tensors, _NORM_SCALE), _find(tensors, _NORM_SHIFT)
    if scale is None or shift is None:
        return total
    epsilon = float(str(config.get("layer_norm_eps", 1e-12)))
    centred = total - total.mean(axis=-1, keepdims=True)
    deviation = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + np.float32(epsilon))
    return np.asarray(centred / deviation * scale.read() + shift.read(), dtype=np.float32)


def _position_offset(folder: Path) -> int:
    return POSITION_OFFSET.get(str(read_config(folder).get("model_type")), 0)


def _rows(tensors: dict[str, StoredTensor], endings: Sequence[str], indices: Sequence[int]) -> FloatArray | None:
    table = _find(tensors, endings)
    return None if table is None else table.rows(indices)


def _require(tensors: dict[str, StoredTensor], endings: Sequence[str]) -> StoredTensor:
    table = _find(tensors, endings)
    if table is None:
        raise CorruptFile(file="model.safetensors", reason=f"no tensor is called {' or '.join(endings)}")
    return table


def _find(tensors: dict[str, StoredTensor], endings: Sequence[str]) -> StoredTensor | None:
    return next(_ending_in(tensors, endings), None)


def _ending_in(tensors: dict[str, StoredTensor], endings: Sequence[str]) -> Iterator[StoredTensor]:
    for ending in endings:
        for name, tensor in tensors.items():
            if name == ending or name.endswith(f".{ending}"):
                yield tensor
