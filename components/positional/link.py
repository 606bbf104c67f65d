"""The parameters of the page's link."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from components.core.i18n import _
from components.core.parameters import Choice, Number, Text
from components.models.registry import DEFAULT_ENCODER, ModelParameter
from components.positional import settings
from components.positional.schemes import SCHEMES

PAGE: Final = "positional-encoding"


@dataclass(frozen=True)
class EvenNumber(Number):
    """A whole even number within bounds."""

    def problem(self, written: str) -> str | None:
        """Return what is allowed, if a value written in a link is not; else None."""
        if super().problem(written) is None and self.parse(written) % 2 == 0:
            return None
        return _("Allowed: an even number from {least} to {most}.").format(least=self.least, most=self.most)


SCHEME: Final = Choice("scheme", SCHEMES, "sinusoidal")
D_MODEL: Final = EvenNumber("d_model", settings.D_MODEL_MIN_DIMENSIONS, settings.D_MODEL_MAX_DIMENSIONS, default=128)
LENGTH: Final = Number("length", settings.LENGTH_MIN_POSITIONS, settings.LENGTH_MAX_POSITIONS, default=64)
BASE: Final = Number("base", settings.BASE_MIN, settings.BASE_MAX, default=settings.PAPER_BASE)
LAYOUT: Final = Choice("layout", settings.LAYOUTS, "interleaved")
MODEL: Final = ModelParameter("model", DEFAULT_ENCODER)
TEXT: Final = Text("text", 300, "The capital of France is")
"""Read by the views that need words."""
TAB: Final = Choice("tab", ("waves", "claims", "addition", "comparison", "shuffle"), "waves")
PARAMETERS: Final = (SCHEME, D_MODEL, LENGTH, BASE, LAYOUT, MODEL, TEXT, TAB)
