"""The view as a Python script that a student can read, run and change (percent format: jupytext makes it a notebook).

It uses transformers the way a course does (`output_attentions=True`, `outputs.attentions`) and BertViz's own functions.
Its last cell leaves `result`, equal to the exported data.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from components.attention.script_views import Addition
from components.core.i18n import _
from components.models.loadable import require_folders
from components.models.recording import Kind
from components.models.records import Architecture


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What the script computes.

    Attributes
    ----------
    weights
        Where transformers finds the model: a Hub id or a folder.
    ids, type_ids, target_ids
        What the model read, as it was read: cut where the text was too long, and with what the model wrote itself.
    has_sink
        Whether a learned sink beside the tokens takes a share of each row.
    layers, heads
        Whose weights stand in the result.
    addition
        What the script does for the chosen view only.
    """

    weights: str
    architecture: Architecture
    kind: Kind
    text: str
    text_b: str | None
    ids: tuple[int, ...]
    type_ids: tuple[int, ...]
    target_ids: tuple[int, ...]
    layer: int
    head: int
    has_sink: bool
    layers: tuple[int, ...]
    heads: tuple[int, ...]
    addition: Addition | None = None


def script(recipe: Recipe) -> str:
    """Return the Python text, with the explanations in the visitor's language."""
    cells = [
        _prose(
            _(
                "# What the heads of a Transformer look at\n"
                "Needs torch, transformers and bertviz (`pip install torch transformers bertviz six`).\n\n"
                "The classroom models are not on the Hugging Face Hub: run this in the dashboard's project folder, or "
                "put the path of the model's folder into `MODEL`."
            )
        ),
        _load(recipe),
        _prose(
            _(
                "`eager` makes the model keep its weights, and `outputs.attentions` holds them: one tensor a layer, "
                "`[text, head, query, key]`. Do not take `outputs[-1]`: it may be something else."
            )
        ),
        _forward(recipe),
        _prose(_("BertViz draws them. A notebook shows the views; a script skips over them.")),
        _bertviz(recipe),
        _prose(
            _(
                "The numbers of every head. A row of weights sums to less than 1: the rest is the share of a learned "
                "sink beside the tokens, which adds nothing to the output."
            )
            if recipe.has_sink
            else _("The numbers of every head. Each row of weights sums to 1.")
        ),
        measure_cell(has_sink=recipe.has_sink),
        *([_prose(_("Rollout follows the mixing through the layers.")), _ROLLOUT] if recipe.kind != "cross" else []),
        *([_prose(recipe.addition.prose), recipe.addition.code] if recipe.addition else []),
        _last(recipe),
    ]
    return "\n\n".join(cells) + "\n"


def _prose(text: str) -> str:
    return "# %% [markdown]\n" + "\n".join(f"# {line}".rstrip() for line in text.split("\n"))


def _load(recipe: Recipe) -> str:
    classes = {"encoder": "AutoModel", "decoder": "AutoModel", "encoder-decoder": "AutoModelForSeq2SeqLM"}
    auto = classes[recipe.architecture]
    # repr keeps a text on one line, whatever is in it: no "# %%" of a visitor can start a cell
    return f"""\
# %%
import numpy as np
import torch
from transformers import {auto}, AutoTokenizer

MODEL = {recipe.weights!r}
TEXT = {recipe.text!r}
TEXT_B = {recipe.text_b!r}
LAYER, HEAD = {recipe.layer}, {recipe.head}

{require_folders({"MODEL": recipe.weights})}tokenizer = AutoTokenizer.from_pretrained(MODEL)
model = {auto}.from_pretrained(MODEL, attn_implementation="eager", dtype=torch.float32).eval()"""


_FIELDS: Final[dict[Kind, str]] = {
    "encoder": "encoder_attentions",
    "decoder": "decoder_attentions",
    "cross": "cross_attentions",
}


def _forward(recipe: Recipe) -> str:
    field, query_ids, key_ids = "attentions", "input_ids", "input_ids"
    tensors = [("input_ids", recipe.ids)]
    if recipe.architecture == "encoder-decoder":
        tensors.append(("decoder_input_ids", recipe.target_ids))
        field = _FIELDS[recipe.kind]
        query_ids = "input_ids" if recipe.kind == "encoder" else "decoder_input_ids"
        key_ids = "decoder_input_ids" if recipe.kind == "decoder" else "input_ids"
    elif any(recipe.type_ids):
        tensors.append(("token_type_ids", recipe.type_ids))
    lines = "\n".join(f'    "{name}": torch.tensor([{list(ids)}]),' for name, ids in tensors)
    return f"""\
# %%
CAUSAL, CROSS = {recipe.kind == "decoder"}, {recipe.kind == "cross"}
QUERIES, KEYS = {query_ids!r}, {key_ids!r}
print(tokenizer(TEXT, TEXT_B)["input_ids"])
# the ids as the page read them: a long text is cut, and what the model wrote itself is part of them
inputs = {{
{lines}
}}
with torch.inference_mode():
    outputs = model(**inputs, output_attentions=True)
attention = outputs.{field}
tokens = tokenizer.convert_ids_to_tokens(inputs[QUERIES][0].tolist())
key_tokens = tokenizer.convert_ids_to_tokens(inputs[KEYS][0].tolist())
weights = np.stack([layer[0].numpy() for layer in attention])  # [layer, head, query, key]
for token, weight in zip(key_tokens, weights[LAYER, HEAD].mean(axis=0), strict=True):
    print(f"{{token:>14}} {{weight:.3f}}  mean weight in layer {{LAYER}}, head {{HEAD}}")"""


def _bertviz(recipe: Recipe) -> str:
    if recipe.kind == "cross":
        return (
            "# %%\nfrom bertviz import head_view\n\n"
            "head_view(\n    cross_attention=attention, decoder_tokens=tokens, encoder_tokens=key_tokens, "
            "include_layers=[LAYER]\n)"
        )
    second = next((index for index, segment in enumerate(recipe.type_ids) if segment), None)
    pair = "" if second is None or recipe.kind != "encoder" else f", sentence_b_start={second}"
    return f"""\
# %%
from bertviz import head_view, model_view

# one layer: BertViz writes every number into the page as text, and all layers of a long text make it huge
head_view(attention, tokens{pair}, include_layers=[LAYER], heads=[HEAD])
model_view(attention, tokens{pair}, include_layers=[LAYER], display_mode="light")"""


def measure_cell(*, has_sink: bool) -> str:
    """Return the cell that measures every head."""
    return f"# %%\nHAS_SINK = {has_sink}\n\n\n{_MEASURE}"


_MEASURE = """\
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


key_ids = inputs[KEYS][0].numpy()
special = set(tokenizer.all_special_ids) - {tokenizer.mask_token_id}
separators = np.array([index > 0 and token in special for index, token in enumerate(key_ids.tolist())])
heads = [
    {"layer": layer, "head": head} | measure(weights[layer, head])
    for layer in range(weights.shape[0])
    for head in range(weights.shape[1])
]
print("most evenly spread:", max(heads, key=lambda row: row["entropy"]))"""

_ROLLOUT = """\
# %%
# Abnar and Zuidema 2020: half stays (the residual connection), half is what the heads bring; each layer from the left
rolled = np.eye(weights.shape[-1])
for layer in weights.astype(np.float64):
    rolled = (0.5 * layer.mean(axis=0) + 0.5 * np.eye(len(rolled))) @ rolled
print("rows of rollout sum to", rolled.sum(axis=-1).round(6))"""


def _last(recipe: Recipe) -> str:
    rollout = '    "rollout": rolled.tolist(),\n' if recipe.kind != "cross" else ""
    shares = "[[(1 - weights[layer, head].sum(axis=-1)).tolist() for head in HEADS] for layer in LAYERS]"
    sink = f'    "sink_share": {shares},\n' if recipe.has_sink else ""
    more = "".join(f'    "{key}": {key},\n' for key in (recipe.addition.keys if recipe.addition else ()))
    return f"""\
# %%
LAYERS, HEADS = {list(recipe.layers)}, {list(recipe.heads)}


def described(pieces, ids):
    return [
        {{"index": index, "id": token, "token": piece, "special": token in special}}
        for index, (piece, token) in enumerate(zip(pieces, ids.tolist(), strict=True))
    ]


result = {{
    "kind": {recipe.kind!r},
    "tokens": described(tokens, inputs[QUERIES][0]),
    "key_tokens": described(key_tokens, inputs[KEYS][0]),
    "layers": LAYERS,
    "heads_of": HEADS,
    "attention": [[weights[layer, head].tolist() for head in HEADS] for layer in LAYERS],
    "precision": str(weights.dtype),
    "heads": heads,
{sink}{rollout}{more}}}"""
