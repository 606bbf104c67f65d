"""The page's names for its views and for what becomes of a token."""

from __future__ import annotations

from typing import Final

from components.core.i18n import N_
from components.masked_language.corruption import Fate

VIEWS: Final = {
    "gaps": N_("Fill the gaps"),
    "game": N_("The pre-training game"),
    "surprise": N_("What surprises it"),
    "models": N_("Compare models"),
}

FATES: Final[dict[Fate, str]] = {
    "masked": N_("hidden"),
    "replaced": N_("replaced"),
    "kept": N_("left as it is"),
}
