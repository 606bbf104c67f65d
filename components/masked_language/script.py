"""The view as a Python script that a student can read, run and change (percent format: jupytext makes it a notebook).

It needs torch and transformers only. Its last cell leaves `result`, equal to the exported data.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from components.core.i18n import _
from components.masked_language import game
from components.masked_language.game import MASKED, REPLACED, SHARE
from components.masked_language.gaps import MOST_GAPS
from components.masked_language.reading import Reading
from components.models.loadable import require_folders


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What the script computes.

    Attributes
    ----------
    weights
        Where transformers finds the model: a Hub id or a folder.
    reading
        What the model read: its ids, cut where the text was too long.
    game_ids, surprise_ids
        The part of it that the game and the measure of surprise read.
    others
        The models beside it: where transformers finds each and the ids it read, by the name in the result.
    """

    weights: str
    reading: Reading
    game_ids: tuple[int, ...]
    surprise_ids: tuple[int, ...]
    top: int
    seed: int
    others: Mapping[str, tuple[str, tuple[int, ...]]]


def script(recipe: Recipe) -> str:
    """Return the Python text, with the explanations in the visitor's language."""
    cells = [
        _prose(
            _(
                "# What a masked language model predicts\n"
                "Needs torch and transformers (`pip install torch transformers`).\n\n"
                "The classroom models are not on the Hugging Face Hub: run this in the dashboard's project folder, or "
                "put the path of the model's folder into `MODEL`."
            )
        ),
        _load(recipe),
        _prose(_("Each gap gets a probability for every entry of the vocabulary. `pipeline` does the same.")),
        _GAPS % {"most": MOST_GAPS},
        _prose(_("One gap after the other, the surest first: each choice can heed the ones before it.")),
        _STEPS,
        _prose(_("The puzzle of pre-training: 15% of the tokens are asked about, most of them hidden.")),
        _GAME
        % {
            "ids": list(recipe.game_ids),
            "share": SHARE,
            "masked": MASKED,
            "seen": MASKED + REPLACED,
            "draws": game.DRAWS,
        },
        _prose(_("Each token hidden alone: how surprised is the model by what really stands there?")),
        _SURPRISE % {"ids": list(recipe.surprise_ids)},
        *([_prose(_("The same gaps with other models.")), _others(recipe)] if recipe.others else []),
        _LAST % {"others": "models" if recipe.others else "{}"},
    ]
    return "\n\n".join(cells) + "\n"


def _prose(text: str) -> str:
    return "# %% [markdown]\n" + "\n".join(f"# {line}".rstrip() for line in text.split("\n"))


def _load(recipe: Recipe) -> str:
    # repr keeps a text on one line, whatever is in it: no "# %%" of a visitor can start a cell
    return f"""\
# %%
import numpy as np
import torch
from transformers import AutoModelForMaskedLM, AutoTokenizer

MODEL = {recipe.weights!r}
TEXT = {recipe.reading.text!r}
TOP, SEED = {recipe.top}, {recipe.seed}

{require_folders({"MODEL": recipe.weights})}tokenizer = AutoTokenizer.from_pretrained(MODEL)
model = AutoModelForMaskedLM.from_pretrained(MODEL, dtype=torch.float32).eval()
print(tokenizer(TEXT)["input_ids"])
# the ids as the page read them: a long text is cut
IDS = {list(recipe.reading.ids)}
MASK = tokenizer.mask_token_id
SPECIAL = {{id for id, token in tokenizer.added_tokens_decoder.items() if token.special and id != MASK}}


def log_probabilities(ids, model=model):  # [position, vocabulary]
    with torch.inference_mode():
        return model(input_ids=torch.tensor([ids])).logits[0].double().log_softmax(-1).numpy()


def candidate(row, id, tokenizer=tokenizer):
    return {{"id": id, "token": tokenizer.convert_ids_to_tokens(id), "probability": float(np.exp(row[id]))}}"""


_GAPS: Final = """\
# %%%%
def fill(ids, mask, model=model, tokenizer=tokenizer):
    rows = log_probabilities(ids, model)
    positions = [position for position, id in enumerate(ids) if id == mask][:MOST_GAPS]
    best = {position: np.argsort(-rows[position], kind="stable")[:TOP].tolist() for position in positions}
    return [
        {"position": position, "candidates": [candidate(rows[position], id, tokenizer) for id in best[position]]}
        for position in positions
    ]


MOST_GAPS = %(most)s
gaps = fill(IDS, MASK)
for gap in gaps:
    print(gap["position"], [(each["token"], round(each["probability"], 3)) for each in gap["candidates"]])"""

_STEPS: Final = """\
# %%
ids, left, steps = list(IDS), [gap["position"] for gap in gaps], []
while left:
    rows = log_probabilities(ids)
    position = max(left, key=lambda place: rows[place].max())
    id = int(rows[position].argmax())
    steps.append({"position": position, **candidate(rows[position], id)})
    ids[position] = id
    left.remove(position)
print(tokenizer.decode(ids))"""

_GAME: Final = """\
# %%%%
GAME_IDS = %(ids)s
can_be_chosen = [i for i, id in enumerate(GAME_IDS) if id not in SPECIAL and id != MASK]
fates_of = [(%(masked)s, "masked"), (%(seen)s, "replaced"), (1.0, "kept")]


def puzzle(seed):
    random = np.random.default_rng(seed)
    count = min(len(can_be_chosen), max(1, round(%(share)s * len(can_be_chosen))))
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
    for position, fate in zip(positions, fates):
        row, truth = rows[position], GAME_IDS[position]
        guess, rank = int(row.argmax()), int((row > row[truth]).sum())
        loss = float(-row[truth])
        guesses.append(
            {"position": position, "fate": fate, "truth": truth, "guess": guess, "loss_nats": loss, "rank": rank}
        )
    return ids, guesses


game = None
if can_be_chosen:
    draws = [play(SEED + draw) for draw in range(%(draws)s)]
    every = [guess for _ids, guesses in draws for guess in guesses]
    loss = float(np.mean([guess["loss_nats"] for guess in every]))
    right = float(np.mean([guess["guess"] == guess["truth"] for guess in every]))
    game = {
        "ids": draws[0][0],
        "guesses": draws[0][1],
        "all_draws": {"tokens": len(every), "loss_nats": loss, "accuracy": right},
    }
    print(f"loss {loss:.2f} nats, {right:.0%%} right")"""

_SURPRISE: Final = """\
# %%%%
SURPRISE_IDS = %(ids)s
nats = {}
for position, id in enumerate(SURPRISE_IDS):
    if id not in SPECIAL and id != MASK:
        hidden = [*SURPRISE_IDS[:position], MASK, *SURPRISE_IDS[position + 1 :]]
        nats[str(position)] = float(-log_probabilities(hidden)[position, id])
surprise = None
if nats:
    surprise = {"nats": nats, "pseudo_perplexity": float(np.exp(np.mean(list(nats.values()))))}
    print(f"pseudo-perplexity {surprise['pseudo_perplexity']:.2f}")"""

_LAST: Final = """\
# %%%%
names = tokenizer.convert_ids_to_tokens(IDS)
tokens = [{"index": index, "id": id, "token": name} for index, (id, name) in enumerate(zip(IDS, names))]
result = {"tokens": tokens, "gaps": gaps, "steps": steps, "game": game, "surprise": surprise, "models": %(others)s}"""


def _others(recipe: Recipe) -> str:
    rows = "\n".join(f"    {name!r}: ({weights!r}, {list(ids)})," for name, (weights, ids) in recipe.others.items())
    checks = require_folders({f"OTHERS[{name!r}][0]": weights for name, (weights, _ids) in recipe.others.items()})
    return f"""\
# %%
OTHERS = {{
{rows}
}}
{checks}models = {{}}
for name, (weights, ids) in OTHERS.items():
    other_tokenizer = AutoTokenizer.from_pretrained(weights)
    other = AutoModelForMaskedLM.from_pretrained(weights, dtype=torch.float32).eval()
    models[name] = fill(ids, other_tokenizer.mask_token_id, other, other_tokenizer)"""
