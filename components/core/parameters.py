"""The parameters of a page's link: their allowed values and their defaults. This module does not need Streamlit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from components.core.i18n import _

MOST_LISTED: Final = 16
"""Of the values that a link may have: more in one sentence are not read."""


def list_options(options: Sequence[str]) -> str:
    """Return the values that are allowed in words, or the first of many."""
    first = ", ".join(options[:MOST_LISTED])
    rest = len(options) - MOST_LISTED
    return first if rest <= 0 else _("{first} and {count} more").format(first=first, count=rest)


class Parameter(Protocol):
    """One parameter of a page's link.

    A kind that is not of this module also has an `example`: a value that fits and is not the default.
    """

    @property
    def name(self) -> str:
        """Return the name in the address, which is also the key of the widget that holds the value."""

    @property
    def default(self) -> object:
        """Return the value of a link without this parameter."""

    @property
    def meaning(self) -> str:
        """Return what docs/links.md says about it, for `_` to translate; empty where the name says it all."""

    def problem(self, written: str) -> str | None:
        """Return what is allowed if the value in a link is not allowed, else None."""

    def parse(self, written: str) -> object:
        """Return an allowed value as its widget holds it."""


@dataclass(frozen=True)
class Choice:
    """One value of a list."""

    name: str
    options: Sequence[str]
    default: str
    meaning: str = field(default="", kw_only=True)

    def problem(self, written: str) -> str | None:
        """Return what is allowed if the value in a link is not allowed, else None."""
        if written in self.options:
            return None
        return _("Allowed: {options}.").format(options=list_options(self.options))

    def parse(self, written: str) -> str:
        """Return an allowed value as its widget holds it."""
        return written


@dataclass(frozen=True)
class Choices:
    """Several values of a list, separated by commas."""

    name: str
    options: Sequence[str]
    default: tuple[str, ...] = ()
    meaning: str = field(default="", kw_only=True)

    def problem(self, written: str) -> str | None:
        """Return what is allowed if one of the values in a link is not allowed, else None."""
        if all(part in self.options for part in self.parse(written)):
            return None
        return _("Allowed, separated by commas: {options}.").format(options=list_options(self.options))

    def parse(self, written: str) -> list[str]:
        """Return allowed values as their widget holds them."""
        return [part for part in written.split(",") if part]


@dataclass(frozen=True)
class Number:
    """A number within bounds. It is a whole number if both bounds are."""

    name: str
    least: float
    most: float
    default: float
    meaning: str = field(default="", kw_only=True)

    def problem(self, written: str) -> str | None:
        """Return what is allowed if the value in a link is not allowed, else None."""
        try:
            if self.least <= self.parse(written) <= self.most:
                return None
        except ValueError:
            pass  # not a number: the same sentence says what is allowed
        allowed = (
            _("Allowed: a whole number from {least} to {most}.")
            if self._whole
            else _("Allowed: a number from {least} to {most}.")
        )
        return allowed.format(least=self.least, most=self.most)

    def parse(self, written: str) -> float:
        """Return an allowed value as its widget holds it."""
        return int(written) if self._whole else float(written)

    @property
    def _whole(self) -> bool:
        return isinstance(self.least, int) and isinstance(self.most, int)


@dataclass(frozen=True)
class Text:
    """A text up to a length."""

    name: str
    most_chars: int
    default: str
    meaning: str = field(default="", kw_only=True)

    def problem(self, written: str) -> str | None:
        """Return what is allowed if the text in a link is not allowed, else None."""
        if len(written) <= self.most_chars:
            return None
        return _("Allowed: up to {most} characters.").format(most=f"{self.most_chars:,}")

    def parse(self, written: str) -> str:
        """Return an allowed text as its widget holds it."""
        return written


def write_value(value: object) -> str:
    """Return a value as a link holds it."""
    if isinstance(value, (list, tuple)):
        return ",".join(str(part) for part in value)
    return str(value)
