"""What the exported script adds for one view: the course's own BertViz call, a head switched off, tokens hidden.

Each addition is one cell with an explanation before it. A key names the variable that becomes part of `result`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from components.attention.head_effects import Head, Replacement
from components.attention.inputs import ModelInput
from components.core.i18n import _
from components.models.records import Task

LANGUAGE_MODELS: Final[dict[Task, str]] = {
    "fill-mask": "AutoModelForMaskedLM",
    "text-generation": "AutoModelForCausalLM",
}
"""The classes whose prediction a script can measure; an encoder-decoder's needs two texts."""


@dataclass(frozen=True)
class Addition:
    """Something a script does for one view only.

    Attributes
    ----------
    keys
        The variables that become entries of `result`.
    """

    prose: str
    code: str
    keys: tuple[str, ...] = ()

    def followed_by(self, other: Addition) -> Addition:
        """Return both, one cell after the other."""
        prose = "\n".join(f"# {line}".rstrip() for line in other.prose.split("\n"))
        return Addition(self.prose, f"{self.code}\n\n# %% [markdown]\n{prose}\n\n{other.code}", self.keys + other.keys)


def course_call() -> Addition:
    """Draw BertViz's neuron view with the call of the course."""
    return Addition(
        prose=_(
            "The neuron view needs queries and keys, so bertviz brings a BERT of its own. It takes over the weights, "
            "and then this is the call of the course."
        ),
        code="""\
# %%
from bertviz.neuron_view import show
from bertviz.transformers_neuron_view import BertConfig, BertModel

config = model.config.to_dict()
names = (
    "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size", "hidden_act",
    "max_position_embeddings", "type_vocab_size", "layer_norm_eps",
)
watched = BertModel(BertConfig(config["vocab_size"], **{name: config[name] for name in names}))
watched.load_state_dict(model.state_dict(), strict=False)
watched.eval()
show(watched, "bert", tokenizer, TEXT, TEXT_B, display_mode="light", layer=LAYER, head=HEAD)""",
    )


def without_heads(
    task: Task,
    heads: Sequence[Head],
    *,
    replacement: Replacement,
    position: int,
    donors: Sequence[ModelInput] = (),
) -> Addition:
    """Switch heads off and measure what becomes of the prediction.

    Parameters
    ----------
    donors
        The texts that are resampled from; none for another replacement.
    """
    return Addition(
        prose=_(
            "What is a head good for? Switch it off and see what becomes of the prediction. transformers lets you put "
            "in an attention function of your own: this one lets PyTorch compute, and then overwrites what the heads "
            "say."
        ),
        code=f"""\
{_language_model(task)}
OFF, REPLACEMENT, POSITION = {[list(head) for head in heads]}, {replacement!r}, {position}
DONORS = [  # texts whose heads lend what they say there, where it is resampled
{_id_rows(donors)}]
said, drawn_from, switched_off, layers_done = {{}}, [], [], 0


def attend(module, *arguments, **options):
    global layers_done
    output, nothing = sdpa_attention_forward(module, *arguments, **options)  # [text, query, head, dim]
    layer, layers_done = layers_done % len(attention), layers_done + 1
    if not switched_off:
        said[layer] = output[0].clone()
    for off_layer, off_head in switched_off:
        if off_layer == layer:
            output[:, :, off_head] = instead(layer, off_head)
    return output, nothing


def instead(layer, head):
    if REPLACEMENT == "zero":
        return 0
    if REPLACEMENT == "mean":
        return said[layer][:, head].mean(dim=0)
    # resample: at each position what the head says at a drawn position of other texts
    pool = torch.cat([text[layer] for text in drawn_from])
    return pool[np.random.default_rng(0).integers(0, len(pool), len(said[layer]))][:, head]


{_PREDICT}


def heads_say(ids):
    predict(0, {{"input_ids": torch.tensor([ids])}})
    return dict(said)


drawn_from = [heads_say(ids) for ids in DONORS]
before = predict(POSITION)
switched_off = OFF
after = predict(POSITION)
was, became = before.exp(), after.exp()
shown = was.argsort(descending=True, stable=True)[:5].tolist()
changed = (became - was).abs().argsort(descending=True, stable=True)[:10].tolist()
shown += [token for token in changed if token not in shown]
ablation = {{
    "heads": OFF,
    "replacement": REPLACEMENT,
    "position": POSITION,
    "kl_nats": max(0.0, float((was * (before - after)).sum())),
    "tokens": [
        {{"id": token, "token": piece, "before": float(was[token]), "after": float(became[token])}}
        for token, piece in zip(shown, tokenizer.convert_ids_to_tokens(shown), strict=True)
    ],
}}
print("KL divergence in nats:", ablation["kl_nats"])""",
        keys=("ablation",),
    )


def _id_rows(given: Sequence[ModelInput]) -> str:
    return "".join(f"    {list(each.ids)},\n" for each in given)


def importance(task: Task, *, position: int, with_flow: bool) -> Addition:
    """Say what each token means for one position: by mean attention, rollout, flow, and the effect of hiding it."""
    flow = f"{_FLOW}\n\n\n" if with_flow else ""
    flow_entry = '    "flow": [flow(key) for key in range(len(tokens))],\n' if with_flow else ""
    return Addition(
        prose=_(
            "Which tokens mattered? Mean attention, rollout and flow only look at weights; the effect is measured: no "
            "other token may look at the hidden one, and the prediction moves by so many nats."
        ),
        code=f"""\
{_language_model(task).replace("# %%", "# %%" + chr(10) + "import itertools" + chr(10), 1)}
POSITION, hidden = {position}, None


def attend(module, query, key, value, mask, **options):
    if hidden is not None:
        side = query.shape[2]
        mask = torch.full((side, side), -torch.inf).triu(1) if CAUSAL else torch.zeros(side, side)
        mask[:, hidden] = torch.where(torch.arange(side) == hidden, 0.0, -torch.inf)
        mask = mask[None, None]
    return sdpa_attention_forward(module, query, key, value, mask, **options)


{_PREDICT}


def effect(token):
    global hidden
    if token == POSITION:
        return None
    hidden = token
    after, hidden = predict(POSITION), None
    return max(0.0, float((before.exp() * (before - after)).sum()))


{flow}{_RANKS}


before = predict(POSITION)
importance = {{
    "position": POSITION,
    "raw": weights.astype(np.float64).mean(axis=(0, 1))[POSITION].tolist(),
    "rollout": rolled[POSITION].tolist(),
{flow_entry}    "effect": [effect(token) for token in range(len(tokens))],
}}
importance["rank_correlations"] = rank_correlations([name for name in importance if name != "position"])
print("most missed:", tokens[max(range(len(tokens)), key=lambda token: importance["effect"][token] or 0)])""",
        keys=("importance",),
    )


def _language_model(task: Task) -> str:
    auto = LANGUAGE_MODELS[task]
    return f"""\
# %%
from transformers import AttentionInterface, AttentionMaskInterface, {auto}
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

predicting = {auto}.from_pretrained(MODEL, dtype=torch.float32).eval()"""


_PREDICT: Final = """\
AttentionInterface.register("ours", attend)
AttentionMaskInterface.register("ours", sdpa_mask)
predicting.set_attn_implementation("ours")


def predict(position, given=inputs):
    with torch.inference_mode():
        return predicting(**given).logits[0, position].double().log_softmax(-1)"""

_RANKS: Final = """\
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
    }"""

_FLOW: Final = """\
import networkx

pipes = networkx.DiGraph()  # node (layer, token); the text stands in layer 0
for layer, heads_of_layer in enumerate(weights.astype(np.float64), start=1):
    mixed = 0.5 * heads_of_layer.mean(axis=0) + 0.5 * np.eye(len(tokens))
    for query, key in np.argwhere(mixed > 1e-9).tolist():
        pipes.add_edge((layer, query), (layer - 1, key), capacity=mixed[query, key])


def flow(key):
    return float(networkx.maximum_flow_value(pipes, (len(weights), POSITION), (0, key)))"""
