"""What a visitor takes home: the numbers of the view as JSON types, same keys as the script's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from components.tokenizer.encode import Encoding
from components.tokenizer.model_inputs import model_inputs


def result(encoding: Encoding, names: Sequence[str], others: Mapping[str, Encoding]) -> dict[str, Any]:
    """Return the exported numbers.

    `tokens[] = {index, id, token, text, bytes, start, end, special}`, the lists that `tokenizer(text)` prints, and
    `compare[] = {model, input_ids, tokens}` without inserted tokens.

    Parameters
    ----------
    names
        Which lists the model's tokenizer prints: see `model_inputs.input_names`.
    others
        The same text with the compared tokenizers, by model id.
    """
    tokens = [
        {
            "index": token.index,
            "id": token.id,
            "token": token.token,
            "text": token.text,
            "bytes": list(token.bytes),
            "start": token.start,
            "end": token.end,
            "special": token.special,
        }
        for token in encoding.tokens
    ]
    compare = [
        {"model": name, "input_ids": other.ids, "tokens": [token.token for token in other.tokens]}
        for name, other in others.items()
    ]
    return {"tokens": tokens, **model_inputs(encoding, names), "compare": compare}
