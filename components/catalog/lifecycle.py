"""Whether a model still lives. Computed from dates and today, never stored: a stored status goes stale.

Bedrock's own words: a model is Active, then Legacy (announced to end; closed to new customers), and after its
end-of-life date requests to it fail. See AWS docs, "Model lifecycle".
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Final, Literal

from components.catalog.records import Model, Offer

Status = Literal["active", "legacy", "ended", "unknown"]
STATUSES: Final[tuple[Status, ...]] = ("active", "legacy", "ended", "unknown")


def today() -> datetime.date:
    """Return the day in UTC, the clock the providers' dates are read by here."""
    return datetime.datetime.now(datetime.UTC).date()


def offer_status(offer: Offer, day: datetime.date) -> Status:
    """Return what an offer is on a day."""
    if _reached(offer.eol, day) or _reached(offer.gone_by, day):
        return "ended"
    if _reached(offer.legacy, day) or _reached(offer.legacy_by, day):
        return "legacy"
    return "active"


def model_status(model: Model, day: datetime.date) -> Status:
    """Return what a model is on a day: as alive as the most alive way to run it.

    Weights that were published do not end. JumpStart deploys published weights, so it does not count by itself.
    """
    if model.open_weights.value:
        return "active"
    states = {offer_status(offer, day) for offer in model.offers if offer.venue != "jumpstart"}
    return next((status for status in STATUSES if status in states), "unknown")


def next_end(model: Model, day: datetime.date) -> Offer | None:
    """Return the offer whose announced end comes first after a day."""
    coming = [offer for offer in model.offers if offer.eol and offer_status(offer, day) != "ended"]
    return min(coming, key=lambda offer: offer.eol or datetime.date.max, default=None)


@dataclass(frozen=True)
class Period:
    """A date that a source may know to the day, the month or the year only."""

    first: datetime.date
    last: datetime.date

    @property
    def middle(self) -> datetime.date:
        """The day in the middle, where a chart has to put one point."""
        return self.first + (self.last - self.first) / 2


def period(written: str) -> Period:
    """Read "2018", "2018-10" or "2018-10-11" as the days it may mean."""
    parts = [int(part) for part in written.split("-")]
    year = parts[0]
    if len(parts) == 1:
        return Period(datetime.date(year, 1, 1), datetime.date(year, 12, 31))
    month = parts[1]
    if len(parts) == 2:
        following = datetime.date(year + month // 12, month % 12 + 1, 1)
        return Period(datetime.date(year, month, 1), following - datetime.timedelta(days=1))
    day = datetime.date(year, month, parts[2])
    return Period(day, day)


def _reached(date: datetime.date | None, day: datetime.date) -> bool:
    return date is not None and date <= day
