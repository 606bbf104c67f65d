"""What the playground exports of a text that llama.cpp wrote: the same request, handed to llama.cpp itself.

Its numbers are those of the page where each character is one token; the page does not tell the parts of one that takes
several. See `components/ui/notebooks.py`.
"""

# %% [markdown]
# # How llama.cpp writes
# Needs xllamacpp and tokenizers (`pip install xllamacpp tokenizers`), and the model's files. With the same seed it writes the same text.

# %% tags=["parameters"]
GGUF = "model.gguf"
TOKENIZER = "tokenizer.json"

# %%
from tokenizers import Tokenizer
from xllamacpp import CommonParams, Server

tokenizer = Tokenizer.from_file(TOKENIZER)
settings = CommonParams()
settings.model.path = GGUF
settings.n_ctx = 1024
settings.verbosity = -1
server = Server(settings)

# %% tags=["parameters"]
REQUEST = {"prompt": [0], "max_tokens": 8, "stream": True, "logprobs": 10}

# %%
chunks = []
server.handle_completions(REQUEST, lambda chunk: chunks.append(chunk))  # a call that gives True would stop it


# %%
def described(entry):
    return {
        "token_id": entry["id"],
        "token": tokenizer.id_to_token(entry["id"]),
        "logit": None,
        "logprob": entry["logprob"],
        "drawn_probability": None,
    }


steps = []
for chunk in chunks:
    for entry in (chunk["choices"][0].get("logprobs") or {}).get("content") or ():
        best = list(entry["top_logprobs"])
        if all(each["id"] != entry["id"] for each in best):
            best.append(entry)
        steps.append(
            {
                "token_id": entry["id"],
                "token": tokenizer.id_to_token(entry["id"]),
                "logprob": entry["logprob"],
                "entropy": None,
                "candidates": [described(each) for each in best],
            }
        )
text = tokenizer.decode([step["token_id"] for step in steps]).replace("\ufffd", "")
print(text)
usage = chunks[-1].get("usage", {})
result = {
    "text": text,
    "steps": steps,
    "usage": {"input_tokens": len(REQUEST["prompt"]), "output_tokens": usage.get("completion_tokens", len(steps))},
}
