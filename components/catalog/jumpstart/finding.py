"""Which JumpStart models there are: what the hub lists, or the curated ids where it cannot be asked."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from components.aws.answers import HubModel, Overlay
from components.catalog.catalogue import models


@cache
def curated() -> tuple[HubModel, ...]:
    """Return the JumpStart ids of the curated records."""
    return tuple(
        HubModel(offer.id, one.name, version="", support="", keywords=tuple(one.tasks.value or ()))
        for one in models()
        for offer in one.offers
        if offer.venue == "jumpstart"
    )


def listed(overlay: Overlay | None) -> tuple[HubModel, ...]:
    """Return what can be searched without asking anybody."""
    return overlay.hub if overlay is not None and overlay.hub else curated()


def is_whole(overlay: Overlay) -> bool:
    """Say whether the hub's list came to its end: it is long, and nobody waits for it longer than for the others."""
    return bool(overlay.hub) and not any(trouble.call == "hub" for trouble in overlay.troubles)


def matching(rows: Iterable[HubModel], words: str) -> tuple[HubModel, ...]:
    """Return the rows in which each word occurs: in id, title or keywords."""
    wanted = words.casefold().split()
    return tuple(
        row
        for row in rows
        if all(word in f"{row.id} {row.title} {' '.join(row.keywords)}".casefold() for word in wanted)
    )


def joined(*lists: Iterable[HubModel]) -> tuple[HubModel, ...]:
    """Return lists as one, each id once."""
    found = {row.id: row for rows in lists for row in rows}
    return tuple(found.values())
