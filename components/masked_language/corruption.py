"""The puzzle that pre-training makes of a text: 15 % of its tokens are to be guessed, most of them hidden.

Follows BERT (Devlin et al. 2019, arXiv 1810.04805, section 3.1 and its `create_masked_lm_predictions`): of the chosen
tokens 80 % become the mask, 10 % any entry of the vocabulary, 10 % stay. The model is asked about all of them, and
cannot tell which of the words it sees were left alone. So it has to form an opinion about every word.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

Fate = Literal["masked", "replaced", "kept"]

SHARE: Final = 0.15
MASKED: Final = 0.8
REPLACED: Final = 0.1


@dataclass(frozen=True)
class Corruption:
    """One puzzle.

    Attributes
    ----------
    ids
        What the model is given.
    positions
        Which tokens it is asked about, in order; at least one if any could be chosen.
    fates
        What became of each of them.
    """

    ids: tuple[int, ...]
    positions: tuple[int, ...]
    fates: tuple[Fate, ...]


def corrupt(ids: Sequence[int], eligible: Sequence[int], *, vocabulary: int, mask_id: int, seed: int) -> Corruption:
    """Make a puzzle of a text; the same seed makes the same one.

    Parameters
    ----------
    eligible
        Positions that may be chosen: neither special nor already masked.
    vocabulary
        How many entries a replacement is drawn from. As in BERT it may be any of them, even the right one.
    """
    random = np.random.default_rng(seed)
    count = min(len(eligible), max(1, round(SHARE * len(eligible))))
    positions = sorted(random.choice(np.asarray(eligible, dtype=int), size=count, replace=False).tolist())
    changed = list(ids)
    fates: list[Fate] = []
    for position in positions:
        # both numbers are drawn every time, so that one token's fate does not shift the next one's
        lot, other = random.random(), int(random.integers(vocabulary))
        if lot < MASKED:
            fates.append("masked")
            changed[position] = mask_id
        elif lot < MASKED + REPLACED:
            fates.append("replaced")
            changed[position] = other
        else:
            fates.append("kept")
    return Corruption(tuple(changed), tuple(positions), tuple(fates))
