"""What a run costs, and what counts it: a hook that a team's limits fill. Without a team nothing is counted."""

from __future__ import annotations

from collections.abc import Callable

from components.engines.contract import Engine

Cost = Callable[[int, int], float | None]
"""Tokens read and written -> US dollars; 0 where nobody pays, None where nobody knows."""

Meter = Callable[[Engine], Engine]
"""Makes of an engine one that counts what this run's visitor uses, and that refuses what is over their limits."""


def _count_nothing(_cost: Cost) -> Meter:
    return lambda engine: engine


_meter_of: Callable[[Cost], Meter] = _count_nothing


def meter_with(meter_of: Callable[[Cost], Meter]) -> None:
    """Have limits count what is used."""
    global _meter_of  # noqa: PLW0603 (one set of limits for the process)
    _meter_of = meter_of


def meter_of(cost: Cost) -> Meter:
    """Return what counts the runs of this run's visitor, each at this cost."""
    return _meter_of(cost)
