"""What time it is, asked in one place so that a test can say."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

Clock = Callable[[], datetime]
DAY: Final = timedelta(days=1)
MINUTE: Final = timedelta(minutes=1)


def now() -> datetime:
    """Return the present time, UTC."""
    return datetime.now(UTC)


def day_of(moment: datetime) -> datetime:
    """Return the midnight, UTC, at which the day of a moment began."""
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
