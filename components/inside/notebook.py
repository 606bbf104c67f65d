"""What the page about the inside of a model exports; see `components/ui/notebooks.py` for how it is filled in.

Lens, direct effects, swap and switched off parts are computed here once more with hooks and NumPy, as the modules of
this package compute them.
"""

# %% [markdown]
# # Inside the model
# Needs torch and transformers (`pip install torch transformers`).
#
# The built-in models are not on the Hugging Face Hub: run this in the dashboard's project folder, or put the path of the model's folder into `MODEL`.

# %% tags=["parameters"]
MODEL = "components/models/bundled/classroom-gpt2"
TEXT = "The capital of France is"
INPUTS = {"input_ids": [464, 3139, 286, 4881, 318]}  # the ids as the page read them
POSITION = 4  # where the prediction is read
WATCHED = 6342  # the token that is followed
OTHER = 11307  # the one it is compared with

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
from transformers import AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained(MODEL)

# %% tags=["masked-lm"]
from transformers import AutoModelForMaskedLM

model_class = AutoModelForMaskedLM

# %% tags=["seq2seq-lm"]
from transformers import AutoModelForSeq2SeqLM

model_class = AutoModelForSeq2SeqLM

# %% tags=["causal-lm"]
from transformers import AutoModelForCausalLM

model_class = AutoModelForCausalLM

# %%
model = model_class.from_pretrained(MODEL, dtype=torch.float32).eval()

# %% [markdown]
# Where the parts of this model are. `adds` names the module whose output is added to the residual stream, `output` its last linear map, `norm_out` the norm of the sum (BERT), `norm_branch` a norm of what is added (Gemma 2 and 3).

# %% tags=["parameters"]
FIRST = "transformer.h.0"  # what the first block reads is the embedding
ROWS = [
    {"row": f"{part}.{layer}", "adds": adds, "output": f"{adds}.c_proj", "norm_branch": None, "norm_out": None}
    for layer in range(6)
    for part, adds in (("attention", f"transformer.h.{layer}.attn"), ("mlp", f"transformer.h.{layer}.mlp"))
]
FINAL_NORM = "transformer.ln_f"
READ_OUT = "lm_head"  # from the normed stream to the scores of all tokens
TABLE = "lm_head"  # its last linear map
SCALE = 1.0
SOFT_CAP = None
GAIN_OFFSET = 0.0  # Gemma keeps the gain of a norm as the difference to 1


# %%
def part(path):
    return model.get_submodule(path)


def first(output):
    return output[0] if isinstance(output, tuple) else output


def changed(output, tensor):
    return (tensor, *output[1:]) if isinstance(output, tuple) else tensor


def run(given, swaps=None, off=()):
    """Read the stream after each row. `swaps`: row -> (position, vector); `off`: [row, head or None]."""
    swaps = swaps or {}
    streams, added, mixed, hooks = {}, {}, {}, []

    def put(row, tensor):
        if row in swaps:
            position, vector = swaps[row]
            tensor = tensor.clone()
            tensor[:, position] = vector
        streams[row] = tensor
        return tensor

    def enter(_module, args, kwargs):
        if args:
            return (put("embedding", args[0]), *args[1:]), kwargs
        return args, kwargs | {"hidden_states": put("embedding", kwargs["hidden_states"])}

    def on_mixed(row):
        def hook(_module, args):
            z = args[0].clone()
            for name, head in off:
                if name == row and head is not None:
                    z.view(*z.shape[:-1], model.config.num_attention_heads, -1)[..., head, :] = 0
            mixed[row] = z
            return (z, *args[1:])

        return hook

    def on_added(row, below, is_bare):
        def hook(_module, _args, output):
            more = first(output)
            if [row, None] in [list(each) for each in off]:
                more = more * 0
            if is_bare and row in swaps:
                position, vector = swaps[row]
                more = more.clone()
                more[:, position] = vector - streams[below][:, position]
            added[row] = more
            if is_bare:
                streams[row] = streams[below] + more
            return changed(output, more)

        return hook

    hooks.append(part(FIRST).register_forward_pre_hook(enter, with_kwargs=True))
    below = "embedding"
    for each in ROWS:
        row = each["row"]
        hooks.append(part(each["output"]).register_forward_pre_hook(on_mixed(row)))
        hooks.append(part(each["adds"]).register_forward_hook(on_added(row, below, each["norm_out"] is None)))
        if each["norm_out"] is not None:
            hooks.append(part(each["norm_out"]).register_forward_hook(lambda _m, _a, out, row=row: put(row, out)))
        below = row
    try:
        with torch.inference_mode():
            logits = model(**{name: torch.tensor([ids]) for name, ids in given.items()}, use_cache=False).logits[0]
    finally:
        for hook in hooks:
            hook.remove()
    return streams, added, mixed, logits


streams, added, mixed, logits = run(INPUTS)
rows = ["embedding", *(each["row"] for each in ROWS)]

# %% [markdown]
# The logit lens: what would the model say if it stopped after each row? The stream goes through the last norm and the output layer.


# %%
def read_out(stream):
    with torch.inference_mode():
        vectors = stream if FINAL_NORM is None else part(FINAL_NORM)(stream)
        scores = part(READ_OUT)(vectors * SCALE)[0]
    return scores if SOFT_CAP is None else (scores / SOFT_CAP).tanh() * SOFT_CAP


def read_lens(streams, final):
    board = []
    for row in rows:
        log_shares = read_out(streams[row]).double().log_softmax(-1)
        best = log_shares.argmax(-1)
        kl = (final.exp() * (final - log_shares)).sum(-1).clamp(min=0)
        rank = (log_shares > log_shares[:, WATCHED, None]).sum(-1) + 1
        board.append(
            [
                {
                    "token_id": int(best[i]),
                    "token": tokenizer.convert_ids_to_tokens(int(best[i])),
                    "prob": float(log_shares[i, best[i]].exp()),
                    "watched_prob": float(log_shares[i, WATCHED].exp()),
                    "watched_rank": int(rank[i]),
                    "kl_final": float(kl[i]),
                }
                for i in range(len(best))
            ]
        )
    return board


lens = read_lens(streams, logits.double().log_softmax(-1))
for row, cells in zip(rows, lens, strict=True):
    cell = cells[POSITION]
    print(
        f"{row:>12} {cell['token']:>12} {cell['prob']:.3f}  watched {cell['watched_prob']:.3f}, rank {cell['watched_rank']}"
    )

# %% [markdown]
# Direct effects: what follows the last vector of the stream is nearly a sum. With the scale of each norm frozen (and in BERT the share that GELU lets through), the effects of all parts add up to the difference of the two logits.


# %%
def vector(tensor):
    return tensor[0, POSITION].double().numpy()


def weights(path):  # [in, out]
    module = part(path)
    matrix = module.weight.detach().double().numpy()
    return matrix if type(module).__name__ == "Conv1D" else matrix.T


def bias_of(path):
    bias = getattr(part(path), "bias", None)
    return None if bias is None else bias.detach().double().numpy()


def pull_back(path, directions, x):  # through a norm whose scale is that of x
    module = part(path)
    is_layer = type(module).__name__ == "LayerNorm"
    epsilon = module.eps if hasattr(module, "eps") else module.variance_epsilon
    gain = module.weight.detach().double().numpy() + GAIN_OFFSET
    centred = x - x.mean() if is_layer else x
    weighted = directions * gain
    weighted = weighted - weighted.mean(-1, keepdims=True) if is_layer else weighted
    given = directions @ bias_of(path) if is_layer else np.zeros(2)
    return weighted / np.sqrt((centred**2).mean() + epsilon), given


def note(part_, name, row, head, given):
    effects.append(
        {
            "part": part_,
            "name": name,
            "layer": None if row is None else int(row.split(".")[1]),
            "head": head,
            "to_watched": float(given[0]),
            "to_other": float(given[1]),
            "difference": float(given[0] - given[1]),
        }
    )


effects = []
directions = part(TABLE).weight.detach()[[WATCHED, OTHER]].double().numpy()
if bias_of(TABLE) is not None:
    note("bias", "head", None, None, bias_of(TABLE)[[WATCHED, OTHER]])
last = vector(streams[rows[-1]])

# %% tags=["parameters", "transform"]
DENSE = "transformer.h.0.mlp.c_fc"  # of BERT's output layer, before the table
ACTIVATION = None  # None: GELU
NORM = "transformer.ln_f"

# %% tags=["transform"]
if FINAL_NORM is None:
    entering = last @ weights(DENSE) + bias_of(DENSE)
    activation = torch.nn.functional.gelu if ACTIVATION is None else part(ACTIVATION)
    left = activation(torch.from_numpy(entering)).numpy()
    directions, given = pull_back(NORM, directions, left)
    directions = directions * left / entering
    note("bias", "transform", None, None, given + directions @ bias_of(DENSE))
    directions = directions @ weights(DENSE).T

# %%
directions = directions * SCALE
if FINAL_NORM is not None:
    directions, given = pull_back(FINAL_NORM, directions, last)
    note("bias", "final_norm", None, None, given)
for number in range(len(ROWS) - 1, -1, -1):
    each = ROWS[number]
    row, below = each["row"], rows[number]
    if each["norm_out"] is not None:
        summed = vector(streams[below]) + vector(added[row])
        directions, given = pull_back(each["norm_out"], directions, summed)
        note("bias", f"{row}.norm", row, None, given)
    if row.startswith("mlp"):
        note("mlp", row, row, None, directions @ vector(added[row]))
        continue
    z, here = vector(mixed[row]), directions
    if each["norm_branch"] is not None:
        here, given = pull_back(each["norm_branch"], directions, z @ weights(each["output"]))
    back = ((here @ weights(each["output"]).T) * z).reshape(2, model.config.num_attention_heads, -1).sum(-1)
    for head in range(back.shape[1]):
        note(row.split(".")[0], f"{row}.{head}", row, head, back[:, head])
    if bias_of(each["output"]) is not None:
        note("bias", row, row, None, here @ bias_of(each["output"]))
note("embedding", "embedding", None, None, directions @ vector(streams["embedding"]))


def place(effect):
    row = ".".join(effect["name"].split(".")[:2])
    number = rows.index(row) if row in rows else len(rows)
    return number, -1 if effect["part"] == "embedding" else 10_000 if effect["head"] is None else effect["head"]


effects.sort(key=place)
print("sum of the effects:", sum(effect["difference"] for effect in effects))
print("difference of the logits:", float(logits[POSITION, WATCHED] - logits[POSITION, OTHER]))
for effect in sorted(effects, key=lambda effect: -abs(effect["difference"]))[:5]:
    print(f"{effect['name']:>14} {effect['difference']:+.2f}")

# %%
top = logits[POSITION].double().topk(5)
shares = logits[POSITION].double().softmax(-1)
described = tokenizer.convert_ids_to_tokens(INPUTS.get("decoder_input_ids", INPUTS["input_ids"]))
special = set(tokenizer.all_special_ids) - {tokenizer.mask_token_id}
result = {
    "tokens": [
        {"index": index, "id": id_, "token": token, "special": id_ in special}
        for index, (id_, token) in enumerate(
            zip(INPUTS.get("decoder_input_ids", INPUTS["input_ids"]), described, strict=True)
        )
    ],
    "rows": rows,
    "position": POSITION,
    "watched": {"token_id": WATCHED, "other_id": OTHER},
    "lens": lens,
    "attribution": effects,
    "final": {
        "logits_top": [
            {
                "token_id": int(id_),
                "token": tokenizer.convert_ids_to_tokens(int(id_)),
                "logit": float(logit),
                "prob": float(shares[id_]),
            }
            for logit, id_ in zip(top.values, top.indices, strict=True)
        ]
    },
}

# %% [markdown] tags=["swap", "ablate"]
# And the proof: change something and run the model again. An effect is smaller than the noise floor if another way to compute the same attention moves the prediction as far.

# %% tags=["parameters", "ablate"]
OFF = [["attention.5", 10]]  # row and head; None for a whole sublayer

# %% tags=["ablate"]
after, _added, _mixed, after_logits = run(INPUTS, off=OFF)

# %% tags=["parameters", "swap"]
OTHER_INPUTS = {"input_ids": [464, 3139, 286, 4486, 318]}  # the second text
ROW = "mlp.3"
AT = 3  # the position whose vector is swapped

# %% tags=["swap"]
other_streams, _added, _mixed, _logits = run(OTHER_INPUTS)
after, _added, _mixed, after_logits = run(INPUTS, swaps={ROW: (AT, other_streams[ROW][0, AT])})

# %% tags=["swap", "ablate"]
print("watched before and after:", float(shares[WATCHED]), float(after_logits[POSITION].double().softmax(-1)[WATCHED]))
result["changed"] = read_lens(after, after_logits.double().log_softmax(-1))
model.set_attn_implementation("eager")
eager = run(INPUTS)[3][POSITION].double()
kl = (shares * (shares.log() - eager.log_softmax(-1))).sum().clamp(min=0)
result["noise_floor"] = {"kl_nats": float(kl), "probability": float((shares - eager.softmax(-1)).abs().max())}
print("noise floor:", result["noise_floor"])
