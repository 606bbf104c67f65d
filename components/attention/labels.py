"""A name for a head, only where it has earned one.

Naming heads by rank fills every model with "previous-token heads", random ones included. Here a head gets a name only
if its score beats its own measured null by `LEAST_SIGMAS` standard deviations, beats the chance level of an even
spread, has at least `LEAST_SHARE` of the head's attention, and beats the head's next best place `LEAST_LEAD` times: a
head that looks at itself, one back and two back alike is near-sighted, but no previous-token head. All others have no
clear role.

The last two matter: with the null and chance alone the embedded models get names for 70 (BERT) and 55 (GPT-2) of their
72 heads, with all four for 45 and 18. With random weights in place of theirs, they get none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from components.attention.roles import HeadRoles, Role

LEAST_SIGMAS: Final = 3.0
LEAST_LEAD: Final = 2.0
LEAST_SHARE: Final = 0.1


@dataclass(frozen=True)
class Label:
    """The role of one head, and why it may be called so.

    Attributes
    ----------
    share
        Part of the head's attention that goes where the role says, on random texts.
    sigmas
        Standard deviations above the head's own null.
    chance
        What an even spread would give.
    """

    layer: int
    head: int
    role: Role
    share: float
    sigmas: float
    chance: float


def labels(roles: HeadRoles) -> dict[tuple[int, int], Label]:
    """Return the heads that have a clear role, by `(layer, head)`; of several roles the one with the largest share."""
    earned: dict[tuple[int, int], Label] = {}
    for role, score in roles.roles.items():
        enough = (score.sigmas >= LEAST_SIGMAS) & (score.score > score.chance)
        enough &= (score.score >= LEAST_LEAD * score.rival) & (score.score >= LEAST_SHARE)
        for layer, head in zip(*map(list, enough.nonzero()), strict=True):
            share, sigmas = float(score.score[layer, head]), float(score.sigmas[layer, head])
            key = (int(layer), int(head))
            if key not in earned or share > earned[key].share:
                earned[key] = Label(*key, role=role, share=share, sigmas=sigmas, chance=score.chance)
    return earned
