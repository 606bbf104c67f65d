"""The parameters of a page's link: what each may be, what it is when the link does not say. Free of Streamlit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from components.core.i18n import _


class Parameter(Protocol):
    """One parameter of a page's link."""

    @property
    def name(self) -> str:
        """Return the name in the address, which is also the key of the widget that holds the value."""

    @property
    def default(self) -> object:
        """Return the value when the link does not say."""

    def problem(self, written: str) -> str | None:
        """Return what is allowed, if a value written in a link is not; else None."""

    def parse(self, written: str) -> object:
        """Return a fitting value as its widget holds it."""


@dataclass(frozen=True)
class Choice:
    """One of a list of values."""

    name: str
    options: Sequence[str]
    default: str

    def problem(self, written: str) -> str | None:
        """Return what is allowed, if a value written in a link is not; else None."""
        if written in self.options:
            return None
        return _("Allowed: {options}.").format(options=", ".join(self.options))

    def parse(self, written: str) -> str:
        """Return a fitting value as its widget holds it."""
        return written


@dataclass(frozen=True)
class Choices:
    """Several of a list of values, separated by commas."""

    name: str
    options: Sequence[str]
    default: tuple[str, ...] = ()

    def problem(self, written: str) -> str | None:
        """Return what is allowed, if any of the values written in a link is not; else None."""
        if all(part in self.options for part in self.parse(written)):
            return None
        return _("Allowed, separated by commas: {options}.").format(options=", ".join(self.options))

    def parse(self, written: str) -> list[str]:
        """Return fitting values as their widget holds them."""
        return [part for part in written.split(",") if part]


@dataclass(frozen=True)
class Number:
    """A number within bounds; whole if both bounds are."""

    name: str
    least: float
    most: float
    default: float

    def problem(self, written: str) -> str | None:
        """Return what is allowed, if a value written in a link is not; else None."""
        try:
            if self.least <= self.parse(written) <= self.most:
                return None
        except ValueError:
            pass  # not a number: the same sentence says what would be
        allowed = (
            _("Allowed: a whole number from {least} to {most}.")
            if self._whole
            else _("Allowed: a number from {least} to {most}.")
        )
        return allowed.format(least=self.least, most=self.most)

    def parse(self, written: str) -> float:
        """Return a fitting value as its widget holds it."""
        return int(written) if self._whole else float(written)

    @property
    def _whole(self) -> bool:
        return isinstance(self.least, int) and isinstance(self.most, int)


@dataclass(frozen=True)
class Text:
    """Free text up to a length."""

    name: str
    most_chars: int
    default: str

    def problem(self, written: str) -> str | None:
        """Return what is allowed, if a text written in a link is not; else None."""
        if len(written) <= self.most_chars:
            return None
        return _("Allowed: up to {most} characters.").format(most=f"{self.most_chars:,}")

    def parse(self, written: str) -> str:
        """Return a fitting text as its widget holds it."""
        return written


def written(value: object) -> str:
    """Return a value as it stands in a link."""
    if isinstance(value, (list, tuple)):
        return ",".join(str(part) for part in value)
    return str(value)
