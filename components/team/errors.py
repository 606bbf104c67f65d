"""What can go wrong with what a team remembers, in words for its visitors. Free of Streamlit and SQLAlchemy."""

from __future__ import annotations

from components.core.errors import VisitorError
from components.core.i18n import N_


class StoreUnavailable(VisitorError):
    """The database does not answer, or refuses to write. Value: `reason`, words of ours: no server's own message."""

    template = N_("The database of this dashboard cannot be used now: {reason}.")
    advice = N_("The pages work without it. Try again in a minute; if it stays so, tell the operator of the dashboard.")


class NoSuchLink(VisitorError):
    """A shared link leads nowhere. It may never have been one."""

    template = N_("This shared link does not exist, has expired, or was taken back.")
    advice = N_("Ask whoever gave it to you for a new one.")
