"""What a team's database holds. Times are UTC. A change here needs a migration; a test compares the two."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, Dialect, Float, ForeignKey, Index, Integer, MetaData, String, Text, TypeDecorator
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Instant(TypeDecorator[datetime]):
    """A point in time. SQLite forgets the zone, so UTC goes in and comes out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return it in UTC; SQLite compares the text of it."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ANN401
        """Return it with its zone."""
        if not isinstance(value, datetime):
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Words(TypeDecorator[str]):
    """A text as people and models write them: NUL and half characters, which PostgreSQL refuses, are replaced."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Return what every database can hold."""
        return None if value is None else holdable(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        """Return it as it is."""
        return value


class Document(TypeDecorator[Any]):
    """JSON, whose texts are as those of `Words`."""

    impl = JSON
    cache_ok = True

    def process_bind_param(self, value: Any | None, dialect: Dialect) -> Any | None:  # noqa: ANN401
        """Return what every database can hold."""
        return _holdable_document(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Any | None:  # noqa: ANN401
        """Return it as it is."""
        return value


def holdable(text: str) -> str:
    """Return a text that every database can hold."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "␀")


def _holdable_document(value: Any) -> Any:  # noqa: ANN401 (whatever JSON can hold)
    if isinstance(value, str):
        return holdable(value)
    if isinstance(value, Mapping):
        return {holdable(str(name)): _holdable_document(part) for name, part in value.items()}
    return [_holdable_document(part) for part in value] if isinstance(value, (list, tuple)) else value


class Table(DeclarativeBase):
    """The base of all tables; every constraint has a name, so that a migration can name it too."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: Instant, dict[str, Any]: Document, list[dict[str, Any]]: Document}  # noqa: RUF012


class Deployment(Table):
    """One row. A count against a limit locks it, so that only one counts at a time."""

    __tablename__ = "deployment"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    salt: Mapped[str] = mapped_column(String(64))
    """Without it nobody can tell from `Usage.person` who that is."""


class Person(Table):
    """Somebody who signed in."""

    __tablename__ = "person"

    id: Mapped[str] = mapped_column(String(255), primary_key=True)
    email: Mapped[str | None] = mapped_column(String(320))
    name: Mapped[str] = mapped_column(Words)
    role: Mapped[str] = mapped_column(String(16))
    key: Mapped[str] = mapped_column(String(64), unique=True)
    """What stands for them in `Usage.person`."""
    first_seen: Mapped[datetime]
    last_seen: Mapped[datetime]


class Run(Table):
    """A prompt and its answer."""

    __tablename__ = "run"
    __table_args__ = (Index(None, "person_id", "at"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    at: Mapped[datetime]
    engine: Mapped[str] = mapped_column(String(32))
    model: Mapped[str] = mapped_column(Words)
    settings: Mapped[dict[str, Any]]
    """The parameters of the page's link."""
    messages: Mapped[list[dict[str, Any]]]
    """The conversation, if it was one."""
    prompt: Mapped[str] = mapped_column(Words)
    answer: Mapped[str] = mapped_column(Words)
    finish: Mapped[str] = mapped_column(String(16))
    input_tokens: Mapped[int | None]
    output_tokens: Mapped[int]
    usd: Mapped[float | None] = mapped_column(Float)
    """What it cost: 0 if it ran here, None if nobody knows."""


class Comparison(Table):
    """Texts that were written side by side, kept under a name."""

    __tablename__ = "comparison"
    __table_args__ = (Index(None, "person_id", "at"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    at: Mapped[datetime]
    name: Mapped[str] = mapped_column(Words)
    prompt: Mapped[str] = mapped_column(Words)
    lanes: Mapped[list[dict[str, Any]]]


class Progress(Table):
    """What somebody has done in the lessons."""

    __tablename__ = "progress"

    person_id: Mapped[str] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    at: Mapped[datetime]
    pages: Mapped[dict[str, Any]]
    """By the address of the page, as `components.ui.guide.progress` writes it."""


class SharedLink(Table):
    """A short address that opens a view."""

    __tablename__ = "shared_link"
    __table_args__ = (Index(None, "person_id"),)

    slug: Mapped[str] = mapped_column(String(32), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    at: Mapped[datetime]
    expires: Mapped[datetime]
    page: Mapped[str] = mapped_column(String(64))
    params: Mapped[dict[str, Any]]


class Usage(Table):
    """What one run used, or may use at most while it goes on."""

    __tablename__ = "usage"
    __table_args__ = (Index(None, "at"), Index(None, "person", "at"))

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    at: Mapped[datetime]
    person: Mapped[str | None] = mapped_column(String(64))
    """`Person.key`; None when that person's data was deleted."""
    engine: Mapped[str] = mapped_column(String(32))
    model: Mapped[str] = mapped_column(Words)
    tokens: Mapped[int]
    """Read and written."""
    usd: Mapped[float | None] = mapped_column(Float)
    settled: Mapped[bool]


class AuditEntry(Table):
    """Who did what, when."""

    __tablename__ = "audit"
    __table_args__ = (Index(None, "at"), Index(None, "person_id"))

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    at: Mapped[datetime]
    person_id: Mapped[str | None] = mapped_column(String(255))
    """None when that person's data was deleted. No foreign key: it outlives the person."""
    action: Mapped[str] = mapped_column(String(32))
    model: Mapped[str | None] = mapped_column(Words)
    tokens: Mapped[int | None]
    prompt: Mapped[str | None] = mapped_column(Words)
    """Only where the deployment wants it."""
