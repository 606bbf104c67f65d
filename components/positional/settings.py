"""The limits of the page's settings, and the errors when a setting is outside them.

The limits keep a heatmap readable and an exported file small; the mathematics has none.

    VisitorError
    └── SettingError
        ├── OutOfBounds      a number too small or too large
        ├── OddWidth         d_model is odd
        ├── UnknownLayout    neither interleaved nor concatenated
        └── TableTooShort    the model has learned fewer positions
"""

from __future__ import annotations

from typing import Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from components.core.errors import VisitorError
from components.core.i18n import N_

Layout = Literal["interleaved", "concatenated"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]

LAYOUTS: Final[tuple[str, ...]] = get_args(Layout)
D_MODEL_MIN_DIMENSIONS: Final = 2
D_MODEL_MAX_DIMENSIONS: Final = 1024
LENGTH_MIN_POSITIONS: Final = 2
LENGTH_MAX_POSITIONS: Final = 512
BASE_MIN: Final = 2
BASE_MAX: Final = 1_000_000
PAPER_BASE: Final = 10_000


class SettingError(VisitorError):
    """A setting outside what the page computes."""


class OutOfBounds(SettingError):
    """A number too small or too large. Values: `name`, `value`, `low`, `high`."""

    template = N_("{name} is {value}.")
    advice = N_("Choose a number from {low} to {high}.")


class OddWidth(SettingError):
    """An odd number of dimensions. Value: `value`."""

    template = N_("d_model is {value}, an odd number.")
    advice = N_("Choose an even number: every frequency takes two dimensions.")


class UnknownLayout(SettingError):
    """Not a layout. Values: `value`, `choices`."""

    template = N_("layout is {value}.")
    advice = N_("Choose one of: {choices}.")


class TableTooShort(SettingError):
    """More positions than the model has learned. Values: `value`, `high`."""

    template = N_("length is {value}, but this model has learned {high} positions and no more.")
    advice = N_("Choose a length up to {high}.")


def check_within(name: str, value: float, *, low: float, high: float) -> None:
    """Raise `OutOfBounds` unless low <= value <= high."""
    # Asked this way round so that NaN, for which every comparison is false, is refused too.
    if not low <= value <= high:
        raise OutOfBounds(name=name, value=value, low=low, high=high)


def check_d_model(d_model: int) -> None:
    """Raise `OutOfBounds` or `OddWidth` unless `d_model` is an even number within the limits."""
    check_within("d_model", d_model, low=D_MODEL_MIN_DIMENSIONS, high=D_MODEL_MAX_DIMENSIONS)
    if d_model % 2:
        raise OddWidth(value=d_model)


def check_length(length: int) -> None:
    """Raise `OutOfBounds` unless `length` is within the limits."""
    check_within("length", length, low=LENGTH_MIN_POSITIONS, high=LENGTH_MAX_POSITIONS)


def check_base(base: float) -> None:
    """Raise `OutOfBounds` unless `base` is within the limits; above 1, so that wavelengths grow."""
    check_within("base", base, low=BASE_MIN, high=BASE_MAX)


def check_layout(layout: str) -> None:
    """Raise `UnknownLayout` unless `layout` is one of `LAYOUTS`."""
    if layout not in LAYOUTS:
        raise UnknownLayout(value=repr(layout), choices=", ".join(LAYOUTS))
