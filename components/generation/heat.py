"""How warm each token of an answer is drawn: by its surprisal, or by how open the choice was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from components.engines.contract import Token

Measure = Literal["surprisal", "entropy"]

FULL_HEAT_BITS: Final[dict[Measure, float]] = {"surprisal": 12.0, "entropy": 8.0}
"""Where the colour is at its strongest. Fixed, so that colours mean the same in every answer: 12 bits are a chance of
1 in 4,096; the entropy of a fair choice among 256 tokens is 8 bits."""


@dataclass(frozen=True)
class Warm:
    """One token as it is drawn.

    Attributes
    ----------
    heat
        From 0 to 1; None where the engine does not tell.
    """

    text: str
    heat: float | None
    surprisal_bits: float | None
    entropy_bits: float | None
    given: bool


def warmth(tokens: Sequence[Token], measure: Measure) -> tuple[Warm, ...]:
    """Return each token with its heat."""
    return tuple(_warm(token, measure) for token in tokens)


def _warm(token: Token, measure: Measure) -> Warm:
    bits = token.surprisal_bits if measure == "surprisal" else token.entropy_bits
    heat = None if bits is None else min(1.0, max(0.0, bits / FULL_HEAT_BITS[measure]))
    return Warm(token.text, heat, token.surprisal_bits, token.entropy_bits, token.given)
