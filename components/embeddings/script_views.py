"""The last cells of the exported script, one piece of Python for each view. They are text: the dashboard runs none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from components.core.intervals import RESAMPLES, SEED
from components.embeddings.corpus import Question

BM25: Final = """\
# %%
counts = [Counter(re.findall(r"\\w+", text.lower())) for text in TEXTS]
lengths = np.array([each.total() for each in counts], dtype=float)
K1, B = 1.2, 0.75


def bm25(query):
    total = np.zeros(len(TEXTS))
    for word, times in sorted(Counter(re.findall(r"\\w+", query.lower())).items()):
        having = sum(word in each for each in counts)
        weight = math.log(1 + (len(TEXTS) - having + 0.5) / (having + 0.5))
        frequency = np.array([each[word] for each in counts], dtype=float)
        saturation = frequency * (K1 + 1) / (frequency + K1 * (1 - B + B * lengths / (lengths.mean() or 1.0)))
        total += times * weight * saturation
    return total


def by_words(scores):
    return [place for place in np.argsort(-scores, kind="stable").tolist() if scores[place] > 0]"""

_RANKING: Final = """\
word_scores = bm25(asked)
word_order = [place for place in by_words(word_scores) if place not in liked]
ranking = [
    {
        "id": ITEMS[place]["id"],
        "score": float(scores[place]),
        "rank": rank,
        "bm25": float(word_scores[place]),
        "bm25_rank": word_order.index(place) + 1 if place in word_order else None,
    }
    for rank, place in enumerate((place for place in best_first(scores) if place not in liked), start=1)
]
for row in ranking[:8]:
    print(row["rank"], row["id"], round(row["score"], 3), "by words:", row["bm25_rank"])
go.Figure(go.Bar(x=[row["score"] for row in ranking[:8]], y=[row["id"] for row in ranking[:8]], orientation="h"))
"""

SEARCH: Final = f"""\
# %%
liked, asked = [], QUERY
scores = score(space(embed([QUERY], "query")))[0]
{_RANKING}
# %%
result = {{"items": ITEMS, "query": QUERY, "ranking": ranking}}"""

EMPTY_SEARCH: Final = """\
# %%
result = {"items": ITEMS, "query": QUERY, "ranking": []}"""

RECOMMEND: Final = f"""\
# %%
liked = [place for item_id in LIKED for place, item in enumerate(ITEMS) if item["id"] == item_id]
asked = "\\n".join(TEXTS[place] for place in liked)
scores = score(items[liked].mean(axis=0)[None])[0]  # the mean of what was liked
{_RANKING}
# %%
result = {{"items": ITEMS, "liked": LIKED, "ranking": ranking}}"""

EMPTY_RECOMMENDATION: Final = """\
# %%
result = {"items": ITEMS, "liked": LIKED, "ranking": []}"""

HEATMAP: Final = """\
# %%
scores = score(items)  # [item, item]
titles = [item["title"] for item in ITEMS]
figure = go.Figure(go.Heatmap(z=scores, x=titles, y=titles))
figure.update_yaxes(autorange="reversed", scaleanchor="x")
figure  # a notebook shows it; in a script, call figure.show()

# %%
result = {"items": ITEMS, "scores": scores.tolist()}"""

MAP: Final = """\
# %%
mean = items.mean(axis=0)
sizes, directions = np.linalg.svd(items - mean, full_matrices=False)[1:]
directions = directions[:2]
points = (items - mean) @ directions.T
# the sign of a direction is free: the text farthest out stands on the positive side
farthest = points[np.abs(points).argmax(axis=0), [0, 1]]
directions = directions * np.where(farthest < 0, -1.0, 1.0)[:, None]
points = (items - mean) @ directions.T
explained = (sizes**2 / (sizes**2).sum())[:2].tolist()
figure = go.Figure(
    go.Scatter(x=points[:, 0], y=points[:, 1], mode="markers", text=[item["title"] for item in ITEMS])
)
"""

QUERY_ON_MAP: Final = """\
asked = space(embed([QUERY], "query"))
query = ((asked - mean) @ directions.T)[0].tolist()
nearest = [ITEMS[place]["id"] for place in best_first(score(asked)[0])[:3]]
figure.add_scatter(x=query[:1], y=query[1:], mode="markers", marker={"symbol": "star", "size": 14})
figure  # a notebook shows it; in a script, call figure.show()

# %%
result = {"items": ITEMS, "points": points.tolist(), "explained": explained, "query": query, "nearest": nearest}"""

NO_QUERY_ON_MAP: Final = """\
figure  # a notebook shows it; in a script, call figure.show()

# %%
result = {"items": ITEMS, "points": points.tolist(), "explained": explained, "query": None, "nearest": []}"""

ISOTROPY: Final = """\
# %%
def cosines(vectors):  # of all pairs of different texts
    directions = unit(vectors)
    return (directions @ directions.T)[np.triu_indices(len(directions), k=1)]


as_they_come, centred = cosines(raw), cosines(raw - raw.mean(axis=0))
figure = go.Figure([go.Histogram(x=as_they_come, name="as they come"), go.Histogram(x=centred, name="mean taken away")])
figure.update_layout(barmode="overlay")
figure.update_traces(opacity=0.75)
figure  # a notebook shows it; in a script, call figure.show()

# %%
result = {
    "items": ITEMS,
    "pairs": len(as_they_come),
    "mean_cosine": float(as_they_come.mean()),
    "spread": float(as_they_come.std()),
    "mean_cosine_centred": float(centred.mean()),
    "spread_centred": float(centred.std()),
    "shared_part": float((raw.mean(axis=0) ** 2).sum() / (raw**2).sum(axis=1).mean()),
}"""


QUALITY: Final = (
    f"""\
# %%
SEED, RESAMPLES = {SEED}, {RESAMPLES}
"""
    + """\
places = {item["id"]: place for place, item in enumerate(ITEMS)}
right = [[places[item_id] for item_id in relevant] for text, words, relevant in QUESTIONS]
model_orders = []
if QUESTIONS:
    asked = space(embed([text for text, words, relevant in QUESTIONS], "query"))
    model_orders = [best_first(scores) for scores in score(asked)]
word_orders = [by_words(bm25(text)) for text, words, relevant in QUESTIONS]


def best_rank(order, wanted):
    return min((order.index(place) + 1 for place in wanted if place in order), default=None)


def measured(orders, wanted):  # recall@3 and reciprocal rank of each question
    recalls = [len(set(order[:3]) & set(some)) / len(some) for order, some in zip(orders, wanted, strict=True)]
    first = [best_rank(order, some) for order, some in zip(orders, wanted, strict=True)]
    return np.array([recalls, [1 / rank if rank else 0.0 for rank in first]])


def averaged(values):  # the mean, and its 95% bootstrap interval over the questions
    n = len(values)
    if np.ptp(values) == 0:  # resampling says nothing where all questions came out alike
        return {"mean": float(values.mean()), "interval": None}
    drawn = np.random.default_rng(SEED).integers(0, n, (RESAMPLES, n))
    return {"mean": float(values.mean()), "interval": np.quantile(values[drawn].mean(axis=1), [0.025, 0.975]).tolist()}


def both(values):
    return {"recall_at_3": averaged(values[0]), "mrr": averaged(values[1])}


def by_chance(wanted):  # what shuffled results would reach on average
    n = len(ITEMS)
    first = [
        sum(math.comb(n - rank, len(some) - 1) / math.comb(n, len(some)) / rank for rank in range(1, n - len(some) + 2))
        for some in wanted
    ]
    return {
        "recall_at_3": {"mean": min(3, n) / n, "interval": None},
        "mrr": {"mean": sum(first) / len(first), "interval": None},
    }


quality = {}
for group in ("same", "other", "all") if QUESTIONS else ():
    chosen = [index for index, (text, words, relevant) in enumerate(QUESTIONS) if group in ("all", words)]
    wanted = [right[index] for index in chosen]
    by_model, by_bm25 = (
        measured([orders[index] for index in chosen], wanted) for orders in (model_orders, word_orders)
    )
    quality[group] = {
        "model": both(by_model),
        "bm25": both(by_bm25),
        "difference": both(by_model - by_bm25),
        "chance": by_chance(wanted),
    }
    print(group, quality[group])

# %%
result = {
    "items": ITEMS,
    "questions": [
        {
            "text": text,
            "words": words,
            "relevant": relevant,
            "rank": best_rank(model_orders[index], right[index]),
            "bm25_rank": best_rank(word_orders[index], right[index]),
        }
        for index, (text, words, relevant) in enumerate(QUESTIONS)
    ],
    "quality": quality,
}"""
)


def questions(asked: Sequence[Question]) -> str:
    """Return the cell with the questions and the answers that were fixed for them."""
    rows = "\n".join(f"    ({each.text!r}, {each.words!r}, {list(each.relevant)!r})," for each in asked)
    return f"# %%\nQUESTIONS = [\n{rows}\n]" if asked else "# %%\nQUESTIONS = []"
