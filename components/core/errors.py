"""The base class of the errors that a visitor sees, and a reason that is no exception."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from components.core.i18n import _


class VisitorError(Exception):
    """An error whose message is shown on the page: which value, what is allowed, what to do.

    Subclasses set `template` (what happened) and `advice` (what to do): English sentences marked with `N_`, whose
    `{placeholders}` are filled from `values`. The page shows them in the visitor's language, `str()` in English.

    Attributes
    ----------
    reference
        The id of its log lines, if the operator has to act; else None.
    """

    template: ClassVar[str] = "{detail}"
    advice: ClassVar[str] = ""
    reference: str | None = None

    def __init__(self, **values: object) -> None:
        self.values = values
        super().__init__(" ".join(part.format(**values) for part in (self.template, self.advice) if part))


@dataclass(frozen=True)
class Reason:
    """Why something is not possible: an English sentence marked with `N_`, and the values of its placeholders.

    `str()` returns it in the visitor's language.
    """

    template: str
    values: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return _(self.template).format(**self.values)
