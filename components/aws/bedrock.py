"""Bedrock's InvokeModel: one answer for a body in the vendor's own JSON, and the vectors of its embedding models.

Every call costs money: it is made only after the visitor confirmed it, once, without a retry. The bodies of the
embedding models and their limits are those of the AWS docs, "Amazon Titan Text Embeddings" and "Cohere Embed models".
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from components.aws.client import Aws
from components.aws.problems import CallFailed, translate_errors

Purpose = Literal["document", "query"]
"""Cohere's models put another mark before a text that is searched than before a question; Titan's do not."""


@dataclass(frozen=True)
class Embedder:
    """A model that turns texts into vectors.

    Attributes
    ----------
    texts_a_call
        How many texts one request may hold.
    tells_purpose
        Whether a question is embedded in another way than a text.
    """

    id: str
    title: str
    texts_a_call: int
    tells_purpose: bool


EMBEDDERS: Final = (
    Embedder("amazon.titan-embed-text-v2:0", "Titan Text Embeddings V2", texts_a_call=1, tells_purpose=False),
    Embedder("amazon.titan-embed-text-v1", "Titan Embeddings G1 - Text", texts_a_call=1, tells_purpose=False),
    Embedder("cohere.embed-english-v3", "Cohere Embed English v3", texts_a_call=96, tells_purpose=True),
    Embedder("cohere.embed-multilingual-v3", "Cohere Embed Multilingual v3", texts_a_call=96, tells_purpose=True),
)


def embedder(model_id: str) -> Embedder:
    """Return the model with this id.

    Raises
    ------
    KeyError
        If this page knows no request body for it.
    """
    for each in EMBEDDERS:
        if each.id == model_id:
            return each
    raise KeyError(model_id)


def body(model: Embedder, texts: Sequence[str], purpose: Purpose) -> dict[str, object]:
    """Return the request body for some texts, at most `texts_a_call`."""
    if model.id.startswith("cohere."):
        return {"texts": list(texts), "input_type": f"search_{purpose}", "truncate": "END"}
    return {"inputText": texts[0]}


def embed(
    model: Embedder,
    texts: Sequence[str],
    purpose: Purpose,
    *,
    keep: Callable[[str, tuple[float, ...]], None],
    checkpoint: Callable[[], None],
) -> int:
    """Ask for the vectors of some texts and hand over each as it comes. Return how many tokens AWS counted.

    Parameters
    ----------
    keep
        Gets a text and its vector.
    checkpoint
        Called before each call; may raise to stop before more is spent.

    Raises
    ------
    CallFailed
        If AWS refuses, does not answer, or answers something else; what came before was handed over.
    """
    with translate_errors("connection"):
        bedrock = Aws().client("bedrock-runtime")
    tokens = 0
    for start in range(0, len(texts), model.texts_a_call):
        checkpoint()
        batch = texts[start : start + model.texts_a_call]
        answer, counted = _invoke(bedrock, model.id, body(model, batch, purpose))
        for text, vector in zip(batch, _vectors(answer, len(batch)), strict=True):
            keep(text, vector)
        tokens += counted
    return tokens


def invoke(model_id: str, request: Mapping[str, object]) -> object:
    """Call a model once and return its answer, any JSON value.

    Raises
    ------
    CallFailed
        If AWS refuses, does not answer, or answers with something that is not JSON.
    """
    with translate_errors("connection"):
        bedrock = Aws().client("bedrock-runtime")
    return _invoke(bedrock, model_id, request)[0]


def _invoke(bedrock: Any, model_id: str, request: Mapping[str, object]) -> tuple[object, int]:  # noqa: ANN401 (boto3 makes its clients at run time)
    """Return the answer and how many input tokens AWS counted."""
    with translate_errors("InvokeModel"):
        response = bedrock.invoke_model(modelId=model_id, body=json.dumps(request))
        answer = json.loads(response["body"].read())
    headers = response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    counted = str(headers.get("x-amzn-bedrock-input-token-count", ""))
    return answer, int(counted) if counted.isdecimal() else 0


def _vectors(answer: object, expected: int) -> list[tuple[float, ...]]:
    """Return the vectors in an answer, one a text.

    Raises
    ------
    CallFailed
        If the answer does not hold as many vectors of numbers as texts were sent.
    """
    found = answer.get("embeddings", [answer.get("embedding")]) if isinstance(answer, dict) else None
    if isinstance(found, dict):  # Cohere, asked for several number formats
        found = found.get("float")
    if not isinstance(found, list) or len(found) != expected or not all(_is_vector(each) for each in found):
        raise CallFailed("unreadable")
    return [tuple(float(number) for number in each) for each in found]


def _is_vector(value: object) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(number, (int, float)) and math.isfinite(number) for number in value)
    )
