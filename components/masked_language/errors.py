"""What can go wrong on the page, as one tree. Each says what happened and what to do.

    VisitorError
    └── MaskedLanguageError
        └── NoMaskToken    the model's vocabulary has nothing that stands for a hidden word

Every error takes the values of its placeholders as keyword arguments.
"""

from __future__ import annotations

from components.core.errors import VisitorError
from components.core.i18n import N_


class MaskedLanguageError(VisitorError):
    """Something on the page cannot be shown."""


class NoMaskToken(MaskedLanguageError):
    """The vocabulary has nothing that stands for a hidden word. Value: `model`."""

    template = N_("The vocabulary of “{model}” has no token that stands for a hidden word.")
    advice = N_("Choose a model that was trained to fill gaps; the embedded one was.")
