"""The parameters of the page's link."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from components.core.i18n import N_
from components.core.parameters import Choice, Choices, Text
from components.core.policy import is_allowed
from components.models.registry import DEFAULT_DECODER, DEFAULT_ENCODER, ModelParameter, records

PAGE: Final = "tokenizer"
MOST_TEXT_CHARS: Final = 400_000
"""What a link and the text field take; what is over `core.text.MOST_CHARACTERS` is cut there, with a note."""

TEXT: Final = Text("text", MOST_TEXT_CHARS, "I read a good novel.")
MODEL: Final = ModelParameter("model", DEFAULT_ENCODER)


@dataclass(frozen=True)
class ComparedModels(Choices):
    """Several models of the registry that this visitor may use."""

    def problem(self, written: str) -> str | None:
        """Return what is allowed, if any of the ids written in a link is not; else None."""
        return Choices(self.name, self.allowed(), self.default).problem(written)

    def allowed(self) -> list[str]:
        """Return the ids that this visitor may use."""
        return [model_id for model_id in self.options if is_allowed(model_id)]


COMPARE: Final = ComparedModels(
    "compare",
    [model.id for model in records() if model.reads_text],
    default=(DEFAULT_ENCODER, DEFAULT_DECODER),
    meaning=N_("The models beside the chosen one in the tab `compare`."),
)
TAB: Final = Choice(
    "tab", ("output", "stages", "decision", "numbers", "compare", "languages", "train"), default="output"
)
PARAMETERS: Final = (TEXT, MODEL, COMPARE, TAB)
