"""What the embeddings page exports; see `components/ui/notebooks.py` for how it is filled in."""

# %% [markdown]
# # Texts as vectors
# Needs numpy and plotly, and torch with transformers or, for a model on Amazon Bedrock, boto3.
#
# The built-in models are not on the Hugging Face Hub: run this in the dashboard's project folder, or put the path of the model's folder into `MODEL`.

# %% tags=["parameters"]
QUERY = "stolen paintings"
LIKED = ["lighthouse"]
ITEMS = [
    {"id": "heist", "title": "The Heist", "text": "A thief empties a museum in one night."},
    {"id": "lighthouse", "title": "The Lighthouse", "text": "A keeper listens to the storm alone."},
    {"id": "harbour", "title": "The Harbour", "text": "Fishermen wait for the storm to end."},
    {"id": "recipe", "title": "The Recipe", "text": "A cook looks for the taste of her childhood."},
]

# %%
import math
import re
from collections import Counter

import numpy as np
import plotly.graph_objects as go

TEXTS = [item["text"] for item in ITEMS]

# %% [markdown] tags=["bedrock"]
# **This costs money:** each text is sent to Amazon Bedrock with your AWS credentials.

# %% tags=["parameters", "bedrock"]
MODEL = "cohere.embed-english-v3"

# %% tags=["bedrock"]
import json
from functools import cache

import boto3


@cache
def bedrock():
    return boto3.client("bedrock-runtime")


def ask(body):
    return json.loads(bedrock().invoke_model(modelId=MODEL, body=json.dumps(body))["body"].read())


# %% tags=["one-text"]
def embed(texts, purpose="document"):
    return np.array([ask({"inputText": text})["embedding"] for text in texts])  # [text, width]


# %% tags=["parameters", "many-texts"]
TEXTS_A_CALL = 96


# %% tags=["many-texts"]
def embed(texts, purpose="document"):
    vectors = []
    for start in range(0, len(texts), TEXTS_A_CALL):
        some = texts[start : start + TEXTS_A_CALL]
        vectors += ask({"texts": some, "input_type": "search_" + purpose, "truncate": "END"})["embeddings"]
    return np.array(vectors)  # [text, width]


# %% [markdown] tags=["local"]
# The model gives each token a vector; pooling makes one vector of them. Padding must not count: the mask leaves it out.

# %% tags=["parameters", "local"]
MODEL = "components/models/bundled/classroom-bert"
PREFIX = ""  # what the model's training put before each text
MOST_TOKENS = 256

# %% tags=["bundled"]
from pathlib import Path

if MODEL.startswith("components/models/bundled") and not Path(MODEL).is_dir():
    raise FileNotFoundError(
        f"{MODEL}: This folder is not here. The built-in models are part of the dashboard's project, not of the "
        "Hugging Face Hub: run this in the project's folder, or put the path of the model's folder into MODEL."
    )

# %% tags=["local"]
import torch
from transformers import AutoModel, AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained(MODEL, padding_side="right")
if tokenizer.pad_token is None:
    tokenizer.pad_token = tokenizer.eos_token
model = AutoModel.from_pretrained(MODEL, dtype=torch.float32).eval()


# %% tags=["cls"]
def pool(tokens, mask):
    return tokens[:, 0]


# %% tags=["max"]
def pool(tokens, mask):
    return tokens.masked_fill(~mask[..., None], -torch.inf).amax(dim=1)


# %% tags=["last"]
def pool(tokens, mask):
    return tokens[torch.arange(len(tokens)), mask.sum(dim=1) - 1]


# %% tags=["mean"]
def pool(tokens, mask):
    return (tokens * mask[..., None]).sum(dim=1) / mask.sum(dim=1, keepdim=True)


# %% tags=["local"]
def embed(texts, purpose="document"):
    texts = [PREFIX + text for text in texts]
    batch = tokenizer(texts, padding=True, truncation=True, max_length=MOST_TOKENS, return_tensors="pt")
    with torch.inference_mode():
        tokens = model(**batch).last_hidden_state  # [text, token, width]
    return pool(tokens, batch["attention_mask"].bool()).double().numpy()  # [text, width]


# %% [markdown]
# How vectors are prepared and compared. Of a vector of length 1 only the direction is left.


# %%
def unit(vectors):
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)


raw = embed(TEXTS)  # [item, width]


# %% tags=["unit"]
def space(vectors):
    return unit(vectors)


# %% tags=["centred"]
def space(vectors):
    return unit(vectors - raw.mean(axis=0))


# %% tags=["raw"]
def space(vectors):
    return vectors


# %% tags=["dot"]
def score(queries):
    return queries @ items.T  # [query, item]


# %% tags=["euclidean"]
def score(queries):
    return np.stack([np.linalg.norm(items - query, axis=1) for query in queries])  # [query, item]


def best_first(scores):
    return np.argsort(scores.round(6), kind="stable").tolist()  # the smallest distance first; the rest is rounding


# %% tags=["cosine"]
def score(queries):
    return unit(queries) @ unit(items).T  # [query, item]


# %% tags=["cosine", "dot"]
def best_first(scores):
    return np.argsort(-scores.round(6), kind="stable").tolist()  # what comes after six digits is rounding


# %%
items = space(raw)

# %% [markdown] tags=["search", "recommend", "quality"]
# BM25: a keyword search, without a model (Robertson and Zaragoza 2009).

# %% tags=["search", "recommend", "quality"]
counts = [Counter(re.findall(r"\w+", text.lower())) for text in TEXTS]
lengths = np.array([each.total() for each in counts], dtype=float)
K1, B = 1.2, 0.75


def bm25(query):
    total = np.zeros(len(TEXTS))
    for word, times in sorted(Counter(re.findall(r"\w+", query.lower())).items()):
        having = sum(word in each for each in counts)
        weight = math.log(1 + (len(TEXTS) - having + 0.5) / (having + 0.5))
        frequency = np.array([each[word] for each in counts], dtype=float)
        saturation = frequency * (K1 + 1) / (frequency + K1 * (1 - B + B * lengths / (lengths.mean() or 1.0)))
        total += times * weight * saturation
    return total


def by_words(scores):
    return [place for place in np.argsort(-scores.round(6), kind="stable").tolist() if scores[place] > 0]


# %% tags=["recommend"]
liked = [place for item_id in LIKED for place, item in enumerate(ITEMS) if item["id"] == item_id]
asked = "\n".join(TEXTS[place] for place in liked)
scores = score(items[liked].mean(axis=0)[None])[0] if liked else np.empty(0)  # the mean of what was liked

# %% tags=["search"]
liked, asked = [], QUERY
scores = score(space(embed([QUERY], "query")))[0] if QUERY else np.empty(0)

# %% tags=["search", "recommend"]
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

# %% tags=["recommend"]
result = {"items": ITEMS, "liked": LIKED, "ranking": ranking}

# %% tags=["search"]
result = {"items": ITEMS, "query": QUERY, "ranking": ranking}

# %% tags=["heatmap"]
scores = score(items)  # [item, item]
titles = [item["title"] for item in ITEMS]
figure = go.Figure(go.Heatmap(z=scores, x=titles, y=titles))
figure.update_yaxes(autorange="reversed", scaleanchor="x")
figure  # a notebook shows it; in a script, call figure.show()

# %% tags=["heatmap"]
result = {"items": ITEMS, "scores": scores.tolist()}

# %% tags=["map"]
mean = items.mean(axis=0)
sizes, directions = np.linalg.svd(items - mean, full_matrices=False)[1:]
directions = directions[:2]
points = (items - mean) @ directions.T
# the sign of a direction is free: the farthest text is on the positive side
farthest = points[np.abs(points).argmax(axis=0), [0, 1]]
directions = directions * np.where(farthest < 0, -1.0, 1.0)[:, None]
points = (items - mean) @ directions.T
explained = (sizes**2 / (sizes**2).sum())[:2].tolist()
figure = go.Figure(go.Scatter(x=points[:, 0], y=points[:, 1], mode="markers", text=[item["title"] for item in ITEMS]))
query, nearest = None, []
if QUERY:
    asked = space(embed([QUERY], "query"))
    query = ((asked - mean) @ directions.T)[0].tolist()
    nearest = [ITEMS[place]["id"] for place in best_first(score(asked)[0])[:3]]
    figure.add_scatter(x=query[:1], y=query[1:], mode="markers", marker={"symbol": "star", "size": 14})
figure  # a notebook shows it; in a script, call figure.show()

# %% tags=["map"]
result = {"items": ITEMS, "points": points.tolist(), "explained": explained, "query": query, "nearest": nearest}


# %% tags=["isotropy"]
def cosines(vectors):  # of all pairs of different texts
    directions = unit(vectors)
    return (directions @ directions.T)[np.triu_indices(len(directions), k=1)]


as_they_come, centred = cosines(raw), cosines(raw - raw.mean(axis=0))
figure = go.Figure([go.Histogram(x=as_they_come, name="as they come"), go.Histogram(x=centred, name="mean subtracted")])
figure.update_layout(barmode="overlay")
figure.update_traces(opacity=0.75)
figure  # a notebook shows it; in a script, call figure.show()

# %% tags=["isotropy"]
result = {
    "items": ITEMS,
    "pairs": len(as_they_come),
    "mean_cosine": float(as_they_come.mean()),
    "spread": float(as_they_come.std()),
    "mean_cosine_centred": float(centred.mean()),
    "spread_centred": float(centred.std()),
    "shared_part": float((raw.mean(axis=0) ** 2).sum() / (raw**2).sum(axis=1).mean()),
}

# %% tags=["parameters", "quality"]
QUESTIONS = [
    ("a thief in a museum", "same", ["heist"]),
    ("sailors in bad weather", "other", ["harbour", "lighthouse"]),
]
SEED = 0
RESAMPLES = 2000

# %% tags=["quality"]
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

# %% tags=["quality"]
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
}
