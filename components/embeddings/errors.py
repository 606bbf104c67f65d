"""What can go wrong on the embeddings page, as one tree. Each says what happened and what to do.

    VisitorError
    └── EmbeddingsError
        └── NothingToRead     a tokenizer makes no token of a text

Every error takes the values of its placeholders as keyword arguments.
"""

from __future__ import annotations

from components.core.errors import VisitorError
from components.core.i18n import N_


class EmbeddingsError(VisitorError):
    """Something on the embeddings page cannot be shown."""


class NothingToRead(EmbeddingsError):
    """A text gives no token. Value: `text`."""

    template = N_("This model's tokenizer makes no token of “{text}”.")
    advice = N_("Change that text, or choose another model.")
