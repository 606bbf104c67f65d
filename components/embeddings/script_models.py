"""The cells of the exported script that turn texts into vectors. They are text: the dashboard runs none."""

from __future__ import annotations

from typing import Final

from components.aws.bedrock import Embedder
from components.core.i18n import _
from components.embeddings.encode import Pooling
from components.models.loadable import require_folders

_POOLING: Final[dict[Pooling, str]] = {
    "mean": "(tokens * mask[..., None]).sum(dim=1) / mask.sum(dim=1, keepdim=True)",
    "cls": "tokens[:, 0]",
    "max": "tokens.masked_fill(~mask[..., None], -torch.inf).amax(dim=1)",
    "last": "tokens[torch.arange(len(tokens)), mask.sum(dim=1) - 1]",
}


def local(weights: str, pooling: Pooling, *, most_tokens: int) -> list[str]:
    """Return the cells that embed texts with a model on the student's machine."""
    return [
        prose(
            _(
                "The model gives each token a vector; pooling makes one of them. Padding must not count: the mask "
                "leaves it out."
            )
        ),
        f"""\
# %%
import torch
from transformers import AutoModel, AutoTokenizer

MODEL = {weights!r}
{require_folders({"MODEL": weights})}tokenizer = AutoTokenizer.from_pretrained(MODEL, padding_side="right")
if tokenizer.pad_token is None:
    tokenizer.pad_token = tokenizer.eos_token
model = AutoModel.from_pretrained(MODEL, dtype=torch.float32).eval()


def embed(texts, purpose="document"):
    batch = tokenizer(texts, padding=True, truncation=True, max_length={most_tokens}, return_tensors="pt")
    with torch.inference_mode():
        tokens = model(**batch).last_hidden_state  # [text, token, width]
    mask = batch["attention_mask"].bool()
    pooled = {_POOLING[pooling]}
    return pooled.double().numpy()  # [text, width]""",
    ]


def bedrock(model: Embedder) -> list[str]:
    """Return the cells that embed texts through Amazon Bedrock."""
    if model.tells_purpose:
        asking = f"""\
    vectors = []
    for start in range(0, len(texts), {model.texts_a_call}):
        some = texts[start : start + {model.texts_a_call}]
        vectors += ask({{"texts": some, "input_type": "search_" + purpose, "truncate": "END"}})["embeddings"]"""
    else:
        asking = '    vectors = [ask({"inputText": text})["embedding"] for text in texts]'
    return [
        prose(_("**This costs money:** each text is sent to Amazon Bedrock with your AWS credentials.")),
        f"""\
# %%
import json

import boto3

MODEL = {model.id!r}
bedrock = boto3.client("bedrock-runtime")


def ask(body):
    return json.loads(bedrock.invoke_model(modelId=MODEL, body=json.dumps(body))["body"].read())


def embed(texts, purpose="document"):
{asking}
    return np.array(vectors)  # [text, width]""",
    ]


def prose(text: str) -> str:
    """Return a cell of explanation."""
    return "# %% [markdown]\n" + "\n".join(f"# {line}".rstrip() for line in text.split("\n"))
