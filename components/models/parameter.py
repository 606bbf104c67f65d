"""The `model` parameter of a page's link: an id of the registry, or a Hub id where the deployment allows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from components.core.i18n import _
from components.core.policy import is_allowed
from components.models.errors import UnknownModel
from components.models.records import ModelRecord, Task
from components.models.registry import record, records


@dataclass(frozen=True)
class ModelParameter:
    """Which model a page shows.

    Attributes
    ----------
    name
        In the address, and the key of the menu.
    default
        An embedded model: what the page shows when the link does not say, or asks for one that is not here.
    tasks
        What the page's models can do, as the registry calls it; None for a page that only needs a tokenizer.
    """

    name: str
    default: str
    tasks: Sequence[Task] | None = None

    def problem(self, written: str) -> str | None:
        """Return what is allowed, if an id written in a link is not; else None."""
        try:
            model = record(written)
        except UnknownModel:
            model = None
        if model is not None and is_allowed(model.id) and self._suits(model):
            return None
        return _("Allowed: {options}.").format(options=", ".join(model.id for model in self.choices()))

    def parse(self, written: str) -> str:
        """Return a fitting id as the menu holds it."""
        return written

    def choices(self) -> tuple[ModelRecord, ...]:
        """Return the models of the registry that the page can show and this visitor may use."""
        return tuple(model for model in records(tasks=self.tasks) if model.reads_text and is_allowed(model.id))

    def _suits(self, model: ModelRecord) -> bool:
        """Say whether the page can show a model; what a Hub repository can do is only known once it is here."""
        return model.task is None or (model.reads_text if self.tasks is None else model.task in self.tasks)
