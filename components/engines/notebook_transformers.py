"""What the playground exports of a text that transformers wrote; see `components/ui/notebooks.py`."""

# %% [markdown]
# # How a language model writes, token by token
# Needs torch and transformers (`pip install torch transformers`).
#
# The built-in models are not on the Hugging Face Hub: run this in the dashboard's project folder, or put the path of the model's folder into `MODEL`.

# %% tags=["parameters"]
MODEL = "components/models/bundled/classroom-gpt2"
PROMPT = "Star Trek"
PROMPT_IDS = [1241, 2309]  # the prompt as the page's model read it
PREFIX_IDS = []  # how the answer begins, if it was continued or branched off
CANDIDATES = 10

# %% tags=["bundled"]
from pathlib import Path

if MODEL.startswith("components/models/bundled") and not Path(MODEL).is_dir():
    raise FileNotFoundError(
        f"{MODEL}: This folder is not here. The built-in models are part of the dashboard's project, not of the "
        "Hugging Face Hub: run this in the project's folder, or put the path of the model's folder into MODEL."
    )

# %% tags=["encoder-decoder"]
import torch
from transformers import AutoModelForSeq2SeqLM as AutoModel
from transformers import AutoTokenizer

BEFORE = []  # an answer is no part of what it answers


def inputs_of(answer):
    start = model.generation_config.decoder_start_token_id
    if start is None:
        start = model.config.decoder_start_token_id
    return {"input_ids": torch.tensor([PROMPT_IDS]), "decoder_input_ids": torch.tensor([[start, *answer]])}


# %% tags=["decoder"]
import torch
from transformers import AutoModelForCausalLM as AutoModel
from transformers import AutoTokenizer

BEFORE = PROMPT_IDS


def inputs_of(answer):
    return {"input_ids": torch.tensor([PROMPT_IDS + answer])}


# %%
tokenizer = AutoTokenizer.from_pretrained(MODEL)
model = AutoModel.from_pretrained(MODEL, dtype=torch.float32).eval()
print(tokenizer(PROMPT)["input_ids"])

# %% [markdown]
# `generate` with every setting written out. (If `top_k` is not set, sampling uses 50.) With the same seed it writes the same text.

# %% tags=["parameters"]
SETTINGS = {
    "do_sample": True,
    "temperature": 0.8,
    "top_k": 0,
    "top_p": 0.95,
    "min_p": 0.0,
    "typical_p": 1.0,
    "repetition_penalty": 1.0,
    "num_beams": 1,
    "max_new_tokens": 12,
}

# %% tags=["parameters", "drawn"]
SEED = 0

# %% tags=["drawn"]
torch.manual_seed(SEED)

# %%
inputs = inputs_of(PREFIX_IDS)
before = list(inputs.values())[-1].shape[1]  # tokens that are there before the new ones
inputs["attention_mask"] = torch.ones_like(inputs["input_ids"])
output = model.generate(
    **inputs,
    **SETTINGS,
    return_dict_in_generate=True,
    output_scores=True,
    output_logits=True,
)
answer = PREFIX_IDS + output.sequences[0, before:].tolist()
print(PROMPT + tokenizer.decode(answer))

# %% [markdown] tags=["pipeline"]
# The same in one call: `pipeline` joins tokenizer, model and `generate`. With the same seed it writes the same text.

# %% tags=["pipeline"]
from transformers import pipeline

torch.manual_seed(SEED)
generator = pipeline("text-generation", model=model, tokenizer=tokenizer)
print(generator(PROMPT, **SETTINGS)[0]["generated_text"])

# %% [markdown]
# What the model computed at each step: the probability of the chosen token, how open the choice was (entropy, in nats), and the likeliest tokens.

# %% tags=["reread"]
with torch.inference_mode():
    scores = model(**inputs_of(answer)).logits[0]
scores = scores[-len(answer) - 1 : -1]  # [step, token]: a token's scores stand at the position before it

# %% tags=["first reading"]
scores = torch.stack([step[0] for step in output.logits])  # [step, token], before the sampler chain

# %%
logprobs = scores.log_softmax(-1)
entropies = -(logprobs.exp() * logprobs).nansum(-1)

# %% tags=["beams"]
chances = [None] * len(answer)  # beams compete: no token comes from one distribution alone

# %% tags=["greedy"]
# greedy: the best score takes all
chances = [None] * len(PREFIX_IDS) + [(step[0] == step[0].max()).float() for step in output.scores]

# %% tags=["sampled"]
# after the sampler chain: what each new token was drawn from
chances = [None] * len(PREFIX_IDS) + [step[0].softmax(-1) for step in output.scores]


# %%
def described(token, step):
    chance = chances[step]
    return {
        "token_id": token,
        "token": tokenizer.convert_ids_to_tokens(token),
        "logit": float(scores[step, token]),
        "logprob": float(logprobs[step, token]),
        "drawn_probability": None if chance is None else float(chance[token]),
    }


steps = []
for step, token in enumerate(answer):
    best = logprobs[step].topk(CANDIDATES).indices.tolist()
    steps.append(
        {
            "token_id": token,
            "token": tokenizer.convert_ids_to_tokens(token),
            "logprob": float(logprobs[step, token]),
            "entropy": float(entropies[step]),
            "candidates": [described(each, step) for each in best + [token] * (token not in best)],
        }
    )


def decoded(ids):
    return tokenizer.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False)


# how a token reads can depend on those before it; half a character has no text, and is left out, as on the page
text = decoded(BEFORE + answer)[len(decoded(BEFORE)) :].replace("\ufffd", "")
read = len(PROMPT_IDS) + len(PREFIX_IDS)
result = {
    "text": text,
    "steps": steps,
    "usage": {"input_tokens": read, "output_tokens": len(answer) - len(PREFIX_IDS)},
}
for step in steps[:12]:
    print(f"{step['token']:>14} {step['logprob']:8.3f}")
