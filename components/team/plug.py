"""What a team plugs into the rest of the dashboard. No other package imports what is behind these hooks."""

from __future__ import annotations

from components.core import policy
from components.engines import metering
from components.generation import history
from components.team import identity, progress, short_links, sign_in, visits
from components.team.comparisons import draw_comparisons, draw_keep_comparison
from components.team.history import answer_saver, draw_history, history_owner
from components.team.metering import meter_of
from components.ui import export
from components.ui.door import Door
from components.ui.guide.progress import Store, keep_with


def plug_in() -> Door:
    """Fill the hooks, and return the team's door; another call changes nothing."""
    policy.identify_with(identity.visitor_of_this_run)
    export.draw_short_link_with(short_links.draw_short_link)
    metering.meter_with(meter_of)
    keep_with(Store(load=progress.load, save=progress.save))
    history.keep_history_with(
        history.History(
            is_kept=lambda: history_owner() is not None,
            saver=answer_saver,
            draw=draw_history,
            draw_keep_comparison=draw_keep_comparison,
            draw_comparisons=draw_comparisons,
        )
    )
    return Door(draw_account=sign_in.draw_account, admits=sign_in.admits, enter=_enter)


def _enter() -> None:
    visits.note_visit()
    short_links.follow()
