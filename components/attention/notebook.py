"""What the attention page exports; see `components/ui/notebooks.py` for how it is filled in.

The roles of heads, the rankings and the correlations are computed here once more with NumPy alone, as the modules of this
package compute them; `tests/app/test_exports.py` compares both.
"""

# %% [markdown]
# # What the heads of a Transformer look at
# Needs torch, transformers and bertviz (`pip install torch transformers bertviz six`).
#
# The built-in models are not on the Hugging Face Hub: run this in the dashboard's project folder, or put the path of the model's folder into `MODEL`.

# %% tags=["parameters"]
MODEL = "components/models/bundled/classroom-bert"
TEXT = "The cat sat on the mat because it was tired."
TEXT_B = None
LAYER = 3
HEAD = 1

# %% tags=["bundled"]
from pathlib import Path

if MODEL.startswith("components/models/bundled") and not Path(MODEL).is_dir():
    raise FileNotFoundError(
        f"{MODEL}: This folder is not here. The built-in models are part of the dashboard's project, not of the "
        "Hugging Face Hub: run this in the project's folder, or put the path of the model's folder into MODEL."
    )

# %%
import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained(MODEL)
model = AutoModel.from_pretrained(MODEL, attn_implementation="eager", dtype=torch.float32).eval()

# %% [markdown]
# `eager` makes the model keep its attention shares, and `outputs.attentions` holds them: one tensor a layer, `[text, head, query, key]`. Do not take `outputs[-1]`: it may be something else.

# %% tags=["parameters"]
# the ids as the page read them: a long text is cut, and what the model wrote itself is part of them
INPUTS = {"input_ids": [101, 1996, 4937, 2938, 2006, 1996, 13523, 2138, 2009, 2001, 5458, 1012, 102]}
KIND = "encoder"  # "decoder": no token looks at a later one; "cross": a decoder looks at the encoder's tokens
ATTENTIONS = "attentions"  # of an encoder-decoder: encoder_attentions, decoder_attentions or cross_attentions
QUERIES = "input_ids"  # the tokens that look
KEYS = "input_ids"  # the tokens that are looked at

# %%
CAUSAL, CROSS = KIND == "decoder", KIND == "cross"
print(tokenizer(TEXT, TEXT_B)["input_ids"])
inputs = {name: torch.tensor([ids]) for name, ids in INPUTS.items()}
with torch.inference_mode():
    outputs = model(**inputs, output_attentions=True)
attention = outputs[ATTENTIONS]
tokens = tokenizer.convert_ids_to_tokens(INPUTS[QUERIES])
key_tokens = tokenizer.convert_ids_to_tokens(INPUTS[KEYS])
weights = np.stack([layer[0].numpy() for layer in attention])  # [layer, head, query, key]
for token, weight in zip(key_tokens, weights[LAYER, HEAD].mean(axis=0), strict=True):
    print(f"{token:>14} {weight:.3f}  mean weight in layer {LAYER}, head {HEAD}")

# %% [markdown]
# BertViz draws them. A notebook shows the views; a script skips over them.

# %% tags=["cross"]
from bertviz import head_view

head_view(cross_attention=attention, decoder_tokens=tokens, encoder_tokens=key_tokens, include_layers=[LAYER])

# %% tags=["parameters", "self"]
SENTENCE_B_START = None  # where the second text of a pair begins

# %% tags=["self"]
from bertviz import head_view, model_view

# one layer: BertViz writes every number into the page as text, and all layers of a long text make it huge
head_view(attention, tokens, sentence_b_start=SENTENCE_B_START, include_layers=[LAYER], heads=[HEAD])
model_view(attention, tokens, sentence_b_start=SENTENCE_B_START, include_layers=[LAYER], display_mode="light")

# %% [markdown] tags=["sink"]
# The numbers of every head. The shares of a row add up to less than 1: the rest goes to a learned sink beside the tokens, which adds nothing to the output.

# %% [markdown] tags=["no-sink"]
# The numbers of every head. The shares of each row add up to 1.

# %% tags=["parameters"]
HAS_SINK = False


# %%
def mean(values):
    return float(values.mean()) if values.size else None


def measure(a):  # one head, [query, key]
    a = a.astype(np.float64)
    rows, columns = a.shape
    row_entropy = -np.sum(a * np.log(a, out=np.zeros_like(a), where=a > 0), axis=-1)
    can_see = np.arange(1, rows + 1) if CAUSAL else np.full(rows, columns)
    sink = np.clip(1 - a.sum(axis=-1), 0, 1) if HAS_SINK else np.zeros(rows)
    if HAS_SINK:  # one thing more to look at
        row_entropy -= sink * np.log(sink, out=np.zeros_like(sink), where=sink > 0)
        can_see = can_see + 1
    several = can_see > 1  # the first row of a decoder is [1, 0, ...] by definition and says nothing
    found = {"entropy_nats": mean(row_entropy), "entropy": mean(row_entropy[several] / np.log(can_see[several]))}
    found["sink"] = mean(sink) if HAS_SINK else None
    if CROSS:  # query and key stand in different texts: there is no distance and no token before
        nothing = ("mean_distance", "previous_token", "next_token", "first_token", "itself", "separator", "same_token")
        return found | dict.fromkeys(nothing)
    first = 1 if CAUSAL else 0
    position = np.arange(columns)
    twins = (key_ids[:, None] == key_ids) & (position[:, None] != position)
    twins &= np.tri(rows, dtype=bool) if CAUSAL else True
    return found | {
        "mean_distance": mean((a * np.abs(position[:, None] - position)).sum(axis=-1)),
        "previous_token": mean(a.diagonal(-1)),
        "next_token": None if CAUSAL else mean(a.diagonal(1)),
        "first_token": mean(a[1:, 0]),
        "itself": mean(a.diagonal()[first:]),
        "separator": mean(a[first:, separators].sum(axis=-1)) if separators.any() else None,
        "same_token": mean((a * twins).sum(axis=-1)[twins.any(axis=-1)]),
    }


key_ids = np.array(INPUTS[KEYS])
special = set(tokenizer.all_special_ids) - {tokenizer.mask_token_id}
separators = np.array([index > 0 and token in special for index, token in enumerate(INPUTS[KEYS])])
heads = [
    {"layer": layer, "head": head} | measure(weights[layer, head])
    for layer in range(weights.shape[0])
    for head in range(weights.shape[1])
]
print("most evenly spread:", max(heads, key=lambda row: row["entropy"]))

# %% tags=["parameters"]
LAYERS = [0, 1, 2, 3, 4, 5]  # whose weights are in the result
HEADS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]


# %%
def described(pieces, ids):
    return [
        {"index": index, "id": token, "token": piece, "special": token in special}
        for index, (piece, token) in enumerate(zip(pieces, ids, strict=True))
    ]


result = {
    "kind": KIND,
    "tokens": described(tokens, INPUTS[QUERIES]),
    "key_tokens": described(key_tokens, INPUTS[KEYS]),
    "layers": LAYERS,
    "heads_of": HEADS,
    "attention": [[weights[layer, head].tolist() for head in HEADS] for layer in LAYERS],
    "precision": str(weights.dtype),
    "heads": heads,
}

# %% tags=["sink"]
result["sink_share"] = [[(1 - weights[layer, head].sum(axis=-1)).tolist() for head in HEADS] for layer in LAYERS]

# %% [markdown] tags=["self"]
# Rollout follows how tokens are mixed through the layers.

# %% tags=["self"]
# Abnar and Zuidema 2020: half stays (the residual connection), half is what the heads bring; each layer from the left
rolled = np.eye(weights.shape[-1])
for layer in weights.astype(np.float64):
    rolled = (0.5 * layer.mean(axis=0) + 0.5 * np.eye(len(rolled))) @ rolled
print("rows of rollout sum to", rolled.sum(axis=-1).round(6))
result["rollout"] = rolled.tolist()

# %% [markdown] tags=["neuron"]
# The neuron view needs queries and keys, so bertviz brings a BERT of its own. It takes over the weights, and then this is the call of the course.

# %% tags=["neuron"]
from bertviz.neuron_view import show
from bertviz.transformers_neuron_view import BertConfig, BertModel

config = model.config.to_dict()
names = (
    "hidden_size",
    "num_hidden_layers",
    "num_attention_heads",
    "intermediate_size",
    "hidden_act",
    "max_position_embeddings",
    "type_vocab_size",
    "layer_norm_eps",
)
watched = BertModel(BertConfig(config["vocab_size"], **{name: config[name] for name in names}))
watched.load_state_dict(model.state_dict(), strict=False)
watched.eval()
show(watched, "bert", tokenizer, TEXT, TEXT_B, display_mode="light", layer=LAYER, head=HEAD)

# %% [markdown] tags=["metrics"]
# What does each head do whatever the words are? It reads pairs of random texts with the same second half: in one the first half is the same, so that it repeats itself, in the other it is not. A head has a name only where its gain is above zero (paired t test over the texts, Holm's correction over all heads and roles), at least `LEAST_SHARE`, and ahead of every other place `LEAST_LEAD` times. The name is stable if each of the `SETS` sets of texts says so, and the interval of the gain stays above `LEAST_SHARE`.

# %% tags=["parameters", "metrics"]
SEED = 0
SETS = 4
LENGTHS = [12, 16, 20, 24]
LEVEL = 0.05
LEAST_SHARE = 0.1
LEAST_LEAD = 2.0
CONFIDENCE = 0.95

# %% tags=["metrics"]
vocabulary = tokenizer.backend_tokenizer.get_vocab(with_added_tokens=False)
words = np.array(sorted(token for piece, token in vocabulary.items() if piece.lstrip("Ġ▁").isalnum()))
example = tokenizer(tokenizer.decode([int(words[0])]), return_special_tokens_mask=True)
ordinary = [index for index, is_special in enumerate(example["special_tokens_mask"]) if not is_special]
before, after = example["input_ids"][: ordinary[0]], example["input_ids"][ordinary[-1] + 1 :]
BEGIN = len(before)
decoder = {name: ids for name, ids in inputs.items() if name == "decoder_input_ids"}


def look(first, second):  # [layer, head, query, key]
    ids = torch.tensor([[*before, *first.tolist(), *second.tolist(), *after]])
    with torch.inference_mode():
        layers = model(input_ids=ids, output_attentions=True, **decoder)[ATTENTIONS]
    return np.stack([layer[0].numpy() for layer in layers]).astype(np.float64)


def mean_of(values):
    return np.mean(list(values), axis=0)


def offsets(a, rows, n):  # mean weight so many tokens back, where every row has one
    ahead = 0 if CAUSAL else BEGIN + 2 * n - 1 - rows[-1]
    return {lag: a[:, :, rows, rows - lag].mean(axis=-1) for lag in range(-ahead, rows[0] - BEGIN + 1)}


def resting_places(a, rows, n):
    columns = a[:, :, rows].mean(axis=2)
    places = {"first_token": columns[..., 0]}
    return places | ({"separator": columns[..., BEGIN + 2 * n :].sum(axis=-1)} if after else {})


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
    return np.max([mean_of(others[p] for _, _, others in texts if p in others) for p in places], axis=0)


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
    return corrected.reshape(p.shape)


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
print(len(labels), "heads have a name, stable for", sum(label["stable"] for label in roles["labels"]))
result["roles"] = roles

# %% [markdown] tags=["rollout"]
# Which tokens mattered? Mean attention, rollout and flow only look at shares; the effect is measured: no other token may look at the hidden one, and the prediction moves by so many nats.

# %% [markdown] tags=["ablation"]
# What is a head good for? Switch it off and see how the prediction changes. transformers lets you put in an attention function of your own: this one lets PyTorch compute, and then overwrites the output of the heads.

# %% tags=["parameters", "rollout", "ablation"]
POSITION = 8  # where the prediction is measured

# %% tags=["causal-lm"]
from transformers import AutoModelForCausalLM

predicting = AutoModelForCausalLM.from_pretrained(MODEL, dtype=torch.float32).eval()

# %% tags=["masked-lm"]
from transformers import AutoModelForMaskedLM

predicting = AutoModelForMaskedLM.from_pretrained(MODEL, dtype=torch.float32).eval()

# %% tags=["rollout", "ablation"]
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

AttentionInterface.register("ours", sdpa_attention_forward)
AttentionMaskInterface.register("ours", sdpa_mask)
predicting.set_attn_implementation("ours")


def predict(position, given=inputs, attend=sdpa_attention_forward):
    AttentionInterface.register("ours", attend)
    with torch.inference_mode():
        return predicting(**given).logits[0, position].double().log_softmax(-1)


# %% tags=["rollout", "ranking"]
def groups(row):  # of equal values; float32 tells no neighbours apart that differ by less than this
    order = np.argsort(row, kind="stable")
    found = np.zeros(len(row), dtype=int)
    found[order[1:]] = (np.diff(row[order]) > 1e-5 * np.abs(row).max(initial=0.0)).cumsum()
    return found


def mean_ranks(rows):  # equal values share the mean of the ranks they take up
    ranked = []
    for group in map(groups, rows):
        sizes = np.bincount(group)
        ranked.append((sizes.cumsum() - (sizes - 1) / 2)[group])
    return np.array(ranked)


def correlate(ranks):
    centred = ranks - ranks.mean(axis=1, keepdims=True)
    lengths = np.sqrt((centred**2).sum(axis=1))
    with np.errstate(invalid="ignore"):
        return np.clip(centred @ centred.T / np.outer(lengths, lengths), -1.0, 1.0)


# %% tags=["rollout"]
import itertools


def effect(token):
    if token == POSITION:
        return None

    def attend(module, query, key, value, mask, **options):
        side = query.shape[2]
        mask = torch.full((side, side), -torch.inf).triu(1) if CAUSAL else torch.zeros(side, side)
        mask[:, token] = torch.where(torch.arange(side) == token, 0.0, -torch.inf)
        return sdpa_attention_forward(module, query, key, value, mask[None, None], **options)

    after = predict(POSITION, attend=attend)
    return max(0.0, float((before.exp() * (before - after)).sum()))


def number(value):
    return None if np.isnan(value) else float(value)


def rank_correlations(methods):
    rows = np.array([[np.nan if value is None else value for value in importance[name]] for name in methods])
    rows = np.array([groups(row) for row in rows[:, np.isfinite(rows).all(axis=0)]])
    count, ranks = rows.shape[1], mean_ranks(rows)
    spearman = correlate(ranks)
    low, high, p_value = (np.full(spearman.shape, np.nan) for _ in range(3))
    if count >= 5:  # bootstrap over the tokens
        drawn = np.random.default_rng(0).integers(0, count, (1000, count))
        resampled = np.array([correlate(mean_ranks(rows[:, which])) for which in drawn])
    # orders of the tokens: all of up to 7 (every one is listed), else drawn ones, and the measured one beside them
    orders, measured = np.array(list(itertools.permutations(range(min(count, 7))))), 0
    if count > 7:
        orders, measured = np.random.default_rng(0).permuted(np.tile(np.arange(count), (4999, 1)), axis=1), 1
    centred = ranks - ranks.mean(axis=1, keepdims=True)
    lengths = np.sqrt((centred**2).sum(axis=1))
    for one, other in itertools.product(range(len(methods)), repeat=2):
        if not np.isfinite(spearman[one, other]):
            continue
        if count >= 5:
            said = resampled[:, one, other]
            low[one, other], high[one, other] = np.quantile(said[np.isfinite(said)], [0.025, 0.975])
        if other >= one:
            shuffled = centred[other][orders] @ centred[one] / (lengths[one] * lengths[other])
            as_strong = int((np.abs(shuffled) >= abs(spearman[one, other]) - 1e-9).sum())
            p_value[one, other] = p_value[other, one] = (as_strong + measured) / (len(orders) + measured)
    found = {"spearman": spearman, "low": low, "high": high, "p_value": p_value}
    return {"methods": methods, "tokens": count} | {
        name: [[number(value) for value in row] for row in matrix] for name, matrix in found.items()
    }


importance = {
    "position": POSITION,
    "raw": weights.astype(np.float64).mean(axis=(0, 1))[POSITION].tolist(),
    "rollout": rolled[POSITION].tolist(),
}

# %% tags=["flow"]
import networkx

pipes = networkx.DiGraph()  # node (layer, token); the text stands in layer 0
for layer, heads_of_layer in enumerate(weights.astype(np.float64), start=1):
    mixed = 0.5 * heads_of_layer.mean(axis=0) + 0.5 * np.eye(len(tokens))
    for query, key in np.argwhere(mixed > 1e-9).tolist():
        pipes.add_edge((layer, query), (layer - 1, key), capacity=mixed[query, key])


def flow(key):
    return float(networkx.maximum_flow_value(pipes, (len(weights), POSITION), (0, key)))


importance["flow"] = [flow(key) for key in range(len(tokens))]

# %% tags=["rollout"]
before = predict(POSITION)
importance["effect"] = [effect(token) for token in range(len(tokens))]
importance["rank_correlations"] = rank_correlations([name for name in importance if name != "position"])
print("most missed:", tokens[max(range(len(tokens)), key=lambda token: importance["effect"][token] or 0)])
result["importance"] = importance

# %% tags=["parameters", "ablation"]
OFF = [[3, 1]]  # layer and head of those that are switched off
REPLACEMENT = "zero"  # what a head says instead: "zero", its own "mean", or "resample" from other texts
DONORS = []  # ids of the texts whose heads lend what they say there, where it is resampled


# %% tags=["ablation"]
def listen(position, given=inputs):  # the prediction, and of each layer what its heads say: [token, head, dim]
    said = []

    def attend(*arguments, **options):
        output, nothing = sdpa_attention_forward(*arguments, **options)  # [text, token, head, dim]
        said.append(output[0].clone())
        return output, nothing

    return predict(position, given, attend), said


def predict_without(heads, position, said, donors, given=inputs):
    layers = iter(range(len(said)))

    def attend(*arguments, **options):
        output, nothing = sdpa_attention_forward(*arguments, **options)
        layer = next(layers)
        for head in [head for off_layer, head in heads if off_layer == layer]:
            output[:, :, head] = instead(said[layer], [text[layer] for text in donors])[:, head]
        return output, nothing

    return predict(position, given, attend)


def instead(said, donors):  # of one layer, [token, head, dim]
    if REPLACEMENT == "zero":
        return torch.zeros_like(said)
    if REPLACEMENT == "mean":
        return said.mean(dim=0, keepdim=True)
    # resample: at each position what the heads say at a drawn position of other texts
    pool = torch.cat(donors)
    return pool[np.random.default_rng(0).integers(0, len(pool), len(said))]


before, said = listen(POSITION)
after = predict_without(OFF, POSITION, said, [listen(0, {"input_ids": torch.tensor([ids])})[1] for ids in DONORS])
was, became = before.exp(), after.exp()
shown = was.argsort(descending=True, stable=True)[:5].tolist()
changed = (became - was).abs().argsort(descending=True, stable=True)[:10].tolist()
shown += [token for token in changed if token not in shown]
ablation = {
    "heads": OFF,
    "replacement": REPLACEMENT,
    "position": POSITION,
    "kl_nats": max(0.0, float((was * (before - after)).sum())),
    "tokens": [
        {"id": token, "token": piece, "before": float(was[token]), "after": float(became[token])}
        for token, piece in zip(shown, tokenizer.convert_ids_to_tokens(shown), strict=True)
    ],
}
print("KL divergence in nats:", ablation["kl_nats"])
result["ablation"] = ablation

# %% [markdown] tags=["ranking"]
# Which heads matter? Each is switched off alone, in every text, and the order is that of the mean over the texts that come with the page. The intervals are bootstraps over these texts.

# %% tags=["parameters", "ranking"]
TEXTS = [
    {"ids": [101, 3000, 2003, 1996, 3007, 1997, 103, 1012, 102], "position": 6, "own": False},
    {"ids": [101, 1045, 3191, 1037, 2204, 103, 1012, 102], "position": 5, "own": False},
    {"ids": [101, 1996, 103, 2938, 2006, 1996, 13523, 1012, 102], "position": 2, "own": False},
    {"ids": [101, 1996, 4937, 2938, 2006, 1996, 13523, 2138, 2009, 2001, 5458, 1012, 102], "position": 8, "own": True},
]

# %% tags=["ranking"]
shape = weights.shape[:2]  # layers and heads
given = [inputs if text["own"] else {"input_ids": torch.tensor([text["ids"]])} for text in TEXTS]
listened = [listen(text["position"], each) for text, each in zip(TEXTS, given, strict=True)]
donors = [said for _before, said in listened[:-1]]


def effects(number):
    before, said = listened[number]
    found = np.zeros(shape)
    for head in np.ndindex(*shape):
        others = donors[:number] + donors[number + 1 :]
        after = predict_without([head], TEXTS[number]["position"], said, others, given[number])
        found[head] = max(0.0, float((before.exp() * (before - after)).sum()))
    return found


def spearman(one, other):
    return float(correlate(mean_ranks([one.ravel(), other.ravel()]))[0, 1])


kl_nats = np.array([effects(number) for number in range(len(TEXTS))])
of_set, own = kl_nats[:-1], kl_nats[-1]
drawn = np.random.default_rng(0).integers(0, len(of_set), (2000, len(of_set)))
means = np.array([of_set[which].mean(axis=0) for which in drawn])
low, high = np.quantile(means, [0.025, 0.975], axis=0)
first = np.bincount(means.reshape(len(means), -1).argmax(axis=1), minlength=own.size) / len(means)
between = [spearman(one, other) for number, one in enumerate(of_set) for other in of_set[number + 1 :]]
ranking = {
    "replacement": REPLACEMENT,
    "seed": 0,
    "texts": TEXTS,
    "kl_nats": kl_nats.tolist(),
    "mean": of_set.mean(axis=0).tolist(),
    "low": low.tolist(),
    "high": high.tolist(),
    "first_share": first.reshape(shape).tolist(),
    "spearman_between_texts": {"mean": sum(between) / len(between), "lowest": min(between), "highest": max(between)},
    "spearman_own_text": spearman(own, of_set.mean(axis=0)),
}
print("order of the heads, mean correlation between two texts:", ranking["spearman_between_texts"]["mean"])
result["ranking"] = ranking
