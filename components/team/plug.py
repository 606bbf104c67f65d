"""What a team plugs into the rest of the dashboard. No other package imports what is behind these hooks."""

from __future__ import annotations

from components.engines import metering
from components.generation import history
from components.team.comparisons.panel import keep_comparison, kept_comparisons
from components.team.history.saving import answer_saver, history_owner
from components.team.history.tab import stored_history
from components.team.limits.metering import meter_of


def plug_in() -> None:
    """Fill the hooks; another call changes nothing."""
    metering.meter_with(meter_of)
    history.keep_history_with(
        history.History(
            is_kept=lambda: history_owner() is not None,
            saver=answer_saver,
            draw=stored_history,
            draw_keep_comparison=keep_comparison,
            draw_comparisons=kept_comparisons,
        )
    )
