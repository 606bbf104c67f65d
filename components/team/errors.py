"""What can go wrong with what a team stores and limits, in words for its visitors. Free of Streamlit and SQLAlchemy."""

from __future__ import annotations

from components.core.errors import VisitorError
from components.core.i18n import N_
from components.engines.errors import RequestError

_NEXT_MINUTE = N_("You can start the next run in {seconds} s.")
_NEXT_DAY = N_("The day ends at midnight UTC, in {hours} h {minutes} min. A shorter run may still fit.")


class StoreUnavailable(VisitorError):
    """The database does not answer, or refuses to write. Value: `reason`, words of ours: no server's own message."""

    template = N_("The database of this dashboard cannot be used now: {reason}.")
    advice = N_(
        "The pages work without the database. Try again in a minute; if it still fails, tell the operator of the "
        "dashboard."
    )


class NoSuchLink(VisitorError):
    """A shared link leads nowhere. It may never have been one."""

    template = N_("This shared link does not exist, has expired, or was revoked.")
    advice = N_("Ask the person who gave it to you for a new one.")


class LimitReached(RequestError):
    """A limit of this deployment is used up. Values: `limit`, `used`, and when it is free again."""


class YourRequests(LimitReached):
    """A person's requests a minute. Values: `limit`, `used`, `seconds`."""

    template = N_("You may start {limit} runs a minute, and have started {used} in the last minute.")
    advice = _NEXT_MINUTE


class AllRequests(LimitReached):
    """Everybody's requests a minute. Values: `limit`, `used`, `seconds`."""

    template = N_("Your team may start {limit} runs a minute, and has started {used} in the last minute.")
    advice = _NEXT_MINUTE


class YourTokens(LimitReached):
    """A person's tokens a day. Values: `limit`, `used`, `wanted`, `hours`, `minutes`."""

    template = N_(
        "You may use {limit} tokens a day. {used} are already used or reserved for runs in progress, and this run "
        "may take up to {wanted}."
    )
    advice = _NEXT_DAY


class AllTokens(LimitReached):
    """Everybody's tokens a day. Values: `limit`, `used`, `wanted`, `hours`, `minutes`."""

    template = N_(
        "Your team may use {limit} tokens a day. {used} are already used or reserved for runs in progress, and "
        "this run may take up to {wanted}."
    )
    advice = _NEXT_DAY


class YourMoney(LimitReached):
    """A person's money a day. Values: `limit`, `used`, `wanted`, `hours`, `minutes`."""

    template = N_(
        "You may spend US$ {limit} a day. US$ {used} are already spent or reserved for runs in progress, and "
        "this run may cost up to US$ {wanted}."
    )
    advice = _NEXT_DAY


class AllMoney(LimitReached):
    """Everybody's money a day. Values: `limit`, `used`, `wanted`, `hours`, `minutes`."""

    template = N_(
        "Your team may spend US$ {limit} a day. US$ {used} are already spent or reserved for runs in progress, "
        "and this run may cost up to US$ {wanted}."
    )
    advice = _NEXT_DAY


class PriceUnknown(RequestError):
    """Money is limited, and nobody knows what this model costs. Value: `model`."""

    template = N_("Spending is limited here, and the price of “{model}” is not known, so it does not run.")
    advice = N_("Choose another model, or ask the operator of the dashboard to set its price.")


class CannotCount(RequestError):
    """Money is limited, and the database that counts it does not answer. Value: `reason`."""

    template = N_("Spending is limited here, and the amount spent so far cannot be looked up: {reason}.")
    advice = N_("Meanwhile, models that cost nothing still work. Try again in a minute.")
