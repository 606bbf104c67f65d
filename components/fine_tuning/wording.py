"""What codes are called on the screen."""

from __future__ import annotations

from typing import Final

from components.core.i18n import N_
from components.fine_tuning.link import Data, View
from components.fine_tuning.training import What

VIEWS: Final[dict[View, str]] = {
    "sentences": N_("Sentences"),
    "curves": N_("Curves"),
    "confusion": N_("Right and wrong"),
    "map": N_("[CLS]"),
    "examples": N_("Examples"),
}
DATA: Final[dict[Data, str]] = {
    "film": N_("Film reviews"),
    "korean": N_("Korean film reviews"),
    "own": N_("Your own"),
}
WHATS: Final[dict[What, str]] = {
    "full": N_("Everything"),
    "head": N_("The head only"),
}


def probability(p: float) -> str:
    """Return a p value with as many digits as mean something."""
    return "< 0.001" if p < 0.001 else f"{p:.3f}" if p < 0.1 else f"{p:.2f}"
