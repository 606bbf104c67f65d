"""The view as a Python script that a student can read, run and change (percent format: jupytext makes it a notebook).

It needs numpy and plotly, for a learned table transformers too. Its last cell leaves `result`, equal to the exported
data number for number.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from components.core.i18n import _
from components.models.loadable import loadable_name, require_folders
from components.models.records import ModelRecord
from components.positional.schemes import Scheme
from components.positional.selection import Selection
from components.positional.settings import Layout


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What the script computes.

    Attributes
    ----------
    scheme, d_model, length, base, layout
        As on the page. Each scheme uses those it knows.
    weights
        Where transformers finds the model whose table is shown: a Hugging Face id, or a folder.
    heads
        How many heads ALiBi has slopes for.
    """

    scheme: Scheme
    d_model: int
    length: int
    base: float
    layout: Layout
    weights: str
    heads: int


def recipe(chosen: Selection, model: ModelRecord, *, heads: int) -> Recipe:
    """Return what the script of a selection computes."""
    # Fetched as a Python package, or a folder of this machine: that path is nobody else's business.
    weights = loadable_name(model, Path("path/to", model.id))
    return Recipe(
        scheme=chosen.scheme,
        d_model=chosen.d_model,
        length=chosen.length,
        base=chosen.base,
        layout=chosen.layout,
        weights=weights,
        heads=heads,
    )


def script(recipe: Recipe) -> str:
    """Return the Python text for one scheme, with the explanations in the visitor's language."""
    cells = {"sinusoidal": _sinusoidal, "learned": _learned, "rotary": _rotary, "alibi": _alibi}[recipe.scheme](recipe)
    return "\n\n".join([*cells, _FIGURE[recipe.scheme], _LAST[recipe.scheme]]) + "\n"


def _prose(text: str) -> str:
    return "# %% [markdown]\n" + "\n".join(f"# {line}".rstrip() for line in text.split("\n"))


def _sinusoidal(recipe: Recipe) -> list[str]:
    return [
        _prose(
            _(
                "# Sinusoidal positional encoding\n"
                "Vaswani et al. 2017, section 3.5. Needs numpy and plotly.\n\n"
                "Each pair of dimensions is a sine and a cosine of one frequency, which falls from pair to pair."
            )
        ),
        f"# %%\nimport numpy as np\nimport plotly.graph_objects as go\n\n{_wave_settings(recipe)}",
        f"# %%\n{_WAVES}\n{_ADDED[recipe.layout]}",
    ]


def _rotary(recipe: Recipe) -> list[str]:
    return [
        _prose(
            _(
                "# Rotary position embedding\n"
                "Su et al. 2021, arXiv 2104.09864. Needs numpy and plotly.\n\n"
                "Each pair of dimensions of a query or key is turned by position times frequency. Here the vector has "
                "(1, 0) in every pair, so that nothing but the rotation is seen."
            )
        ),
        f"# %%\nimport numpy as np\nimport plotly.graph_objects as go\n\n{_wave_settings(recipe)}",
        f"# %%\n{_WAVES}\n{_TURNED[recipe.layout]}",
    ]


def _learned(recipe: Recipe) -> list[str]:
    return [
        _prose(
            _(
                "# A learned position table\n"
                "BERT and GPT-2 do not use sinusoids: each position has a vector that was trained like any other "
                "weight. Needs transformers, torch and plotly.\n\n"
                "The classroom models are not on the Hugging Face Hub: run this in the dashboard's project folder, or "
                "put the path of the model's folder into `MODEL`."
            )
        ),
        "# %%\nimport numpy as np\nimport plotly.graph_objects as go\nfrom transformers import AutoModel\n\n"
        f"MODEL = {recipe.weights!r}\nlength = {recipe.length}\n{require_folders({'MODEL': recipe.weights})}".rstrip(),
        f"# %%\n{_TABLE}",
    ]


def _alibi(recipe: Recipe) -> list[str]:
    return [
        _prose(
            _(
                "# ALiBi: attention with linear biases\n"
                "Press et al. 2022, arXiv 2108.12409. Needs numpy and plotly.\n\n"
                "No position vector: each head lowers the attention score of a key by its slope times the distance."
            )
        ),
        "# %%\nimport math\n\nimport numpy as np\nimport plotly.graph_objects as go\n\n"
        f"heads = {recipe.heads}\nlength = {recipe.length}",
        f"# %%\n{_SLOPES}",
    ]


def _wave_settings(recipe: Recipe) -> str:
    return f"d_model = {recipe.d_model}\nlength = {recipe.length}\nbase = {recipe.base!r}"


_WAVES = """\
pair = np.arange(d_model // 2)
frequency = 1.0 / np.power(base, 2 * pair / d_model)  # radians a position
angle = np.arange(length)[:, None] * frequency  # [position, pair]"""

_ADDED: dict[Layout, str] = {
    "interleaved": """
matrix = np.empty((length, d_model))
matrix[:, 0::2] = np.sin(angle)
matrix[:, 1::2] = np.cos(angle)
frequencies = np.repeat(frequency, 2)  # [dimension]""",
    "concatenated": """
matrix = np.concatenate([np.sin(angle), np.cos(angle)], axis=1)
frequencies = np.tile(frequency, 2)  # [dimension]""",
}

_TURNED: dict[Layout, str] = {
    "interleaved": """
x, y = np.ones(d_model // 2), np.zeros(d_model // 2)  # the pairs (0, 1), (2, 3), ... as in the paper
matrix = np.empty((length, d_model))
matrix[:, 0::2] = x * np.cos(angle) - y * np.sin(angle)
matrix[:, 1::2] = x * np.sin(angle) + y * np.cos(angle)
frequencies = np.repeat(frequency, 2)  # [dimension]""",
    "concatenated": """
x, y = np.ones(d_model // 2), np.zeros(d_model // 2)  # dimension i with i + d / 2, as Llama in transformers does
matrix = np.concatenate(
    [x * np.cos(angle) - y * np.sin(angle), x * np.sin(angle) + y * np.cos(angle)], axis=1
)
frequencies = np.tile(frequency, 2)  # [dimension]""",
}

_TABLE = """\
model = AutoModel.from_pretrained(MODEL)
table = next(
    weight
    for name, weight in model.named_parameters()
    if name.endswith(("position_embeddings.weight", "wpe.weight"))
)
matrix = table.detach().numpy().astype(float)[:length]
norms = np.linalg.norm(matrix, axis=1)"""

_SLOPES = """\
def series(n):
    return 2.0 ** (-8.0 * np.arange(1, n + 1) / n)


power = 2 ** math.floor(math.log2(heads))
slopes = np.concatenate([series(power), series(2 * power)[::2][: heads - power]])  # [head]
matrix = -np.arange(length)[:, None] * slopes  # [distance, head]"""

_HEATMAP = """\
# %%
figure = go.Figure(go.Heatmap(z=matrix, colorscale="RdBu", zmid=0))
figure.update_layout(xaxis_title="{x}", yaxis_title="{y}", yaxis_autorange="reversed")
figure  # a notebook shows it; in a script, call figure.show()"""

_FIGURE: dict[Scheme, str] = {
    **dict.fromkeys(("sinusoidal", "learned", "rotary"), _HEATMAP.format(x="dimension", y="position")),
    "alibi": _HEATMAP.format(x="head", y="distance"),
}

_RESULT_OF_WAVES = """\
# %%
result = {
    "matrix": matrix.tolist(),
    "frequencies": frequencies.tolist(),
    "wavelengths": (2 * np.pi / frequencies).tolist(),
}"""

_LAST: dict[Scheme, str] = {
    "sinusoidal": _RESULT_OF_WAVES,
    "rotary": _RESULT_OF_WAVES,
    "learned": '# %%\nresult = {"matrix": matrix.tolist(), "norms": norms.tolist()}',
    "alibi": '# %%\nresult = {"matrix": matrix.tolist(), "slopes": slopes.tolist()}',
}
