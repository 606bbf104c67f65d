"""Why a run may not start: which limit, how much of it is used, when it is free again."""

from __future__ import annotations

from components.core.i18n import N_
from components.engines.errors import RequestError


class LimitReached(RequestError):
    """A limit of this deployment is used up. Values: `limit`, `used`, and when it is free again."""


class YourRequests(LimitReached):
    """A person's requests a minute. Values: `limit`, `used`, `seconds`."""

    template = N_("You may start {limit} runs a minute; {used} were started.")
    advice = N_("It goes on in {seconds} s.")


class AllRequests(LimitReached):
    """Everybody's requests a minute. Values: `limit`, `used`, `seconds`."""

    template = N_("All of you together may start {limit} runs a minute; {used} were started.")
    advice = N_("It goes on in {seconds} s.")


class YourTokens(LimitReached):
    """A person's tokens a day. Values: `limit`, `used`, `wanted`, `hours`, `minutes`."""

    template = N_("You may use {limit} tokens a day; {used} are used or promised, and this run may take {wanted}.")
    advice = N_("The day ends at midnight UTC, in {hours} h {minutes} min. A shorter run may still fit.")


class AllTokens(LimitReached):
    """Everybody's tokens a day. Values: `limit`, `used`, `wanted`, `hours`, `minutes`."""

    template = N_(
        "All of you together may use {limit} tokens a day; {used} are used or promised, and this run may take {wanted}."
    )
    advice = N_("The day ends at midnight UTC, in {hours} h {minutes} min. A shorter run may still fit.")


class YourMoney(LimitReached):
    """A person's money a day. Values: `limit`, `used`, `wanted`, `hours`, `minutes`."""

    template = N_(
        "You may spend US$ {limit} a day; US$ {used} are spent or promised, and this run may cost US$ {wanted}."
    )
    advice = N_("The day ends at midnight UTC, in {hours} h {minutes} min. A shorter run may still fit.")


class AllMoney(LimitReached):
    """Everybody's money a day. Values: `limit`, `used`, `wanted`, `hours`, `minutes`."""

    template = N_(
        "All of you together may spend US$ {limit} a day; US$ {used} are spent or promised, and this run may cost "
        "US$ {wanted}."
    )
    advice = N_("The day ends at midnight UTC, in {hours} h {minutes} min. A shorter run may still fit.")


class PriceUnknown(RequestError):
    """Money is limited, and nobody knows what this model costs. Value: `model`."""

    template = N_("What may be spent here is limited, and what “{model}” costs is not known, so it does not run.")
    advice = N_("Choose another model, or ask the operator of the dashboard to set its price.")


class CannotCount(RequestError):
    """Money is limited, and the database that counts it does not answer. Value: `reason`."""

    template = N_("What may be spent here is limited, and what was spent cannot be looked up: {reason}.")
    advice = N_("A model that costs nothing works meanwhile. Try again in a minute.")
