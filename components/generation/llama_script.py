"""An answer of llama.cpp as a Python script: the same request, handed to llama.cpp itself.

Its numbers are those of the page where each character is one token; the page does not tell the parts of one that takes
several.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from pprint import pformat
from typing import Any, Final

from components.core.i18n import _

CONTEXT_TOKENS: Final = 1024


def llama_script(gguf: Path, tokenizer: Path, completion: Mapping[str, Any]) -> str:
    """Return the Python text, with the explanations in the visitor's language.

    Parameters
    ----------
    gguf, tokenizer
        The model's file, and its tokenizer.json.
    completion
        What was handed to llama.cpp.
    """
    prose = _(
        "# How llama.cpp writes\nNeeds xllamacpp and tokenizers (`pip install xllamacpp tokenizers`), and the model's "
        "files. With the same seed it writes the same text."
    )
    intro = "# %% [markdown]\n" + "\n".join(f"# {line}".rstrip() for line in prose.split("\n"))
    request = pformat(dict(completion), width=110, sort_dicts=False, compact=True)
    return f"""\
{intro}

# %%
from tokenizers import Tokenizer
from xllamacpp import CommonParams, Server

tokenizer = Tokenizer.from_file({str(tokenizer)!r})
settings = CommonParams()
settings.model.path = {str(gguf)!r}
settings.n_ctx = {CONTEXT_TOKENS}
settings.verbosity = -1
server = Server(settings)

# %%
REQUEST = {request}
chunks = []
server.handle_completions(REQUEST, lambda chunk: chunks.append(chunk))  # a call that gives True would stop it

{_STEPS}"""


_STEPS: Final = """\
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
text = tokenizer.decode([step["token_id"] for step in steps]).replace("\\ufffd", "")
print(text)
usage = chunks[-1].get("usage", {})
result = {
    "text": text,
    "steps": steps,
    "usage": {"input_tokens": len(REQUEST["prompt"]), "output_tokens": usage.get("completion_tokens", len(steps))},
}
"""
