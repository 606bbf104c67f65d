"""What the catalog exports; see `components/ui/notebooks.py` for how it is filled in."""

# %% [markdown]
# # Foundation models
# Needs pandas and plotly, and to count parameters also transformers with torch.

# %% tags=["parameters"]
AS_OF = "2026-11-23"
FILTERS = {"q": "bert"}  # those of the page
# A fact's "source" holds positions in this list.
SOURCES = [{"title": "BERT", "url": ["https://arxiv.org/abs/1810.04805"], "as_of": "2019-05-24"}]
MODELS = [
    {"id": "bert", "family": "BERT", "status": "active", "released": {"value": "2018-10", "source": [0]}},
    {"id": "flan-t5", "family": "FLAN", "status": "active", "released": {"value": "2022-10-20", "source": []}},
]

# %%
import pandas as pd
import plotly.express as px

result = {"as_of": AS_OF, "models": MODELS, "sources": SOURCES}

# %%
table = pd.DataFrame(MODELS, columns=["id", "family", "status"])
table["released"] = pd.to_datetime([model["released"]["value"] for model in MODELS], format="ISO8601")
table

# %%
figure = px.scatter(table.dropna(subset="released"), x="released", y="family", color="status", hover_name="id")
figure

# %% [markdown] tags=["count"]
# How many parameters does the model have? It is built without weights, on torch's "meta" device.

# %% tags=["parameters", "count"]
COUNTED = "flan-t5-small"
MODEL_CLASS = "T5ForConditionalGeneration"
SETTINGS = {
    "d_model": 512,
    "d_kv": 64,
    "d_ff": 1024,
    "num_layers": 8,
    "num_heads": 6,
    "feed_forward_proj": "gated-gelu",
}

# %% tags=["count"]
import torch
import transformers

model_class = getattr(transformers, MODEL_CLASS)
config = model_class.config_class.from_dict(SETTINGS)
with torch.device("meta"):
    model = model_class(config)
total = sum(tensor.numel() for tensor in model.parameters())

# %% tags=["untied-head"]
# The published model has an output matrix of its own; transformers ties it to the embedding.
total += config.vocab_size * config.d_model

# %% tags=["count"]
result["counted"] = {COUNTED: total}
print(f"{total:,} parameters")
