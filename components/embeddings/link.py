"""The parameters of the page's link."""

from __future__ import annotations

from typing import Final, Literal, get_args

from components.core.i18n import DEFAULT_LANGUAGE, N_
from components.core.parameters import Choice, Choices, Parameter, Text
from components.embeddings.corpus import LANGUAGES, Corpus, read_shipped
from components.embeddings.encode import POOLINGS
from components.embeddings.similarity import METRICS
from components.embeddings.similarity import VECTORS as KINDS
from components.models.registry import DEFAULT_ENCODER, ModelParameter

PAGE: Final = "embeddings"
View = Literal["search", "recommend", "heatmap", "map", "isotropy", "quality"]
VIEWS: Final[tuple[View, ...]] = get_args(View)

MODEL: Final = ModelParameter("model", DEFAULT_ENCODER, tasks=("fill-mask", "feature-extraction", "text-generation"))
QUERY: Final = Text("query", 500, "robbery of works of art")
LIST: Final = Text("list", 24_000, "", meaning=N_("Your own texts, one a line; empty for the shipped ones."))
TEXTS: Final = Choice(
    "texts", LANGUAGES, DEFAULT_LANGUAGE, meaning=N_("The language of the shipped texts and questions.")
)
VIEW: Final = Choice("view", VIEWS, "search")
POOLING: Final = Choice("pooling", POOLINGS, "mean")
VECTORS: Final = Choice("vectors", KINDS, "raw")
METRIC: Final = Choice("metric", METRICS, "cosine")


def liked_parameter(*corpora: Corpus) -> Choices:
    """Return the choice of liked items among these texts; with none chosen the page takes the first as an example."""
    return Choices(
        "liked",
        tuple(dict.fromkeys(item.id for corpus in corpora for item in corpus.items)),
        meaning=N_("The items of the view `recommend`; with none chosen, the first is the example."),
    )


def parameters(*corpora: Corpus) -> tuple[Parameter, ...]:
    """Return all of them, for the texts in use, and for those that a card of the guide may bring back.

    Without texts they are those for the shipped ones.
    """
    liked = liked_parameter(*(corpora or (read_shipped(),)))
    return (MODEL, QUERY, LIST, TEXTS, liked, VIEW, POOLING, VECTORS, METRIC)
