"""What was used, and whether a run may start: reserved before it, counted after it.

A reservation and the check before it are one transaction, and one at a time in the whole deployment: ten runs that
start at the same moment can't all see the last free place. A run that is never counted, because its process was killed,
stays reserved until its day is over.

A clock that was set back leaves rows in the future. They count from now on, once: so they open no limit, and none stays
shut for longer than its minute or day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select, true, update
from sqlalchemy.orm import Session

from components.core.settings import Settings
from components.team import errors
from components.team.clock import DAY, MINUTE, day_of
from components.team.store.tables import Deployment, Usage


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What may be used; None is no limit."""

    requests_per_minute: int | None = None
    tokens_per_day: int | None = None
    usd_per_day: float | None = None

    @property
    def anything(self) -> bool:
        """Whether anything is limited."""
        return any(each is not None for each in (self.requests_per_minute, self.tokens_per_day, self.usd_per_day))


@dataclass(frozen=True)
class UserAndTeamLimits:
    """The limits of each person, and of all of them together."""

    person: Limits
    everybody: Limits

    @property
    def anything(self) -> bool:
        """Whether anything is limited."""
        return self.person.anything or self.everybody.anything

    @property
    def money(self) -> bool:
        """Whether money is limited."""
        return self.person.usd_per_day is not None or self.everybody.usd_per_day is not None


def limits_of(settings: Settings) -> UserAndTeamLimits:
    """Return the limits of a deployment."""
    return UserAndTeamLimits(
        Limits(
            requests_per_minute=settings.user_requests_per_minute,
            tokens_per_day=settings.user_tokens_per_day,
            usd_per_day=settings.user_usd_per_day,
        ),
        Limits(
            requests_per_minute=settings.team_requests_per_minute,
            tokens_per_day=settings.team_tokens_per_day,
            usd_per_day=settings.team_usd_per_day,
        ),
    )


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One run, as it is counted.

    Attributes
    ----------
    id
        The same when it is promised and when it is settled.
    person
        Stands for the person who started it, `components.team.store.people.key_of`.
    tokens
        Read and written; before the run, at most.
    usd
        What that costs; None where nobody knows.
    """

    id: str
    person: str
    engine: str
    model: str
    tokens: int
    usd: float | None


@dataclass(frozen=True, kw_only=True)
class Used:
    """What counts against the limits now."""

    requests: int
    tokens: int
    usd: float


def reserve(session: Session, entry: Entry, limits: UserAndTeamLimits, *, now: datetime) -> errors.LimitReached | None:
    """Count a run before it starts; where it does not fit, count nothing and return why.

    It is returned and not raised, because the transaction has to be kept: rows of the future have been moved to now.
    """
    # the one row is locked: another run of the same moment waits here (SQLite locks its file instead)
    session.execute(select(Deployment.id).where(Deployment.id == 1).with_for_update())
    session.execute(update(Usage).where(Usage.at > now).values(at=now))
    try:
        _require_room(session, entry, limits, now=now)
    except errors.LimitReached as error:
        return error
    session.add(_row(entry, at=now, settled=False))
    return None


def commit_usage(session: Session, entry: Entry, *, at: datetime) -> None:
    """Count a run for what it used; one that was not promised is counted now. Doing it twice changes nothing."""
    row = session.get(Usage, entry.id)
    if row is None:
        session.add(_row(entry, at=at, settled=True))
        return
    row.tokens, row.usd, row.settled = entry.tokens, entry.usd, True


def count_used(session: Session, person: str | None, *, now: datetime) -> Used:
    """Return what a person used, or everybody: requests in the last minute, the rest since midnight UTC."""
    whose = true() if person is None else Usage.person == person
    requests = len(_in_the_last_minute(session, whose, now=now))
    tokens, usd = _today(session, whose, now=now)
    return Used(requests=requests, tokens=tokens, usd=usd)


def _require_room(session: Session, entry: Entry, limits: UserAndTeamLimits, *, now: datetime) -> None:
    mine = Usage.person == entry.person
    _require_requests(session, limits.person, mine, errors.YourRequests, now=now)
    _require_requests(session, limits.everybody, true(), errors.AllRequests, now=now)
    _require_day(session, entry, limits.person, mine, (errors.YourTokens, errors.YourMoney), now=now)
    _require_day(session, entry, limits.everybody, true(), (errors.AllTokens, errors.AllMoney), now=now)


def _row(entry: Entry, *, at: datetime, settled: bool) -> Usage:
    return Usage(
        id=entry.id,
        at=at,
        person=entry.person,
        engine=entry.engine,
        model=entry.model,
        tokens=entry.tokens,
        usd=entry.usd,
        settled=settled,
    )


def _require_requests(
    session: Session, limits: Limits, whose: ColumnElement[bool], fault: type[errors.LimitReached], *, now: datetime
) -> None:
    most = limits.requests_per_minute
    if most is None:
        return
    started = _in_the_last_minute(session, whose, now=now)
    if len(started) >= most:
        free_again = started[len(started) - most] + MINUTE
        raise fault(limit=most, used=len(started), seconds=max(1, round((free_again - now).total_seconds())))


def _require_day(
    session: Session,
    entry: Entry,
    limits: Limits,
    whose: ColumnElement[bool],
    faults: tuple[type[errors.LimitReached], type[errors.LimitReached]],
    *,
    now: datetime,
) -> None:
    if limits.tokens_per_day is None and limits.usd_per_day is None:
        return
    of_tokens, of_money = faults
    tokens, usd = _today(session, whose, now=now)
    left_minutes = -(-(day_of(now) + DAY - now) // MINUTE)
    again = {"hours": left_minutes // 60, "minutes": left_minutes % 60}
    if limits.tokens_per_day is not None and tokens + entry.tokens > limits.tokens_per_day:
        raise of_tokens(limit=f"{limits.tokens_per_day:,}", used=f"{tokens:,}", wanted=f"{entry.tokens:,}", **again)
    if limits.usd_per_day is not None and entry.usd and usd + entry.usd > limits.usd_per_day:
        raise of_money(limit=f"{limits.usd_per_day:g}", used=f"{usd:.4f}", wanted=f"{entry.usd:.4f}", **again)


def _in_the_last_minute(session: Session, whose: ColumnElement[bool], *, now: datetime) -> Sequence[datetime]:
    return session.scalars(
        select(Usage.at).where(whose, Usage.at > now - MINUTE, Usage.at <= now).order_by(Usage.at)
    ).all()


def _today(session: Session, whose: ColumnElement[bool], *, now: datetime) -> tuple[int, float]:
    sums = select(func.coalesce(func.sum(Usage.tokens), 0), func.coalesce(func.sum(Usage.usd), 0.0))
    tokens, usd = session.execute(sums.where(whose, Usage.at >= day_of(now), Usage.at <= now)).one()
    return int(tokens or 0), float(usd or 0)
