"""The parameters of the page's link."""

from __future__ import annotations

from typing import Final

from components.models.parameter import ModelParameter
from components.models.registry import DEFAULT_DECODER, DEFAULT_ENCODER, records
from components.shell.parameters import Choices, Text

PAGE: Final = "tokenizer"
MOST_TEXT_CHARS: Final = 400_000
"""What a link and the text field take; what is over `source.MOST_CHARACTERS` is cut there, with a note."""

TEXT: Final = Text("text", MOST_TEXT_CHARS, "I read a good novel.")
MODEL: Final = ModelParameter("model", DEFAULT_ENCODER)
COMPARE: Final = Choices(
    "compare", [model.id for model in records() if model.reads_text], default=(DEFAULT_ENCODER, DEFAULT_DECODER)
)
"""Shown beside the chosen model in the tab that compares."""
PARAMETERS: Final = (TEXT, MODEL, COMPARE)
