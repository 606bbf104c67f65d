"""The project's own Python files as syntax trees, for the tests that read the code instead of running it."""

from __future__ import annotations

import ast
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path, PurePosixPath
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[2]
_BUNDLED: Final = ROOT / "components" / "models" / "bundled"  # models and how they were made: data, not part of the app
_COPIED: Final = (".ci", ".streamlit", "bench", "components", "deploy", "docs", "pages", "static", "tests", "tools")
MADE_BY_TOOLS: Final = frozenset({"__pycache__", "node_modules", ".test"})


@dataclass(frozen=True)
class Module:
    """One Python file."""

    path: PurePosixPath
    """From the project's root."""
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    def nodes(self, *kinds: type[ast.AST]) -> Iterator[Any]:
        """Give every node of these kinds; the tree is walked once, however many tests ask."""
        for kind in kinds:
            yield from self._nodes.get(kind, ())

    @cached_property
    def _nodes(self) -> dict[type[ast.AST], list[ast.AST]]:
        found: dict[type[ast.AST], list[ast.AST]] = {}
        for node in ast.walk(self.tree):
            found.setdefault(type(node), []).append(node)
        return found

    @cached_property
    def imports(self) -> frozenset[str]:
        """Every module it imports when it runs, lazily or not; what only a type checker imports is left out."""
        return frozenset(_imports(self.tree))

    @cached_property
    def known(self) -> frozenset[str]:
        """Every module it names in an import, what only a type checker imports among them."""
        return frozenset(_imports(self.tree, for_types=True))

    @cached_property
    def eager_imports(self) -> frozenset[str]:
        """What is imported as soon as this module is."""
        return frozenset(_imports(self.tree, into_functions=False))

    def imports_package(self, *packages: str) -> bool:
        return any(_within(name, packages) for name in self.imports)


@cache
def notebooks() -> tuple[Path, ...]:
    """Return the files that students take home: no modules of the app, nothing imports them."""
    return tuple(path for path in sorted((ROOT / "components").glob("*/*.py")) if is_notebook(path))


def is_notebook(path: Path) -> bool:
    return re.fullmatch(r"notebook(_\w+)?\.py", path.name) is not None


@cache
def modules(*folders: str) -> tuple[Module, ...]:
    """Return the modules under these folders or files, by default the whole app without its tests."""
    found = []
    for start in map(ROOT.joinpath, folders or ("app.py", "pages", "components")):
        for path in [start] if start.is_file() else files_below(start, ".py"):
            if not path.is_relative_to(_BUNDLED) and not is_notebook(path):
                found.append(_module(path))
    return tuple(found)


def files_below(folder: Path, *suffixes: str) -> list[Path]:
    """Return the files with these suffixes, without what npm and a build put there."""
    found = []
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in MADE_BY_TOOLS]
        found += [Path(place, name) for name in names if name.endswith(suffixes)]
    return sorted(found)


@cache
def _module(path: Path) -> Module:
    """Return one file, which is parsed once however many tests ask for its folder."""
    return Module(PurePosixPath(path.relative_to(ROOT).as_posix()), path.read_text(encoding="utf-8"))


def copy_tree(root: Path) -> None:
    """Copy the project for a test that changes its files; the built-in models are links to those of the project."""
    for folder in _COPIED:
        shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns("bundled", "node_modules", "shots"))
    for file in ROOT.iterdir():
        if file.is_file() and file.name != ".git":
            shutil.copy2(file, root)
    (root / _BUNDLED.relative_to(ROOT)).symlink_to(_BUNDLED)


def _within(name: str, packages: tuple[str, ...]) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def _is_for_types(test: ast.expr) -> bool:
    return isinstance(test, ast.Name) and test.id == "TYPE_CHECKING"


def _imports(tree: ast.AST, *, into_functions: bool = True, for_types: bool = False) -> Iterator[str]:
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            # `from package import name` may import a module or a name in it: both spellings are reported
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.expr) or (
            isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not into_functions
        ):
            continue
        elif isinstance(node, ast.If) and not for_types and _is_for_types(node.test):
            waiting += node.orelse
        else:
            waiting += ast.iter_child_nodes(node)
