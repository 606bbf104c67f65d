"""A name for a head, only where it has earned one.

Naming heads by rank fills every model with "previous-token heads", random ones included. Here a head gets a name only
if, on random texts, all of this holds:

1. Its gain, the weight on the role's place less that where the role is absent, is above zero: a one-sided paired t
   test over texts, with p below `LEVEL` after Holm's correction over all heads and roles of the model.
2. The gain is at least `LEAST_SHARE` of the head's attention.
3. The weight is at least `LEAST_LEAD` times that on the head's next best place: a head that looks at itself, one back
   and two back alike is near-sighted, but no previous-token head. For the roles that need a repeat it is the gain that
   leads: a head may rest on the first token and go to the repeat when there is one.

The test says that a preference is there, the other two that it is large: the test alone would name nearly every head.

A name is stable if each of the disjoint sets of texts has 2 and 3, and the interval of the gain stays above
`LEAST_SHARE`; else other texts might take it away. Of the heads of networks with random weights at most one in a
hundred has a name (tests/unit/attention/test_roles.py). The counts are in docs/measurements.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from components.attention.roles import REPEAT_ROLES, HeadRoles, Role
from components.attention.statistics import Floats, holm

LEVEL: Final = 0.05
LEAST_LEAD: Final = 2.0
LEAST_SHARE: Final = 0.1


@dataclass(frozen=True)
class Label:
    """The role of one head, and why it may be called so.

    Attributes
    ----------
    score
        Part of the head's attention that goes where the role says, on random texts.
    gain, low, high
        How much more that is than where the role is absent, and the interval over texts.
    p
        Of the test that the gain is above zero, corrected for all heads and roles.
    stable
        Whether each disjoint set of texts shows the role.
    """

    layer: int
    head: int
    role: Role
    score: float
    gain: float
    low: float
    high: float
    p: float
    stable: bool


def corrected_p(roles: HeadRoles) -> dict[Role, Floats]:
    """Return the p values of each role, `[layer, head]`, corrected for all heads and roles together."""
    if not roles.roles:
        return {}
    p = holm(np.stack([score.gain.p for score in roles.roles.values()]))
    return dict(zip(roles.roles, p, strict=True))


def labels(roles: HeadRoles) -> dict[tuple[int, int], Label]:
    """Return the heads that have a clear role, by `(layer, head)`.

    Of several roles a head gets the one that needs a repeat, else the one with the largest gain.
    """
    earned: dict[tuple[int, int], Label] = {}
    corrected = corrected_p(roles)
    for role, score in roles.roles.items():
        gain, p = score.gain, corrected[role]
        enough = (p < LEVEL) & _is_large(role, score.score, gain.mean, score.rival)
        stable = (gain.low >= LEAST_SHARE) & np.all([_is_large(role, *each) for each in score.of_sets()], axis=0)
        for layer, head in np.argwhere(enough).tolist():
            at = layer, head
            label = Label(
                layer,
                head,
                role,
                score=float(score.score[at]),
                gain=float(gain.mean[at]),
                low=float(gain.low[at]),
                high=float(gain.high[at]),
                p=float(p[at]),
                stable=bool(stable[at]),
            )
            earned[at] = max(earned.get(at, label), label, key=lambda one: (one.role in REPEAT_ROLES, one.gain))
    return earned


def _is_large(role: Role, score: Floats, gain: Floats, rival: Floats) -> NDArray[np.bool_]:
    compared = gain if role in REPEAT_ROLES else score
    return np.asarray((gain >= LEAST_SHARE) & (compared >= LEAST_LEAD * rival))
