"""What keeps answers and comparisons longer than a session: a hook that a team's store fills."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from components.engines.metering import Cost
from components.generation.answer import Answer, Saving
from components.generation.comparison import LaneRecord

Save = Callable[[Answer, Cost], Saving | None]
"""Takes an answer in, given what its run costs; None if there is nothing to save."""


@dataclass(frozen=True, kw_only=True)
class History:
    """What is stored of this run's visitor; without a store nothing.

    Attributes
    ----------
    is_kept
        Whether answers of this run's visitor are stored.
    saver
        Returns what stores answers for this run's visitor. Ask before a run: a sign-in may end before the run does.
    draw
        Draws the stored answers.
    draw_keep_comparison
        Offers to keep texts that were written side by side, given their prompt; nothing where none are kept.
    draw_comparisons
        Draws the comparisons that were kept; nothing where there are none.
    """

    is_kept: Callable[[], bool] = lambda: False
    saver: Callable[[], Save] = lambda: lambda answer, cost: None
    draw: Callable[[], None] = lambda: None
    draw_keep_comparison: Callable[[str, Sequence[LaneRecord]], None] = lambda prompt, lanes: None
    draw_comparisons: Callable[[], None] = lambda: None


_history = History()


def keep_history_with(history: History) -> None:
    """Have a store keep answers and comparisons."""
    global _history  # noqa: PLW0603 (one store for the process)
    _history = history


def history() -> History:
    """Return what keeps answers and comparisons."""
    return _history
