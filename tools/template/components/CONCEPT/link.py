"""The parameters of the page's link."""

from __future__ import annotations

from typing import Final, Literal, get_args

from components.core.i18n import N_
from components.core.parameters import Choice, Parameter, Text

PAGE: Final = "SLUG"
Order = Literal["count", "alphabet"]
MOST_CHARACTERS: Final = 2_000

TEXT: Final = Text("text", MOST_CHARACTERS, "The sea was calm, and a boat drifted to the shore.")
ORDER: Final = Choice("order", get_args(Order), "count")

PARAMETERS: Final[tuple[Parameter, ...]] = (TEXT, ORDER)

ORDER_NAMES: Final[dict[Order, str]] = {"count": N_("By count"), "alphabet": N_("By alphabet")}
