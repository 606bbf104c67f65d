"""The base of every fault that a visitor can understand and act on. Free of Streamlit, so compute can raise it."""

from __future__ import annotations

from typing import ClassVar


class VisitorError(Exception):
    """A fault whose message is shown on the page: which value, what is allowed, what to do.

    Subclasses set `template` (what happened) and `advice` (what to do): English sentences marked with `N_`, whose
    `{placeholders}` are filled from `values` in whatever language the visitor reads. `str()` gives the English text.

    Attributes
    ----------
    reference
        The id that the log lines about it carry, where whoever runs the dashboard has to do something; else None.
    """

    template: ClassVar[str] = "{detail}"
    advice: ClassVar[str] = ""
    reference: str | None = None

    def __init__(self, **values: object) -> None:
        self.values = values
        super().__init__(" ".join(part.format(**values) for part in (self.template, self.advice) if part))
