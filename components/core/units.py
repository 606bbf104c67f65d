"""Numbers as the pages show them: surprise in bits (computation and exports keep nats, as the libraries do), shares."""

from __future__ import annotations

import math
from typing import Final

BITS_PER_NAT: Final = 1 / math.log(2)


def to_bits(nats: float) -> float:
    """Return surprise, loss, entropy or divergence in bits."""
    return nats * BITS_PER_NAT


class Signed(float):
    """A change as the pages write it: `f"{Signed(-0.5):+.2f}"` is “−0.50”, with the sign that is as wide as a plus."""

    def __format__(self, spec: str) -> str:
        return super().__format__(spec).replace("-", "−")


def format_percent(share: float) -> str:
    """Return a share or probability in per cent, also one that is too small for a decimal."""
    return "<0.1%" if 0 < share < 0.001 else f"{share:.1%}"
