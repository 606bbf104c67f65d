"""What a visitor takes home from the page: the numbers of the view, and a notebook that recomputes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from components.aws.bedrock import Embedder
from components.core.intervals import RESAMPLES, SEED
from components.embeddings.corpus import Corpus
from components.embeddings.encode import Pooling
from components.embeddings.link import View
from components.embeddings.quality import FIRST, GROUPS, Quality, judge
from components.embeddings.search import Bm25, Hit, recommend, search
from components.embeddings.similarity import (
    FloatArray,
    Metric,
    Vectors,
    centre,
    higher_is_closer,
    order,
    pair_cosines,
    score,
    shared_part,
    space_of,
)
from components.models.projection import project
from components.models.records import is_bundled
from components.ui.notebooks import render

NOTEBOOK: Final = Path(__file__).with_name("notebook.py")


@dataclass(frozen=True, eq=False)
class Numbers:
    """What every result is computed from.

    Attributes
    ----------
    liked
        Places of the liked items.
    items, query, questions
        Vectors as the model gives them: `[item, width]`, `[1, width]` or None without a question, and
        `[question, width]` or None where the view asks none.
    """

    corpus: Corpus
    text: str
    liked: Sequence[int]
    vectors: Vectors
    metric: Metric
    items: FloatArray
    query: FloatArray | None
    questions: FloatArray | None


def result(view: View, numbers: Numbers) -> dict[str, Any]:
    """Return the exported numbers of a view, after the texts they belong to."""
    items = [{"id": item.id, "title": item.title, "text": item.text} for item in numbers.corpus.items]
    views = {
        "search": _search,
        "recommend": _recommend,
        "heatmap": _heatmap,
        "map": _map,
        "isotropy": _isotropy,
        "quality": _quality,
    }
    return {"items": items, **views[view](numbers)}


def script(
    view: View,
    numbers: Numbers,
    *,
    weights: str,
    pooling: Pooling,
    most_tokens: int,
    prefix: str = "",
    bought: Embedder | None = None,
) -> str:
    """Return the notebook of a view in percent format. Its `result` equals the exported numbers.

    Parameters
    ----------
    weights
        Where transformers finds the model (see `loadable_name`).
    most_tokens
        Longer texts are cut.
    prefix
        What the model wants before each text.
    bought
        The model on Bedrock that is asked instead, None if none is.
    """
    keep = {
        view: True,
        numbers.vectors: True,
        numbers.metric: True,
        "local": bought is None,
        "bundled": bought is None and is_bundled(weights),
        pooling: bought is None,
        "bedrock": bought is not None,
        "many-texts": bought is not None and bought.tells_purpose,
        "one-text": bought is not None and not bought.tells_purpose,
    }
    corpus = numbers.corpus
    parameters = {
        "QUERY": numbers.text,
        "LIKED": [corpus.items[place].id for place in numbers.liked],
        "ITEMS": [{"id": item.id, "title": item.title, "text": item.text} for item in corpus.items],
        "MODEL": weights if bought is None else bought.id,
        "PREFIX": prefix,
        "MOST_TOKENS": most_tokens,
        "TEXTS_A_CALL": 1 if bought is None else bought.texts_a_call,
        "QUESTIONS": [(each.text, each.words, list(each.relevant)) for each in corpus.questions],
        "SEED": SEED,
        "RESAMPLES": RESAMPLES,
    }
    return render(NOTEBOOK, parameters, keep=[tag for tag, wanted in keep.items() if wanted])


def _search(numbers: Numbers) -> dict[str, Any]:
    hits: Sequence[Hit] = ()
    if numbers.query is not None:
        space = space_of(numbers.items, numbers.vectors)
        items, [query] = space.of(numbers.items), space.of(numbers.query)
        hits = search(items, query, Bm25(numbers.corpus.texts), numbers.text, metric=numbers.metric)
    return {"query": numbers.text, "ranking": _ranking(numbers.corpus, hits)}


def _recommend(numbers: Numbers) -> dict[str, Any]:
    texts = numbers.corpus.texts
    hits: Sequence[Hit] = ()
    if numbers.liked:
        items = space_of(numbers.items, numbers.vectors).of(numbers.items)
        hits = recommend(items, numbers.liked, Bm25(texts), texts, metric=numbers.metric)
    liked = [numbers.corpus.items[place].id for place in numbers.liked]
    return {"liked": liked, "ranking": _ranking(numbers.corpus, hits)}


def _ranking(corpus: Corpus, hits: Sequence[Hit]) -> list[dict[str, Any]]:
    return [
        {
            "id": corpus.items[hit.place].id,
            "score": hit.score,
            "rank": hit.rank,
            "bm25": hit.word_score,
            "bm25_rank": hit.word_rank,
        }
        for hit in hits
    ]


def _heatmap(numbers: Numbers) -> dict[str, Any]:
    items = space_of(numbers.items, numbers.vectors).of(numbers.items)
    return {"scores": score(items, items, numbers.metric).tolist()}


def _map(numbers: Numbers) -> dict[str, Any]:
    space = space_of(numbers.items, numbers.vectors)
    items = space.of(numbers.items)
    drawn = project(items)
    query: list[float] | None = None
    nearest: list[str] = []
    if numbers.query is not None:
        asked = space.of(numbers.query)
        query = drawn.place(asked)[0].tolist()
        first = order(score(items, asked, numbers.metric)[0], higher_first=higher_is_closer(numbers.metric))[:FIRST]
        nearest = [numbers.corpus.items[place].id for place in first]
    return {"points": drawn.points.tolist(), "explained": list(drawn.explained), "query": query, "nearest": nearest}


def _isotropy(numbers: Numbers) -> dict[str, Any]:
    raw, moved = pair_cosines(numbers.items), pair_cosines(centre(numbers.items))
    return {
        "pairs": len(raw.values),
        "mean_cosine": raw.mean,
        "spread": raw.spread,
        "mean_cosine_centred": moved.mean,
        "spread_centred": moved.spread,
        "shared_part": shared_part(numbers.items),
    }


def _quality(numbers: Numbers) -> dict[str, Any]:
    corpus = numbers.corpus
    if numbers.questions is None:
        return {"questions": [], "quality": {}}
    space = space_of(numbers.items, numbers.vectors)
    items, questions = space.of(numbers.items), space.of(numbers.questions)
    found = judge(corpus, items, questions, Bm25(corpus.texts), metric=numbers.metric)
    rows = zip(corpus.questions, found.ranks, found.word_ranks, strict=True)
    return {
        "questions": [
            {
                "text": question.text,
                "words": question.words,
                "relevant": list(question.relevant),
                "rank": rank,
                "bm25_rank": word_rank,
            }
            for question, rank, word_rank in rows
        ],
        "quality": {
            group: {
                "model": _measures(found.model[group]),
                "bm25": _measures(found.words[group]),
                "difference": _measures(found.difference[group]),
                "chance": _measures(found.chance[group]),
            }
            for group in GROUPS
        },
    }


def _measures(quality: Quality) -> dict[str, Any]:
    return {"recall_at_3": asdict(quality.recall), "mrr": asdict(quality.reciprocal_rank)}
