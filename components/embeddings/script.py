"""The view as a Python script that a student can read, run and change (percent format: jupytext makes it a notebook).

It needs numpy and plotly, and torch with transformers or, for a model on Bedrock, boto3. Its last cell leaves `result`,
equal to the exported data.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from components.aws.bedrock import Embedder
from components.core.i18n import _
from components.embeddings import script_models as models
from components.embeddings import script_views as views
from components.embeddings.corpus import Corpus
from components.embeddings.encode import Pooling
from components.embeddings.link import View
from components.embeddings.script_models import prose
from components.embeddings.similarity import Metric, Vectors

_COMPARING: Final = """\
# %%
def unit(vectors):
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)


raw = embed(TEXTS)  # [item, width]
"""
_SPACE: Final[dict[Vectors, str]] = {
    "raw": "\n\ndef space(vectors):\n    return vectors\n",
    "unit": "\n\ndef space(vectors):\n    return unit(vectors)\n",
    "centred": "\n\ndef space(vectors):\n    return unit(vectors - raw.mean(axis=0))\n",
}
_SCORE: Final[dict[Metric, str]] = {
    "cosine": """

def score(queries):
    return unit(queries) @ unit(items).T  # [query, item]


def best_first(scores):
    return np.argsort(-scores, kind="stable").tolist()


items = space(raw)""",
    "dot": """

def score(queries):
    return queries @ items.T  # [query, item]


def best_first(scores):
    return np.argsort(-scores, kind="stable").tolist()


items = space(raw)""",
    "euclidean": """

def score(queries):
    return np.stack([np.linalg.norm(items - query, axis=1) for query in queries])  # [query, item]


def best_first(scores):
    return np.argsort(scores, kind="stable").tolist()  # the smallest distance first


items = space(raw)""",
}


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What the script computes.

    Attributes
    ----------
    weights
        Where transformers finds the model: a Hub id or a folder.
    bought
        The model on Bedrock that is asked instead, None if none is.
    most_tokens
        Longer texts are cut.
    liked
        Places of the liked items.
    """

    view: View
    weights: str
    bought: Embedder | None
    most_tokens: int
    corpus: Corpus
    text: str
    liked: Sequence[int]
    pooling: Pooling
    vectors: Vectors
    metric: Metric


def script(recipe: Recipe) -> str:
    """Return the Python text, with the explanations in the visitor's language."""
    cells = [
        prose(
            _(
                "# Texts as vectors\n"
                "Needs numpy and plotly, and torch with transformers or, for a model on Amazon Bedrock, boto3.\n\n"
                "The classroom models are not on the Hugging Face Hub: run this in the dashboard's project folder, or "
                "put the path of the model's folder into `MODEL`."
            )
        ),
        _texts(recipe),
        *_model(recipe),
        prose(_("How vectors are prepared and compared. One of length 1 keeps its direction only.")),
        _COMPARING + _SPACE[recipe.vectors] + _SCORE[recipe.metric],
        *_view(recipe),
    ]
    return "\n\n".join(cells) + "\n"


def _texts(recipe: Recipe) -> str:
    # repr keeps a text on one line, whatever is in it: no "# %%" of a visitor can start a cell
    rows = "\n".join(
        f"    {{'id': {item.id!r}, 'title': {item.title!r}, 'text': {item.text!r}}}," for item in recipe.corpus.items
    )
    liked = [recipe.corpus.items[place].id for place in recipe.liked]
    return f"""\
# %%
import math
import re
from collections import Counter

import numpy as np
import plotly.graph_objects as go

QUERY = {recipe.text!r}
LIKED = {liked!r}
ITEMS = [
{rows}
]
TEXTS = [item["text"] for item in ITEMS]"""


def _model(recipe: Recipe) -> list[str]:
    if recipe.bought is not None:
        return models.bedrock(recipe.bought)
    return models.local(recipe.weights, recipe.pooling, most_tokens=recipe.most_tokens)


def _view(recipe: Recipe) -> list[str]:
    bm25 = [
        prose(_("BM25: search by words, without a model (Robertson and Zaragoza 2009).")),
        views.BM25,
    ]
    match recipe.view:
        case "search":
            return [*bm25, views.SEARCH if recipe.text else views.EMPTY_SEARCH]
        case "recommend":
            return [*bm25, views.RECOMMEND if recipe.liked else views.EMPTY_RECOMMENDATION]
        case "heatmap":
            return [views.HEATMAP]
        case "map":
            return [views.MAP + (views.QUERY_ON_MAP if recipe.text else views.NO_QUERY_ON_MAP)]
        case "isotropy":
            return [views.ISOTROPY]
        case "quality":
            return [*bm25, views.questions(recipe.corpus.questions), views.QUALITY]
