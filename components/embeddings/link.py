"""The parameters of the page's link."""

from __future__ import annotations

from typing import Final, Literal, get_args

from components.core.i18n import DEFAULT_LANGUAGE
from components.core.parameters import Choice, Choices, Parameter, Text
from components.embeddings.corpus import LANGUAGES, Corpus
from components.embeddings.encode import POOLINGS
from components.embeddings.similarity import METRICS
from components.embeddings.similarity import VECTORS as KINDS
from components.models.registry import DEFAULT_ENCODER, ModelParameter

PAGE: Final = "embeddings"
View = Literal["search", "recommend", "heatmap", "map", "isotropy", "quality"]
VIEWS: Final[tuple[View, ...]] = get_args(View)

MODEL: Final = ModelParameter("model", DEFAULT_ENCODER, tasks=("fill-mask", "feature-extraction", "text-generation"))
QUERY: Final = Text("query", 500, "robbery of works of art")
LIST: Final = Text("list", 24_000, "")
"""A visitor's own texts, one a line; empty for the shipped ones."""
TEXTS: Final = Choice("texts", LANGUAGES, DEFAULT_LANGUAGE)
"""The language in which the shipped texts and questions are told."""
VIEW: Final = Choice("view", VIEWS, "search")
POOLING: Final = Choice("pooling", POOLINGS, "mean")
VECTORS: Final = Choice("vectors", KINDS, "raw")
METRIC: Final = Choice("metric", METRICS, "cosine")


def liked_parameter(*corpora: Corpus) -> Choices:
    """Return the choice of liked items among these texts; with none chosen the page takes the first as an example."""
    return Choices("liked", tuple(dict.fromkeys(item.id for corpus in corpora for item in corpus.items)))


def parameters(*corpora: Corpus) -> tuple[Parameter, ...]:
    """Return all of them, for the texts in use, and for those that a card of the guide may bring back."""
    return (MODEL, QUERY, LIST, TEXTS, liked_parameter(*corpora), VIEW, POOLING, VECTORS, METRIC)
