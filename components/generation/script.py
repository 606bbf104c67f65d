"""An answer as a Python script that a student can read, run and change (percent format: jupytext makes it a notebook).

It calls `generate` the way a course does, and then looks inside. Its last cell leaves `result`, equal to the exported
data.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from components.core.i18n import _
from components.engines.contract import Request
from components.engines.samplers import Sampler
from components.generation.request_builder import CANDIDATES
from components.models.loadable import require_folders


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What the script computes.

    Attributes
    ----------
    weights
        Where transformers finds the model: a Hub id or a folder.
    apart
        Whether an encoder reads the prompt and a decoder writes the answer.
    ids
        What the model read: the prompt, as its tokenizer or chat template writes it.
    new_tokens
        How many tokens were written after the request's `prefix`, or could have been.
    """

    weights: str
    apart: bool
    request: Request
    ids: tuple[int, ...]
    new_tokens: int


def script(recipe: Recipe) -> str:
    """Return the Python text, with the explanations in the visitor's language."""
    cells = [
        _prose(
            _(
                "# How a language model writes, token by token\n"
                "Needs torch and transformers (`pip install torch transformers`).\n\n"
                "The classroom models are not on the Hugging Face Hub: run this in the dashboard's project folder, or "
                "put the path of the model's folder into `MODEL`."
            )
        ),
        _load(recipe),
        _prose(
            _(
                "`generate` with every setting written out: left unset, `top_k` would be 50 when sampling. With the "
                "same seed it writes the same text."
            )
        ),
        _generate(recipe),
        _prose(
            _(
                "What the model thought at each step: the probability of the token that was taken, how open the choice "
                "was (entropy, in nats), and the likeliest tokens."
            )
        ),
        _logits(recipe),
        _STEPS,
    ]
    return "\n\n".join(cells) + "\n"


def _prose(text: str) -> str:
    return "# %% [markdown]\n" + "\n".join(f"# {line}".rstrip() for line in text.split("\n"))


def _load(recipe: Recipe) -> str:
    auto = "AutoModelForSeq2SeqLM" if recipe.apart else "AutoModelForCausalLM"
    request = recipe.request
    # repr keeps a text on one line, whatever is in it: no "# %%" of a visitor can start a cell
    prompt = request.messages[-1].text if request.mode == "chat" else request.prompt
    return f"""\
# %%
import torch
from transformers import {auto}, AutoTokenizer

MODEL = {recipe.weights!r}
PROMPT = {prompt!r}
PROMPT_IDS = {list(recipe.ids)}  # the prompt as the page's model read it
PREFIX_IDS = {list(request.prefix)}  # how the answer begins, if it was continued or branched off

{require_folders({"MODEL": recipe.weights})}tokenizer = AutoTokenizer.from_pretrained(MODEL)
model = {auto}.from_pretrained(MODEL, dtype=torch.float32).eval()
print(tokenizer(PROMPT)["input_ids"])"""


def _generate(recipe: Recipe) -> str:
    lines = "".join(f"    {name}={value!r},\n" for name, value in _settings(recipe).items())
    seed = f"torch.manual_seed({recipe.request.seed})\n" if recipe.request.draws else ""
    if recipe.apart:
        start = (
            "START = model.generation_config.decoder_start_token_id\n"
            "if START is None:\n    START = model.config.decoder_start_token_id\n"
            "inputs = {\n"
            '    "input_ids": torch.tensor([PROMPT_IDS]),\n'
            '    "decoder_input_ids": torch.tensor([[START, *PREFIX_IDS]]),\n'
            "}\nbefore = 1 + len(PREFIX_IDS)\n"
        )
    else:
        start = (
            'inputs = {"input_ids": torch.tensor([PROMPT_IDS + PREFIX_IDS])}\nbefore = len(PROMPT_IDS + PREFIX_IDS)\n'
        )
    return f"""\
# %%
{start}BEFORE = {"[]  # an answer is no part of what it answers" if recipe.apart else "PROMPT_IDS"}
inputs["attention_mask"] = torch.ones_like(inputs["input_ids"])
{seed}output = model.generate(
    **inputs,
{lines}    return_dict_in_generate=True,
    output_scores=True,
    output_logits=True,
)
answer = PREFIX_IDS + output.sequences[0, before:].tolist()
print(PROMPT + tokenizer.decode(answer))"""


def _settings(recipe: Recipe) -> dict[str, object]:
    request = recipe.request
    sampler = Sampler.of(request)
    settings: dict[str, object] = {"do_sample": request.draws}
    if request.draws:
        settings |= {
            "temperature": 1.0 if sampler.temperature is None else sampler.temperature,
            "top_k": sampler.top_k or 0,
            "top_p": 1.0 if sampler.top_p is None else sampler.top_p,
            "min_p": sampler.min_p or 0.0,
            "typical_p": 1.0 if sampler.typical_p is None else sampler.typical_p,
        }
    return settings | {
        "repetition_penalty": sampler.repetition_penalty or 1.0,
        "num_beams": request.beams,
        "max_new_tokens": recipe.new_tokens,
    }


def _logits(recipe: Recipe) -> str:
    request = recipe.request
    if request.beams > 1:
        chances = "chances = [None] * len(answer)  # beams compete: no token comes from one distribution alone"
    elif request.draws:
        chances = (
            "# after the sampler chain: what each new token was drawn from\n"
            "chances = [None] * len(PREFIX_IDS) + [step[0].softmax(-1) for step in output.scores]"
        )
    else:
        chances = (
            "# greedy: the best score takes all\n"
            "chances = [None] * len(PREFIX_IDS) + [(step[0] == step[0].max()).float() for step in output.scores]"
        )
    return f"""\
# %%
{_scores(recipe)}
logprobs = scores.log_softmax(-1)
entropies = -(logprobs.exp() * logprobs).nansum(-1)
{chances}"""


def _scores(recipe: Recipe) -> str:
    if recipe.request.beams == 1 and not recipe.request.prefix:
        return "scores = torch.stack([step[0] for step in output.logits])  # [step, token], before the sampler chain"
    if recipe.apart:
        read = 'input_ids=inputs["input_ids"], decoder_input_ids=torch.tensor([[START, *answer]])'
        first = "0"
    else:
        read, first = "torch.tensor([PROMPT_IDS + answer])", "len(PROMPT_IDS) - 1"
    return f"""\
with torch.inference_mode():
    scores = model({read}).logits[0]
scores = scores[{first} : -1]  # [step, token]: a token's scores stand at the position before it"""


_STEPS: Final = f"""\
# %%
def described(token, step):
    chance = chances[step]
    return {{
        "token_id": token,
        "token": tokenizer.convert_ids_to_tokens(token),
        "logit": float(scores[step, token]),
        "logprob": float(logprobs[step, token]),
        "drawn_probability": None if chance is None else float(chance[token]),
    }}


steps = []
for step, token in enumerate(answer):
    best = logprobs[step].topk({CANDIDATES}).indices.tolist()
    steps.append(
        {{
            "token_id": token,
            "token": tokenizer.convert_ids_to_tokens(token),
            "logprob": float(logprobs[step, token]),
            "entropy": float(entropies[step]),
            "candidates": [described(each, step) for each in best + [token] * (token not in best)],
        }}
    )

def decoded(ids):
    return tokenizer.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False)


# how a token reads can depend on those before it; half a character has no text, and is left out, as on the page
text = decoded(BEFORE + answer)[len(decoded(BEFORE)) :].replace("\\ufffd", "")
read = len(PROMPT_IDS) + len(PREFIX_IDS)
result = {{
    "text": text,
    "steps": steps,
    "usage": {{"input_tokens": read, "output_tokens": len(answer) - len(PREFIX_IDS)}},
}}
for step in steps[:12]:
    print(f"{{step['token']:>14}} {{step['logprob']:8.3f}}")"""
