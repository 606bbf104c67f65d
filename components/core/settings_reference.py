"""The settings as a table, for `--help` and docs/settings.md, read from `components.core.settings`."""

from __future__ import annotations

import inspect
import re
import textwrap
from dataclasses import dataclass
from typing import Literal, get_args, get_origin

from components.core.settings import PREFIX, Settings

_WIDTH_CHARS = 100


@dataclass(frozen=True)
class Row:
    """One setting."""

    name: str
    variable: str
    default: str
    """As it is written in a variable; `–` where nothing is set."""
    allowed: tuple[str, ...]
    """The values to choose from; empty if it is not a choice."""
    meaning: str


def rows() -> tuple[Row, ...]:
    """Return every setting in the order of the model.

    Raises
    ------
    KeyError
        If the docstring of `Settings` does not say what one means.
    """
    meanings = _meanings(inspect.getdoc(Settings) or "")
    return tuple(
        Row(
            name=name,
            variable=f"{PREFIX}{name.upper()}",
            default="–" if field.default_factory else _written(field.default),
            allowed=get_args(field.annotation) if get_origin(field.annotation) is Literal else (),
            meaning=meanings[name],
        )
        for name, field in Settings.model_fields.items()
    )


def as_text() -> str:
    """Return the table for a terminal: a line that names a setting, its meaning below."""
    blocks = []
    for row in rows():
        allowed = f" Allowed: {', '.join(row.allowed)}." if row.allowed else ""
        meaning = textwrap.fill(
            row.meaning + allowed, _WIDTH_CHARS, initial_indent="      ", subsequent_indent="      "
        )
        blocks.append(f"  {row.name}  ({row.variable}, default {row.default})\n{meaning}")
    return "\n".join(blocks)


def as_markdown() -> list[str]:
    """Return the rows for docs/settings.md."""
    lines = []
    for row in rows():
        allowed = f" Allowed: {', '.join(f'`{value}`' for value in row.allowed)}." if row.allowed else ""
        default = row.default if row.default == "–" else f"`{row.default}`"
        lines.append(f"| `{row.variable}` | {default} | {row.meaning}{allowed} |")
    return lines


def _written(default: object) -> str:
    if default is None or default == ():
        return "–"
    return str(default).lower() if isinstance(default, bool) else str(default)


def _meanings(docstring: str) -> dict[str, str]:
    """Read the "Attributes" of a numpydoc docstring: names at the margin, what they mean indented below."""
    section = docstring.split("Attributes\n----------\n", 1)[-1]
    found: dict[str, str] = {}
    for names, body in re.findall(r"^(\w[\w, ]*)\n((?:[ ]+\S.*(?:\n|$))+)", section, re.MULTILINE):
        for name in names.split(", "):
            found[name] = " ".join(body.split())
    return found
