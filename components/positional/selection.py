"""What a visitor has chosen, and the table that follows from it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from components.models.shape import model_shape
from components.models.weights import position_table
from components.positional.order import NoPositionTable
from components.positional.schemes import (
    Encoding,
    Scheme,
    alibi_encoding,
    learned_encoding,
    rotary_encoding,
    sinusoidal_encoding,
)
from components.positional.settings import Layout


@dataclass(frozen=True, kw_only=True)
class Selection:
    """The parameters of the page's link. Each scheme uses those it knows."""

    scheme: Scheme
    d_model: int
    length: int
    base: int
    layout: Layout
    model: str


def encode(chosen: Selection, folder: Path, *, head: int = 0) -> Encoding:
    """Compute the table of a selection.

    Parameters
    ----------
    chosen
        What to compute.
    folder
        Where the files of `chosen.model` are: a learned table is read from its weights, the number of ALiBi's heads
        from its config. No torch.
    head
        Which head ALiBi's closeness is about.

    Raises
    ------
    NoPositionTable
        The scheme is "learned" and the model has learned no positions.
    SettingError
        A number out of bounds, or more positions than the model has learned.
    CorruptFile
        The model's files are unreadable.
    """
    match chosen.scheme:
        case "sinusoidal" | "rotary":
            waves = sinusoidal_encoding if chosen.scheme == "sinusoidal" else rotary_encoding
            return waves(d_model=chosen.d_model, length=chosen.length, base=chosen.base, layout=chosen.layout)
        case "alibi":
            return alibi_encoding(heads=model_shape(folder).heads, length=chosen.length, head=head)
        case "learned":
            table = position_table(folder)
            if table is None:
                raise NoPositionTable(model=chosen.model)
            return learned_encoding(table, length=chosen.length)
