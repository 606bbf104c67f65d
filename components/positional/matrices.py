"""The page's matrices: what is shown of each, and in which words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from components.core.i18n import _
from components.positional.schemes import Encoding
from components.positional.settings import FloatArray, Layout
from components.positional.sinusoidal import pair_dimensions
from components.ui.tensor_view.svg import draw_matrix_svg

MOST_ROWS: Final = 256
MOST_COLUMNS: Final = 512
"""The most cells of a matrix: a screen cannot show more, and the browser has to load each."""

_PAIRS_OF_ROTATION: Final = 16


@dataclass(frozen=True, kw_only=True, eq=False)
class Matrix:
    """Signed numbers with their names.

    Attributes
    ----------
    values
        `[row, column]`.
    alt
        What is seen, in words and numbers.
    limit
        The size of value that gets the full colour.
    cell
        How a number is said, with `{row}`, `{column}` and `{value}`.
    notes
        What is said beside a number, for each column.
    """

    values: FloatArray
    alt: str
    rows: Sequence[str]
    columns: Sequence[str]
    row_title: str
    column_title: str
    limit: float
    cell: str
    notes: Sequence[str] = ()


def step_to_fit(count: int, most: int) -> int:
    """Return n such that every n-th of `count` things are at most `most`."""
    return -(-count // most)


def full_colour(encoding: Encoding) -> float:
    """Return the size of value that gets the full colour. In a learned table a few outliers would bleach the rest."""
    size = np.abs(encoding.matrix)
    return float(np.quantile(size, 0.995) if encoding.scheme == "learned" else size.max()) or 1.0


def describe_table(encoding: Encoding) -> Matrix:
    """Describe `Encoding.matrix`, thinned where it is too fine for a screen."""
    rows, columns = encoding.matrix.shape
    every_row, every_column = step_to_fit(rows, MOST_ROWS), step_to_fit(columns, MOST_COLUMNS)
    row_name, column_name = (
        (_("distance"), _("head")) if encoding.scheme == "alibi" else (_("position"), _("dimension"))
    )
    alt = _(
        "Heatmap, {rows} rows ({row_name}) by {columns} columns ({column_name}), values from {low:.3f} to {high:.3f}."
    )
    low, high = encoding.matrix.min(), encoding.matrix.max()
    return Matrix(
        values=encoding.matrix[::every_row, ::every_column],
        alt=alt.format(rows=rows, row_name=row_name, columns=columns, column_name=column_name, low=low, high=high),
        rows=_numbers(rows, every_row),
        columns=_numbers(columns, every_column),
        row_title=row_name,
        column_title=column_name,
        limit=full_colour(encoding),
        cell=_cell(row_name, column_name),
        notes=_wave_notes(encoding, every_column),
    )


def draw_table_svg(encoding: Encoding, title: str) -> str:
    """Draw the table as a vector file."""
    matrix = describe_table(encoding)
    return draw_matrix_svg(
        matrix.values,
        title=f"{title}: ↓ {matrix.row_title} → {matrix.column_title}",
        rows=matrix.rows,
        columns=matrix.columns,
        lowest=-matrix.limit,
        highest=matrix.limit,
    )


def describe_rotation(matrix: FloatArray, layout: Layout, *, offset: int) -> Matrix:
    """Describe the part of R_k that belongs to the fastest pairs; further down it goes on in the same way."""
    first, second = pair_dimensions(len(matrix), layout)
    shown = np.sort(np.concatenate([first[:_PAIRS_OF_ROTATION], second[:_PAIRS_OF_ROTATION]]))
    names = [str(dimension) for dimension in shown]
    largest = float(np.abs(matrix - np.diag(np.diagonal(matrix))).max())
    alt = _("Heatmap of the shift matrix for {k} positions, {d} by {d}; largest entry off the diagonal {largest:.3f}.")
    return Matrix(
        values=matrix[np.ix_(shown, shown)],
        alt=alt.format(k=offset, d=len(matrix), largest=largest),
        rows=names,
        columns=names,
        row_title=_("dimension at the new position"),
        column_title=_("dimension at the old position"),
        limit=1.0,
        cell=_cell(_("row"), _("column")),
    )


def describe_pairs(encoding: Encoding, title: str) -> Matrix:
    """Describe the closeness of every position with every other."""
    closeness = encoding.closeness
    every = step_to_fit(len(closeness), MOST_ROWS // 2)
    names = _numbers(len(closeness), every)
    alt = _("{title}: closeness of every two positions, from {low:.3f} to {high:.3f}.")
    return Matrix(
        values=closeness[::every, ::every],
        alt=alt.format(title=title, low=closeness.min(), high=closeness.max()),
        rows=names,
        columns=names,
        row_title=_("position"),
        column_title=_("position"),
        limit=1.0,
        cell=f"{_('positions')} {{row}}, {{column}} · {_('closeness')} {{value}}",
    )


def describe_addition(rows: Mapping[str, FloatArray], *, start: int, count: int, limit: float) -> Matrix:
    """Describe the parts of an input vector and their sum, coordinate by coordinate.

    `limit` is the size of number that gets the full colour; LayerNorm makes larger ones and must not bleach the rest.
    """
    window = np.array([part[start : start + count] for part in rows.values()])
    first = ", ".join(f"{name} {part[start]:.3f}" for name, part in rows.items())
    return Matrix(
        values=window,
        alt=_("Table of the parts. Dimension {d}: {first}.").format(d=start, first=first),
        rows=list(rows),
        columns=[str(start + place) for place in range(window.shape[1])],
        row_title="",
        column_title=_("dimension"),
        limit=limit or 1.0,
        cell=f"{{row}} · {_('dimension')} {{column}} · {_('value')} {{value}}",
    )


def _cell(row_name: str, column_name: str) -> str:
    return f"{row_name} {{row}} · {column_name} {{column}} · {_('value')} {{value}}"


def _numbers(count: int, every: int) -> list[str]:
    return [str(number) for number in range(0, count, every)]


def _wave_notes(encoding: Encoding, every: int) -> list[str]:
    if encoding.frequencies is None or encoding.wavelengths is None:
        return []
    note = _("frequency {frequency:.4g} radians a position · wavelength {wavelength:,.4g} positions")
    waves = zip(encoding.frequencies[::every], encoding.wavelengths[::every], strict=True)
    return [note.format(frequency=frequency, wavelength=wavelength) for frequency, wavelength in waves]
