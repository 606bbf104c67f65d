"""What the positional encoding page exports; see `components/ui/notebooks.py` for how it is filled in."""

# %% [markdown] tags=["sinusoidal"]
# # Sinusoidal positional encoding
# Vaswani et al. 2017, section 3.5. Needs numpy and plotly.
#
# Each pair of dimensions is a sine and a cosine of one frequency, which falls from pair to pair.

# %% [markdown] tags=["rotary"]
# # Rotary position embedding
# Su et al. 2021, arXiv 2104.09864. Needs numpy and plotly.
#
# Each pair of dimensions of a query or key is rotated by position times frequency. Here the vector has (1, 0) in every pair, so that nothing but the rotation is seen.

# %% [markdown] tags=["learned"]
# # A learned position table
# BERT and GPT-2 do not use sinusoids: each position has a vector that was trained like any other parameter. Needs transformers, torch and plotly.
#
# The built-in models are not on the Hugging Face Hub: run this in the dashboard's project folder, or put the path of the model's folder into `MODEL`.

# %% [markdown] tags=["alibi"]
# # ALiBi: attention with linear biases
# Press et al. 2022, arXiv 2108.12409. Needs numpy and plotly.
#
# No position vector: each head lowers the attention score of a key by its slope times the distance.

# %% tags=["parameters"]
length = 64  # positions

# %% tags=["parameters", "sinusoidal", "rotary"]
d_model = 128
base = 10000

# %% tags=["parameters", "learned"]
MODEL = "components/models/bundled/classroom-bert"

# %% tags=["parameters", "alibi"]
heads = 4

# %%
import numpy as np
import plotly.graph_objects as go

# %% tags=["sinusoidal", "rotary"]
pair = np.arange(d_model // 2)
frequency = 1.0 / np.power(base, 2 * pair / d_model)  # radians a position
angle = np.arange(length)[:, None] * frequency  # [position, pair]

# %% tags=["sinusoidal, interleaved"]
matrix = np.empty((length, d_model))
matrix[:, 0::2] = np.sin(angle)
matrix[:, 1::2] = np.cos(angle)
frequencies = np.repeat(frequency, 2)  # [dimension]

# %% tags=["sinusoidal, concatenated"]
matrix = np.concatenate([np.sin(angle), np.cos(angle)], axis=1)
frequencies = np.tile(frequency, 2)  # [dimension]

# %% tags=["rotary, interleaved"]
x, y = np.ones(d_model // 2), np.zeros(d_model // 2)  # the pairs (0, 1), (2, 3), ... as in the paper
matrix = np.empty((length, d_model))
matrix[:, 0::2] = x * np.cos(angle) - y * np.sin(angle)
matrix[:, 1::2] = x * np.sin(angle) + y * np.cos(angle)
frequencies = np.repeat(frequency, 2)  # [dimension]

# %% tags=["rotary, concatenated"]
x, y = np.ones(d_model // 2), np.zeros(d_model // 2)  # dimension i with i + d / 2, as Llama in transformers does
matrix = np.concatenate([x * np.cos(angle) - y * np.sin(angle), x * np.sin(angle) + y * np.cos(angle)], axis=1)
frequencies = np.tile(frequency, 2)  # [dimension]

# %% tags=["bundled"]
from pathlib import Path

if MODEL.startswith("components/models/bundled") and not Path(MODEL).is_dir():
    raise FileNotFoundError(
        f"{MODEL}: This folder is not here. The built-in models are part of the dashboard's project, not of the "
        "Hugging Face Hub: run this in the project's folder, or put the path of the model's folder into MODEL."
    )

# %% tags=["learned"]
from transformers import AutoModel

model = AutoModel.from_pretrained(MODEL)
table = next(
    weight for name, weight in model.named_parameters() if name.endswith(("position_embeddings.weight", "wpe.weight"))
)
matrix = table.detach().numpy().astype(float)[:length]
norms = np.linalg.norm(matrix, axis=1)

# %% tags=["alibi"]
import math


def series(n):
    return 2.0 ** (-8.0 * np.arange(1, n + 1) / n)


power = 2 ** math.floor(math.log2(heads))
slopes = np.concatenate([series(power), series(2 * power)[::2][: heads - power]])  # [head]
matrix = -np.arange(length)[:, None] * slopes  # [distance, head]

# %% tags=["sinusoidal", "rotary", "learned"]
axes = {"xaxis_title": "dimension", "yaxis_title": "position"}

# %% tags=["alibi"]
axes = {"xaxis_title": "head", "yaxis_title": "distance"}

# %%
figure = go.Figure(go.Heatmap(z=matrix, colorscale="RdBu", zmid=0))
figure.update_layout(yaxis_autorange="reversed", **axes)
figure  # a notebook shows it; in a script, call figure.show()

# %% tags=["sinusoidal", "rotary"]
result = {
    "matrix": matrix.tolist(),
    "frequencies": frequencies.tolist(),
    "wavelengths": (2 * np.pi / frequencies).tolist(),
}

# %% tags=["learned"]
result = {"matrix": matrix.tolist(), "norms": norms.tolist()}

# %% tags=["alibi"]
result = {"matrix": matrix.tolist(), "slopes": slopes.tolist()}
