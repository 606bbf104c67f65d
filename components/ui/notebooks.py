"""What a student takes home as code: `components/<concept>/notebook.py`, filled in with the values of the view.

A notebook is a real Python file in percent format. ruff lints it, and it runs by itself from the project's folder:
every cell, with the defaults that stand in the file. `render` makes of it the text that `Export.script` returns.

How to write one
----------------
- The module docstring says what the notebook is for. Nothing above the first cell is exported.
- ``# %% [markdown]`` starts prose: comment lines in English. The whole cell is one msgid of the package's catalogue.
- ``# %% tags=["parameters"]`` starts a cell of values that the page knows: `NAME = default`. The defaults name built-in
  models. `render` puts each given value in place of its default, on one line or one line an entry.
- ``# %% tags=["bundled", "map"]`` starts a cell that is kept only if the page asks for one of its tags: an engine, a
  view, an option. A parameters cell and prose may have such tags too. Cells without tags are always kept.
- All cells run in order when the file runs by itself, so of two that exclude each other the later one wins. A cell that
  cannot run here (it asks a service) goes into a notebook of its own, `notebook_<variant>.py`.
- What a `raise` says is a msgid as well; the names in an f-string are its placeholders.
- The last cell leaves `result`: the exported data, key by key.

Code comments stay English. The page's side is a function in `components/<concept>/export.py`:

    render(NOTEBOOK, {"MODEL": weights, "TEXT": text}, keep=["bundled"])

`tests/app/test_exports.py` runs every notebook by itself and compares its `result` with the page's numbers.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from components.core.i18n import _

_PARAMETERS: Final = "parameters"
_MARKER: Final = re.compile(r"^# %%(.*)\n", re.MULTILINE)
_HEADER: Final = re.compile(r'(?P<prose> \[markdown\])?(?: tags=(?P<tags>\["[^]]*"\]))?')
_LONGEST_LINE: Final = 100


@dataclass(frozen=True)
class Cell:
    """One cell of a notebook. The source of prose is Markdown, without comment signs."""

    source: str
    is_prose: bool
    tags: frozenset[str]

    @property
    def variants(self) -> frozenset[str]:
        """The tags of which one must be asked for; none if the cell is always kept."""
        return self.tags - {_PARAMETERS}

    def defaults(self) -> dict[str, ast.expr]:
        """Return the values that a page gives: what a parameters cell assigns."""
        if _PARAMETERS not in self.tags:
            return {}
        assigned = [node for node in ast.parse(self.source).body if isinstance(node, ast.Assign)]
        return {ast.unparse(node.targets[0]): node.value for node in assigned}


def read_cells(path: Path) -> list[Cell]:
    """Return the cells of a notebook.

    Raises
    ------
    ValueError
        If a line starts a cell in a way that is not described above.
    """
    _above, *parts = _MARKER.split(path.read_text(encoding="utf-8"))
    cells = []
    for written, body in zip(parts[::2], parts[1::2], strict=True):
        header = _HEADER.fullmatch(written)
        if header is None:
            raise ValueError(f"{path}: no cell starts with '# %%{written}'")
        is_prose = header["prose"] is not None
        source = re.sub("^# ?", "", body.strip(), flags=re.MULTILINE) if is_prose else body.strip()
        cells.append(Cell(source, is_prose, frozenset(json.loads(header["tags"] or "[]"))))
    return cells


def messages(path: Path) -> set[str]:
    """Return the sentences of a notebook that are translated."""
    cells = read_cells(path)
    said = {message for cell in cells if not cell.is_prose for _node, message in _raised(cell.source)}
    return said | {cell.source for cell in cells if cell.is_prose}


def render(path: Path, parameters: Mapping[str, object], *, keep: Collection[str] = ()) -> str:
    """Return a notebook in percent format, filled in, in the visitor's language.

    Parameters
    ----------
    parameters
        The values by name, of plain Python types. Those of cells that are not kept are left out.
    keep
        The tags whose cells are kept.

    Raises
    ------
    ValueError
        If a name or a tag is not in the notebook, if a kept parameter gets no value, or if a value is not one that
        Python can write down and read back.
    """
    cells = read_cells(path)
    kept = [cell for cell in cells if not cell.variants or not cell.variants.isdisjoint(keep)]
    unknown = set(keep).difference(*(cell.variants for cell in cells))
    unknown |= parameters.keys() - {name for cell in cells for name in cell.defaults()}
    missing = {name for cell in kept for name in cell.defaults()} - parameters.keys()
    if unknown or missing:
        raise ValueError(f"{path}: unknown {sorted(unknown)}, no value for {sorted(missing)}")
    return "\n\n".join(_prose(cell) if cell.is_prose else _code(cell, parameters) for cell in kept) + "\n"


def _prose(cell: Cell) -> str:
    return "# %% [markdown]\n" + "\n".join(f"# {line}".rstrip() for line in _(cell.source).split("\n"))


def _code(cell: Cell, parameters: Mapping[str, object]) -> str:
    edits = [(default, _literal(parameters[name])) for name, default in cell.defaults().items()]
    for node, message in _raised(cell.source):
        if (translated := _(message)) != message:
            edits.append((node, ("f" if isinstance(node, ast.JoinedStr) else "") + repr(translated)))
    return "# %%\n" + _replace(cell.source, edits)


def _raised(source: str) -> Iterator[tuple[ast.expr, str]]:
    """Yield each text that a `raise` of some code says, with what is looked up for it."""
    for node in ast.walk(ast.parse(source)):
        if not (isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call)):
            continue
        for said in node.exc.args:
            if isinstance(said, ast.JoinedStr):
                yield said, "".join(_template(part) for part in said.values)
            elif isinstance(said, ast.Constant) and isinstance(said.value, str):
                yield said, said.value


def _template(part: ast.expr) -> str:
    return f"{{{ast.unparse(part.value)}}}" if isinstance(part, ast.FormattedValue) else str(ast.literal_eval(part))


def _literal(value: object) -> str:
    """Write a value as Python, on one line or, if it is long and holds more than numbers, one line an entry."""
    if len(repr(value)) > _LONGEST_LINE:
        if isinstance(value, dict):
            return "\n".join(["{", *(f"    {_line(name)}: {_line(entry)}," for name, entry in value.items()), "}"])
        if isinstance(value, list) and not all(isinstance(entry, (int, float)) for entry in value):
            return "\n".join(["[", *(f"    {_line(entry)}," for entry in value), "]"])
    return _line(value)


def _line(value: object) -> str:
    """Write a value on one line: no line of it can start a cell, whatever a visitor typed."""
    # to jupytext, which looks for cells too, three quotes in a row may begin a text that hides the next cell
    text = repr(value).replace('"""', r"\"\"\"").replace("'''", r"\'\'\'")
    if ast.literal_eval(text) != value:
        raise ValueError(f"{type(value).__name__} is not a plain value: {text}")
    return text


def _replace(source: str, edits: list[tuple[ast.expr, str]]) -> str:
    """Put texts in place of expressions. `ast` counts lines from 1, and columns in bytes of UTF-8."""
    lines = source.encode("utf-8").splitlines(keepends=True)
    for node, text in sorted(edits, key=lambda edit: (edit[0].lineno, edit[0].col_offset), reverse=True):
        first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
        before, after = lines[first][: node.col_offset], lines[last][node.end_col_offset :]
        lines[first : last + 1] = [before + text.encode("utf-8") + after]
    return b"".join(lines).decode("utf-8")
