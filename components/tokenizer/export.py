"""What a visitor takes home from the tokenizer page: the numbers of the view, and a notebook that recomputes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from components.models.byte_alphabet import Spelling
from components.models.records import is_bundled
from components.tokenizer.encode import Encoding, model_inputs
from components.ui.notebooks import render

NOTEBOOK: Final = Path(__file__).with_name("notebook.py")


def collect_result(encoding: Encoding, names: Sequence[str], others: Mapping[str, Encoding]) -> dict[str, Any]:
    """Return the exported numbers.

    `tokens[] = {index, id, token, text, bytes, start, end, special}`, the lists that `tokenizer(text)` prints, and
    `compare[] = {model, input_ids, tokens}` without inserted tokens.

    Parameters
    ----------
    names
        Which lists the model's tokenizer prints: see `encode.input_names`.
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


def render_script(text: str, weights: str | None, spelling: Spelling, compare: Mapping[str, str]) -> str:
    """Return the notebook of a view in percent format. Its `result` equals the exported numbers.

    Parameters
    ----------
    text
        Without lone surrogates, which a UTF-8 file cannot hold.
    weights
        Where transformers finds the tokenizer (see `loadable_name`); None for an uploaded tokenizer.json.
    spelling
        How the vocabulary spells bytes.
    compare
        Where transformers finds the compared tokenizers, by model id.
    """
    keep = {
        spelling.kind: True,
        "upload": weights is None,
        "model": weights is not None,
        "bundled": is_bundled(weights or ""),
        "compare": bool(compare),
        "bundled-compare": any(map(is_bundled, compare.values())),
        "alone": not compare,
    }
    parameters = {
        "TEXT": text,
        "FILE": "tokenizer.json",
        "MODEL": weights,
        "PREFIX": spelling.prefix,
        "SUFFIX": spelling.suffix,
        "COMPARE": dict(compare),
    }
    return render(NOTEBOOK, parameters, keep=[tag for tag, wanted in keep.items() if wanted])
