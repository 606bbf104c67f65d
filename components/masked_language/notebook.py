"""What the page of masked language models exports; see `components/ui/notebooks.py` for how it is filled in."""

# %% [markdown]
# # What a masked language model predicts
# Needs torch and transformers (`pip install torch transformers`).
#
# The built-in models are not on the Hugging Face Hub: run this in the dashboard's project folder, or put the path of the model's folder into `MODEL`.

# %% tags=["parameters"]
MODEL = "components/models/bundled/classroom-bert"
TEXT = "Paris is the [MASK] of [MASK]."
TOP = 8
SEED = 0

# %% tags=["bundled"]
from pathlib import Path

if MODEL.startswith("components/models/bundled") and not Path(MODEL).is_dir():
    raise FileNotFoundError(
        f"{MODEL}: This folder is not here. The built-in models are part of the dashboard's project, not of the "
        "Hugging Face Hub: run this in the project's folder, or put the path of the model's folder into MODEL."
    )

# %% tags=["parameters"]
IDS = [101, 3000, 2003, 1996, 103, 1997, 103, 1012, 102]  # the ids as the page read them: a long text is cut

# %%
import numpy as np
import torch
from transformers import AutoModelForMaskedLM, AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained(MODEL)
model = AutoModelForMaskedLM.from_pretrained(MODEL, dtype=torch.float32).eval()
print(tokenizer(TEXT)["input_ids"])
MASK = tokenizer.mask_token_id
SPECIAL = {id for id, token in tokenizer.added_tokens_decoder.items() if token.special and id != MASK}


def log_probabilities(ids, model=model):  # [position, vocabulary]
    with torch.inference_mode():
        return model(input_ids=torch.tensor([ids])).logits[0].double().log_softmax(-1).numpy()


def candidate(row, id, tokenizer=tokenizer):
    return {"id": id, "token": tokenizer.convert_ids_to_tokens(id), "probability": float(np.exp(row[id]))}


# %% [markdown]
# Each gap gets a probability for every entry of the vocabulary. `pipeline` does the same.

# %% tags=["parameters"]
MOST_GAPS = 8


# %%
def fill(ids, mask, model=model, tokenizer=tokenizer):
    rows = log_probabilities(ids, model)
    positions = [position for position, id in enumerate(ids) if id == mask][:MOST_GAPS]
    best = {position: np.argsort(-rows[position], kind="stable")[:TOP].tolist() for position in positions}
    return [
        {"position": position, "candidates": [candidate(rows[position], id, tokenizer) for id in best[position]]}
        for position in positions
    ]


gaps = fill(IDS, MASK)
for gap in gaps:
    print(gap["position"], [(each["token"], round(each["probability"], 3)) for each in gap["candidates"]])

# %% [markdown]
# One gap after the other, the most probable first: each choice can take the earlier ones into account.

# %%
ids, left, steps = list(IDS), [gap["position"] for gap in gaps], []
while left:
    rows = log_probabilities(ids)
    position = max(left, key=lambda place: rows[place].max())
    id = int(rows[position].argmax())
    steps.append({"position": position, **candidate(rows[position], id)})
    ids[position] = id
    left.remove(position)
print(tokenizer.decode(ids))

# %% [markdown]
# The game of pre-training: the model is asked about 15% of the tokens, and most of these are hidden.

# %% tags=["parameters"]
GAME_IDS = [101, 3000, 2003, 1996, 103, 1997, 103, 1012, 102]
SHARE = 0.15  # of the tokens that are asked about; of these so many are
MASKED = 0.8
REPLACED = 0.1
DRAWS = 20

# %%
can_be_chosen = [i for i, id in enumerate(GAME_IDS) if id not in SPECIAL and id != MASK]
fates_of = [(MASKED, "masked"), (MASKED + REPLACED, "replaced"), (1.0, "kept")]


def puzzle(seed):
    random = np.random.default_rng(seed)
    count = min(len(can_be_chosen), max(1, round(SHARE * len(can_be_chosen))))
    positions = sorted(random.choice(np.array(can_be_chosen, dtype=int), size=count, replace=False).tolist())
    ids, fates = list(GAME_IDS), []
    for position in positions:
        lot, other = random.random(), int(random.integers(model.config.vocab_size))
        fate = next(name for limit, name in fates_of if lot < limit)
        ids[position] = {"masked": MASK, "replaced": other, "kept": ids[position]}[fate]
        fates.append(fate)
    return ids, positions, fates


def play(seed):
    ids, positions, fates = puzzle(seed)
    rows = log_probabilities(ids)
    guesses = []
    for position, fate in zip(positions, fates, strict=True):
        row, truth = rows[position], GAME_IDS[position]
        guess, rank = int(row.argmax()), int((row > row[truth]).sum())
        loss = float(-row[truth])
        guesses.append(
            {"position": position, "fate": fate, "truth": truth, "guess": guess, "loss_nats": loss, "rank": rank}
        )
    return ids, guesses


game = None
if can_be_chosen:
    draws = [play(SEED + draw) for draw in range(DRAWS)]
    every = [guess for _ids, guesses in draws for guess in guesses]
    loss = float(np.mean([guess["loss_nats"] for guess in every]))
    right = float(np.mean([guess["guess"] == guess["truth"] for guess in every]))
    game = {
        "ids": draws[0][0],
        "guesses": draws[0][1],
        "all_draws": {"tokens": len(every), "loss_nats": loss, "accuracy": right},
    }
    print(f"loss {loss:.2f} nats, {right:.0%} right")

# %% [markdown]
# Each token is hidden alone: how surprised is the model by what the text really says?

# %% tags=["parameters"]
SURPRISE_IDS = [101, 3000, 2003, 1996, 103, 1997, 103, 1012, 102]

# %%
nats = {}
for position, id in enumerate(SURPRISE_IDS):
    if id not in SPECIAL and id != MASK:
        hidden = [*SURPRISE_IDS[:position], MASK, *SURPRISE_IDS[position + 1 :]]
        nats[str(position)] = float(-log_probabilities(hidden)[position, id])
surprise = None
if nats:
    surprise = {"nats": nats, "pseudo_perplexity": float(np.exp(np.mean(list(nats.values()))))}
    print(f"pseudo-perplexity {surprise['pseudo_perplexity']:.2f}")

# %%
names = tokenizer.convert_ids_to_tokens(IDS)
tokens = [{"index": index, "id": id, "token": name} for index, (id, name) in enumerate(zip(IDS, names, strict=True))]
result = {"tokens": tokens, "gaps": gaps, "steps": steps, "game": game, "surprise": surprise, "models": {}}

# %% [markdown] tags=["others"]
# The same gaps with other models.

# %% tags=["parameters", "others"]
# where transformers finds each model, and the ids it reads
OTHERS = {
    "classroom-bert": ["components/models/bundled/classroom-bert", [101, 3000, 2003, 1996, 103, 1997, 103, 1012, 102]],
}

# %% tags=["bundled-others"]
from pathlib import Path

for weights, _ids in OTHERS.values():
    if weights.startswith("components/models/bundled") and not Path(weights).is_dir():
        raise FileNotFoundError(
            f"{weights}: This folder is not here. The built-in models are part of the dashboard's project, not of the "
            "Hugging Face Hub: run this in the project's folder, or put the path of the model's folder into OTHERS."
        )

# %% tags=["others"]
for name, (weights, ids) in OTHERS.items():
    other_tokenizer = AutoTokenizer.from_pretrained(weights)
    other = AutoModelForMaskedLM.from_pretrained(weights, dtype=torch.float32).eval()
    result["models"][name] = fill(ids, other_tokenizer.mask_token_id, other, other_tokenizer)
