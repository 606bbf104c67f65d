"""Surprise in bits: what the pages show. Computation and exports keep nats, as the libraries do."""

from __future__ import annotations

import math
from typing import Final

BITS_PER_NAT: Final = 1 / math.log(2)


def to_bits(nats: float) -> float:
    """Return surprise, loss, entropy or divergence in bits."""
    return nats * BITS_PER_NAT
