"""The parameters of the page's link."""

from __future__ import annotations

from typing import Final

from components.core.i18n import N_
from components.core.parameters import Choice, Number, Parameter, Text
from components.models.registry import DEFAULT_ENCODER, ModelParameter

PAGE: Final = "masked-language-model"
VIEWS: Final = ("gaps", "game", "surprise", "models")
MOST_CHARACTERS: Final = 4_000
MOST_SEED: Final = 9_999

MODEL: Final = ModelParameter("model", DEFAULT_ENCODER, ("fill-mask",))
TEXT: Final = Text(
    "text", MOST_CHARACTERS, "The capital of France is [MASK].", meaning=N_("With `[MASK]` where a gap is.")
)
VIEW: Final = Choice("view", VIEWS, "gaps")
TOP: Final = Number("top", 3, 20, 8)
SEED: Final = Number("seed", 0, MOST_SEED, 0)

PARAMETERS: Final[tuple[Parameter, ...]] = (MODEL, TEXT, VIEW, TOP, SEED)
