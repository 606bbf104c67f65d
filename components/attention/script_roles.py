"""What the exported script adds for the Metrics view: every head on random texts, and the names that it earns.

It repeats `components.attention.roles`, `roles`, `paired` and `labels` with NumPy alone, and draws the same texts.
"""

from __future__ import annotations

from components.attention.labels import LEAST_LEAD, LEAST_SHARE, LEVEL
from components.attention.roles import REPEAT_LENGTHS, SEED, SETS
from components.attention.script_views import Addition
from components.attention.statistics import CONFIDENCE
from components.core.i18n import _
from components.models.records import Architecture


def roles_addition(architecture: Architecture) -> Addition:
    """Measure the roles of all heads, with interval and p value, and name the heads that earn it."""
    field = "encoder_attentions" if architecture == "encoder-decoder" else "attentions"
    return Addition(
        prose=_(
            "What does each head do whatever the words are? It reads pairs of random texts with the same second half: "
            "in one the first half is the same, so that it repeats itself, in the other it is not. A head has a name "
            "only where its gain is above zero (paired t test over the texts, Holm's correction over all heads and "
            "roles), at least `LEAST_SHARE`, and ahead of every other place `LEAST_LEAD` times. The name is stable if "
            "each of the `SETS` sets of texts says so, and the interval of the gain stays above `LEAST_SHARE`."
        ),
        code=f"""\
# %%
SEED, SETS, LENGTHS = {SEED}, {SETS}, {list(REPEAT_LENGTHS)}
LEVEL, LEAST_SHARE, LEAST_LEAD, CONFIDENCE = {LEVEL}, {LEAST_SHARE}, {LEAST_LEAD}, {CONFIDENCE}

vocabulary = tokenizer.backend_tokenizer.get_vocab(with_added_tokens=False)
words = np.array(sorted(token for piece, token in vocabulary.items() if piece.lstrip("Ġ▁").isalnum()))
example = tokenizer(tokenizer.decode([int(words[0])]), return_special_tokens_mask=True)
ordinary = [index for index, is_special in enumerate(example["special_tokens_mask"]) if not is_special]
before, after = example["input_ids"][: ordinary[0]], example["input_ids"][ordinary[-1] + 1 :]
BEGIN = len(before)
decoder = {{name: ids for name, ids in inputs.items() if name == "decoder_input_ids"}}


def look(first, second):  # [layer, head, query, key]
    ids = torch.tensor([[*before, *first.tolist(), *second.tolist(), *after]])
    with torch.inference_mode():
        layers = model(input_ids=ids, output_attentions=True, **decoder).{field}
    return np.stack([layer[0].numpy() for layer in layers]).astype(np.float64)


{_PLACES}


{_SAMPLES}


{_TEST}


{_NAMES}""",
        keys=("roles",),
    )


_PLACES = """\
def mean_of(values):
    return np.mean(list(values), axis=0)


def offsets(a, rows, n):  # mean weight so many tokens back, where every row has one
    ahead = 0 if CAUSAL else BEGIN + 2 * n - 1 - rows[-1]
    return {lag: a[:, :, rows, rows - lag].mean(axis=-1) for lag in range(-ahead, rows[0] - BEGIN + 1)}


def resting_places(a, rows, n):
    columns = a[:, :, rows].mean(axis=2)
    places = {"first_token": columns[..., 0]}
    return places | ({"separator": columns[..., BEGIN + 2 * n :].sum(axis=-1)} if after else {})"""

_SAMPLES = """\
def samples(n):  # one pair of texts: of each role the score, the score where it is absent, and the other places
    first, second = rng.choice(words, size=(2, n), replace=False)
    plain, repeated = look(first, second), look(second, second)
    found = {}
    rows = np.arange(n) + BEGIN + (n if CAUSAL else n // 2)
    back, resting = offsets(plain, rows, n), resting_places(plain, rows, n)
    for role, target in ({"previous_token": 1, "itself": 0} | ({} if CAUSAL else {"next_token": -1})).items():
        others = {lag: weight for lag, weight in back.items() if lag != target}
        found[role] = back[target], mean_of(others.values()), others | resting
    seen = slice(BEGIN + 1, rows[0]) if CAUSAL else slice(BEGIN, BEGIN + 2 * n)
    ordinary_column = plain[:, :, rows].mean(axis=2)[..., seen].mean(axis=-1)
    for role, score in resting.items():
        columns = len(after) if role == "separator" else 1
        found[role] = score, columns * ordinary_column, back | {k: v for k, v in resting.items() if k != role}
    rows = np.arange(n) + BEGIN + n
    was, back = offsets(plain, rows, n), offsets(repeated, rows, n)
    rested, resting = resting_places(plain, rows, n), resting_places(repeated, rows, n)
    for role, target in {"duplicate_token": n, "induction": n - 1}.items():
        same = {target, 0} if role == "duplicate_token" else {target}
        others = {lag: back[lag] - was[lag] for lag in back if lag not in same}
        others |= {("repeat", n - lag): gain for lag, gain in others.items()}
        found[role] = back[target], was[target], others | {k: resting[k] - rested[k] for k in resting}
    return found


def best_rival(texts):  # the same place in all texts
    places = {place for _, _, others in texts for place in others}
    return np.max([mean_of(others[p] for _, _, others in texts if p in others) for p in places], axis=0)"""

_TEST = """\
nodes, node_weights = np.polynomial.legendre.leggauss(64)


def t_tail(t, freedom):  # P(T > t) of Student's t, without a loss of digits in the tail
    def area(end):
        return end / 2 * (np.sin(end[..., None] / 2 * (nodes + 1)) ** (freedom - 1) @ node_weights)

    return area(np.arctan2(np.sqrt(freedom), t)) / area(np.array(np.pi))


def t_quantile(tail, freedom):
    low, high = 0.0, 1e4
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if t_tail(np.array(middle), freedom) > tail else (low, middle)
    return low


def holm(p):
    order, corrected = np.argsort(p, axis=None), np.empty(p.size)
    corrected[order] = np.minimum(np.maximum.accumulate(p.ravel()[order] * np.arange(p.size, 0, -1)), 1)
    return corrected.reshape(p.shape)"""

_NAMES = """\
def is_large(role, score, gain, rival):
    return (gain >= LEAST_SHARE) & ((gain if role in ("duplicate_token", "induction") else score) >= LEAST_LEAD * rival)


rng = np.random.default_rng(SEED)
pairs = [samples(n) for n in LENGTHS * SETS]
measured, stable = {}, {}
for role in pairs[0]:
    texts = [pair[role] for pair in pairs]
    score, baseline = (np.stack([text[i] for text in texts]) for i in (0, 1))
    gain = score - baseline
    error = np.maximum(gain.std(axis=0, ddof=1), 1e-6) / np.sqrt(len(texts))
    margin = t_quantile((1 - CONFIDENCE) / 2, len(texts) - 1) * error
    mean = gain.mean(axis=0)
    measured[role] = {
        "score": score.mean(axis=0),
        "baseline": baseline.mean(axis=0),
        "gain": mean,
        "low": mean - margin,
        "high": mean + margin,
        "rival": best_rival(texts),
        "p": t_tail(mean / error, len(texts) - 1),
    }
    stable[role] = mean - margin >= LEAST_SHARE
    for i in range(0, len(texts), len(LENGTHS)):
        part = slice(i, i + len(LENGTHS))
        stable[role] &= is_large(role, score[part].mean(axis=0), gain[part].mean(axis=0), best_rival(texts[part]))
for role, corrected in zip(measured, holm(np.stack([numbers["p"] for numbers in measured.values()])), strict=True):
    measured[role]["p_corrected"] = corrected
labels = {}
for role, numbers in measured.items():
    earned = is_large(role, *(numbers[name] for name in ("score", "gain", "rival"))) & (numbers["p_corrected"] < LEVEL)
    for at in map(tuple, np.argwhere(earned).tolist()):
        rank = role in ("duplicate_token", "induction"), numbers["gain"][at]  # a repeat first, else the larger gain
        if at not in labels or rank > labels[at][0]:
            labels[at] = rank, role
roles = {
    "seed": SEED,
    "text_pairs": len(pairs),
    "scores": [
        {"role": role, "layer": layer, "head": head} | {name: float(v[layer, head]) for name, v in numbers.items()}
        for role, numbers in measured.items()
        for layer, head in np.ndindex(weights.shape[:2])
    ],
    "labels": [
        {"layer": layer, "head": head, "role": role, "stable": bool(stable[role][layer, head])}
        for (layer, head), (_, role) in sorted(labels.items())
    ],
}
print(len(labels), "heads have a name, stable for", sum(label["stable"] for label in roles["labels"]))"""
