"""The parameters of the page's link, and the words for their codes."""

from __future__ import annotations

from typing import Final, Literal, get_args

from components.core.i18n import N_
from components.core.parameters import Choice, Number, Parameter, Text
from components.fine_tuning.csv_examples import MOST_CHARACTERS
from components.fine_tuning.training import What
from components.models.registry import DEFAULT_ENCODER, ModelParameter

PAGE: Final = "fine-tuning"
View = Literal["sentences", "curves", "confusion", "map", "examples"]
Data = Literal["film", "korean", "own"]
VIEWS: Final[tuple[View, ...]] = get_args(View)

MOST_SENTENCES: Final = 6
MOST_SEED: Final = 9_999

MODEL: Final = ModelParameter("model", DEFAULT_ENCODER, ("fill-mask", "feature-extraction"))
DATA: Final = Choice("data", get_args(Data), "film")
OWN: Final = Text("examples", MOST_CHARACTERS, "", meaning=N_("Your own examples as CSV; used where `data` is `own`."))
WHAT: Final = Choice("trained", ("full", "head"), "full")
EPOCHS: Final = Number("epochs", 1, 20, 10)
RATE: Final = Number(
    "rate",
    0.01,
    100.0,
    1.0,
    meaning=N_("Times the usual learning rate, which is another one for the head than for everything."),
)
COUNT: Final = Number("count", 10, 300, 240, meaning=N_("How many examples it is trained on."))
SEED: Final = Number("seed", 0, MOST_SEED, 0)
SENTENCES: Final = Text(
    "sentences",
    1_200,
    "I forgot the time, it was that good.\nI fell asleep after ten minutes.\nNot bad at all.\nThe popcorn was good.",
    meaning=N_("One sentence a line."),
)
VIEW: Final = Choice("view", VIEWS, "sentences")

PARAMETERS: Final[tuple[Parameter, ...]] = (
    MODEL,
    DATA,
    OWN,
    WHAT,
    EPOCHS,
    RATE,
    COUNT,
    SEED,
    SENTENCES,
    VIEW,
)

VIEW_NAMES: Final[dict[View, str]] = {
    "sentences": N_("Sentences"),
    "curves": N_("Curves"),
    "confusion": N_("Right and wrong"),
    "map": N_("[CLS]"),
    "examples": N_("Examples"),
}
DATA_NAMES: Final[dict[Data, str]] = {
    "film": N_("Film reviews"),
    "korean": N_("Korean film reviews"),
    "own": N_("Your own"),
}
WHAT_NAMES: Final[dict[What, str]] = {
    "full": N_("Everything"),
    "head": N_("The head only"),
}
