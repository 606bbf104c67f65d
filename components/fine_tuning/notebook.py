"""What the fine-tuning page exports; see `components/ui/notebooks.py` for how it is filled in."""

# %% [markdown]
# # Fine-tuning BERT to tell texts apart
# Needs torch and transformers (`pip install torch transformers`).
#
# The built-in models are not on the Hugging Face Hub: run this in the dashboard's project folder, or put the path of the model's folder into `MODEL`.

# %% tags=["parameters"]
MODEL = "components/models/bundled/classroom-bert"
WHAT = "full"  # "full" or "head"
EPOCHS = 2
RATE = 0.0001
SEED = 0
STEPS = 2  # how far the page had trained; all of it is EPOCHS times the batches of TRAINING
THREADS = 1  # with another number the last digits differ

# %% tags=["bundled"]
from pathlib import Path

if MODEL.startswith("components/models/bundled") and not Path(MODEL).is_dir():
    raise FileNotFoundError(
        f"{MODEL}: This folder is not here. The built-in models are part of the dashboard's project, not of the "
        "Hugging Face Hub: run this in the project's folder, or put the path of the model's folder into MODEL."
    )

# %%
import math

import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer

torch.set_num_threads(THREADS)

# %% [markdown]
# The examples. What is held out is never trained on.

# %% tags=["parameters"]
LABELS = ["good", "bad"]
SENTENCES = ["Not bad at all."]
TRAINING = [
    ("I loved it.", "good"),
    ("A fine, warm film.", "good"),
    ("I hated it.", "bad"),
    ("A dull, cold film.", "bad"),
]
HELD_OUT = [
    ("A warm story.", "good"),
    ("Fine acting.", "good"),
    ("A cold story.", "bad"),
    ("Dull acting.", "bad"),
]

# %%
train_classes = [LABELS.index(label) for _, label in TRAINING]
test_classes = [LABELS.index(label) for _, label in HELD_OUT]

# %% [markdown]
# The vector of [CLS], and a head on it with random numbers: it has learned nothing yet.

# %% tags=["parameters"]
MOST_TOKENS = 64
READ_BATCH = 32
HEAD_SCALE = 0.02

# %%
tokenizer = AutoTokenizer.from_pretrained(MODEL)
encoder = AutoModel.from_pretrained(MODEL, dtype=torch.float32).eval().requires_grad_(False)


def read(texts):
    ids = [tokenizer(text)["input_ids"] for text in texts]
    return [each if len(each) <= MOST_TOKENS else [*each[: MOST_TOKENS - 1], each[-1]] for each in ids]


def cls(ids):  # [text, width]
    longest = max(map(len, ids))
    rows = torch.tensor([[*each, *[tokenizer.pad_token_id] * (longest - len(each))] for each in ids])
    mask = torch.tensor([[1] * len(each) + [0] * (longest - len(each)) for each in ids])
    return encoder(input_ids=rows, attention_mask=mask).last_hidden_state[:, 0]


def vectors(ids):
    found = np.empty((len(ids), encoder.config.hidden_size), dtype=np.float32)
    order = sorted(range(len(ids)), key=lambda place: len(ids[place]))
    for start in range(0, len(order), READ_BATCH):
        places = order[start : start + READ_BATCH]
        with torch.inference_mode():
            found[places] = cls([ids[place] for place in places]).numpy()
    return found


chance = torch.Generator().manual_seed(SEED)
weight = torch.empty(len(LABELS), encoder.config.hidden_size)
weight = weight.normal_(0.0, HEAD_SCALE, generator=chance).requires_grad_()
bias = torch.zeros(len(LABELS), requires_grad=True)

train_ids, test_ids = (read([text for text, _ in part]) for part in (TRAINING, HELD_OUT))
sentence_ids = read(SENTENCES)

# %% [markdown]
# How good it is: accuracy and loss on the held-out texts, which label was mistaken for which, and what may be chance.


# %%
def probabilities(vectors):  # [text, label], with the head as it is now
    logits = vectors.astype(float) @ weight.detach().numpy().astype(float).T + bias.detach().numpy()
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def accuracy(shares):
    return float(np.mean(shares.argmax(axis=1) == np.array(test_classes)))


def measure(step, training_loss, shares):
    loss = float(-np.log(shares[np.arange(len(test_classes)), test_classes]).mean())
    return {"step": step, "training_loss": training_loss, "loss": loss, "accuracy": accuracy(shares)}


def interval(right):  # Wilson's, 95%
    z, n, share = 1.959963984540054, len(right), sum(right) / len(right)
    middle, half = share + z**2 / n / 2, z * math.sqrt(share * (1 - share) / n + z**2 / n**2 / 4)
    return [max(0.0, (middle - half) / (1 + z**2 / n)), min(1.0, (middle + half) / (1 + z**2 / n))]


def compare(first, second):  # McNemar's test, exact, of two classifiers on the same texts
    gained = sum(b and not a for a, b in zip(first, second, strict=True))
    lost = sum(a and not b for a, b in zip(first, second, strict=True))
    n = gained + lost
    tail = sum(math.comb(n, fewer) for fewer in range(min(gained, lost) + 1))
    return {"gained": gained, "lost": lost, "p": min(1.0, 2 * tail / 2**n)}


def confusion(shares):
    counts = np.zeros((len(LABELS), len(LABELS)), dtype=int)
    np.add.at(counts, (test_classes, shares.argmax(axis=1)), 1)
    return counts.tolist()


# %% [markdown]
# The training: AdamW, a learning rate that rises and falls, no dropout.

# %% tags=["parameters"]
BATCH = 16
WARM_UP = 0.1
WEIGHT_DECAY = 0.01


# %%
def fine_tune(train_vectors):
    encoder.requires_grad_(WHAT == "full")
    trained = [weight, bias, *(encoder.parameters() if WHAT == "full" else ())]
    optimizer = torch.optim.AdamW(trained, lr=RATE, weight_decay=WEIGHT_DECAY)
    of = EPOCHS * -(-len(TRAINING) // BATCH)
    warm = max(1, round(WARM_UP * of))
    losses, measured = [], [measure(0, None, probabilities(before_vectors))]
    for _epoch in range(EPOCHS):
        order = torch.randperm(len(TRAINING), generator=chance).tolist()
        for start in range(0, len(order), BATCH):
            if len(losses) == STEPS:
                break
            places = order[start : start + BATCH]
            if WHAT == "full":
                features = cls([train_ids[place] for place in places])
            else:
                features = torch.from_numpy(train_vectors)[places]
            targets = torch.tensor(train_classes)[places]
            loss = torch.nn.functional.cross_entropy(features @ weight.T + bias, targets)
            optimizer.zero_grad()
            loss.backward()
            step = len(losses)
            for group in optimizer.param_groups:
                group["lr"] = RATE * (min(1.0, (step + 1) / warm) * (1 - step / of))
            optimizer.step()
            losses.append(loss.item())
        if measured[-1]["step"] < len(losses):
            shares = probabilities(vectors(test_ids))
            measured.append(measure(len(losses), float(np.mean(losses[measured[-1]["step"] :])), shares))
            print(measured[-1])
    return losses, measured


# %% [markdown]
# Everything together: before, training, after, and what to compare it with.

# %%
before = probabilities(vectors(sentence_ids)) if SENTENCES else np.empty((0, len(LABELS)))
training, after = None, None
if STEPS:
    train_vectors, before_vectors = vectors(train_ids), vectors(test_ids)
    untrained = probabilities(before_vectors)
    means = [train_vectors[np.array(train_classes) == i].mean(axis=0, dtype=float) for i in range(len(LABELS))]
    nearest = np.linalg.norm(before_vectors[:, None].astype(float) - np.stack(means), axis=2).argmin(axis=1)
    most = max(range(len(LABELS)), key=train_classes.count)
    losses, measured = fine_tune(train_vectors)
    after_vectors = vectors(test_ids)
    after = probabilities(vectors(sentence_ids)) if SENTENCES else before
    right = {
        name: (np.array(answers) == np.array(test_classes)).tolist()
        for name, answers in {
            "after": probabilities(after_vectors).argmax(axis=1),
            "centroid": nearest,
            "untrained": untrained.argmax(axis=1),
        }.items()
    }

    centre = after_vectors.astype(float).mean(axis=0)  # the map: principal components of the vectors after training
    _, sizes, directions = np.linalg.svd(after_vectors - centre, full_matrices=False)
    points = (after_vectors - centre) @ directions[:2].T
    farthest = points[np.abs(points).argmax(axis=0), np.arange(2)]
    directions = directions[:2] * np.where(farthest < 0, -1.0, 1.0)[:, None]
    training = {
        "steps": EPOCHS * -(-len(TRAINING) // BATCH),
        "steps_done": STEPS,
        "losses": losses,
        "measured": measured,
        "baselines": {
            "majority": test_classes.count(most) / len(test_classes),
            "centroid": float(np.mean(nearest == np.array(test_classes))),
            "untrained": accuracy(untrained),
        },
        "intervals": {name: interval(each) for name, each in right.items()},
        "comparisons": {name: compare(right[name], right["after"]) for name in ("centroid", "untrained")},
        "confusion": {"before": confusion(untrained), "after": confusion(probabilities(after_vectors))},
        "held_out": probabilities(after_vectors).tolist(),
        "map": {
            "before": ((before_vectors - centre) @ directions.T).tolist(),
            "after": ((after_vectors - centre) @ directions.T).tolist(),
            "explained": (sizes**2 / (sizes**2).sum())[:2].tolist(),
        },
    }
sentences = [
    {"text": text, "before": before[i].tolist(), "after": None if after is None else after[i].tolist()}
    for i, text in enumerate(SENTENCES)
]
result = {"labels": LABELS, "sentences": sentences, "training": training}
for each in sentences:
    print(each["text"], dict(zip(LABELS, each["after"] or each["before"], strict=True)))
