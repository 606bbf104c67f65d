"""A Bedrock that embeds: vectors that follow from the text alone, in Titan's or Cohere's answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.services.aws_server import Scenario


@dataclass
class Embedding(Scenario):
    """Answers InvokeModel for the last request body."""

    @property
    def picture(self) -> dict[str, Any]:
        """What the server sends back."""
        asked = self.bodies[-1]
        if "texts" in asked:
            return {"embeddings": [list(self.vector(text)) for text in asked["texts"]], "id": "1"}
        return {"embedding": list(self.vector(asked["inputText"])), "inputTextTokenCount": 3}

    @picture.setter
    def picture(self, _value: object) -> None:
        """Ignore what the dataclass sets."""

    @staticmethod
    def vector(text: str) -> tuple[float, ...]:
        """Return the vector of a text: how often each vowel occurs, so that it differs and can be foretold."""
        return (*(float(text.count(vowel)) for vowel in "aeiou"), 1.0, len(text) / 100)
