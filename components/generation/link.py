"""The parameters of the page's link."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, get_args

from components.core.i18n import N_
from components.core.parameters import Choice, Number, Parameter, Text
from components.engines.contract import DEFAULT_BEAMS, MOST_BEAMS, Mode, Strategy
from components.engines.local_limits import MOST_NEW_TOKENS
from components.engines.offers import offers
from components.engines.table import ENGINES
from components.models.records import Task
from components.models.registry import DEFAULT_DECODER, ModelParameter

PAGE: Final = "generation"
TASKS: Final[tuple[Task, ...]] = ("text-generation", "text2text-generation")


@dataclass(frozen=True)
class WritingModel(ModelParameter):
    """A model of the registry that writes, or one that a remote engine of this deployment serves."""

    def problem(self, written: str) -> str | None:
        """Return what is allowed, if an id written in a link is not; else None."""
        if any(written in offer.models for offer in offers()):
            return None
        return super().problem(written)


ENGINE: Final = Choice("engine", tuple(spec.name for spec in ENGINES), ENGINES[0].name)
MODEL: Final = WritingModel("model", DEFAULT_DECODER, TASKS)
PROMPT: Final = Text("prompt", 20_000, "Star Trek")
MODE: Final = Choice("mode", get_args(Mode), "complete")
STRATEGY: Final = Choice("strategy", get_args(Strategy), "sample")
TEMPERATURE: Final = Number("temperature", 0.0, 2.0, 0.8)
TOP_K: Final = Number("top_k", 0, 200, 0)
TOP_P: Final = Number("top_p", 0.05, 1.0, 0.95)
MIN_P: Final = Number("min_p", 0.0, 1.0, 0.0)
TYPICAL_P: Final = Number("typical_p", 0.05, 1.0, 1.0)
REPETITION_PENALTY: Final = Number("repetition_penalty", 1.0, 2.0, 1.0)
NUM_BEAMS: Final = Number("num_beams", 1, MOST_BEAMS, DEFAULT_BEAMS)
MAX_NEW_TOKENS: Final = Number("max_new_tokens", 1, MOST_NEW_TOKENS, 40)
SEED: Final = Number("seed", 0, 2**32 - 1, 0)
TAB: Final = Choice("tab", ("steps", "branches", "search", "compare", "guess", "history"), "steps")
RUN: Final = Choice(
    "run",
    ("0", "1"),
    "0",
    meaning=N_("`1` generates at once: not on engines that cost money, and for a team only after a click."),
)

SETTINGS: Final = (
    TEMPERATURE,
    TOP_K,
    TOP_P,
    MIN_P,
    TYPICAL_P,
    REPETITION_PENALTY,
    NUM_BEAMS,
    MAX_NEW_TOKENS,
    SEED,
)
"""What a request may set; each is named as in `components.engines.contract.Request`."""

OF_ANSWERS: Final[tuple[Parameter, ...]] = (ENGINE, MODEL, PROMPT, MODE, STRATEGY, *SETTINGS, RUN)
"""What an answer depends on."""

PARAMETERS: Final[tuple[Parameter, ...]] = (*OF_ANSWERS, TAB)
