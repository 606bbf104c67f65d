"""What every error keeps that a visitor sees, whichever package it is of."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Iterator
from string import Formatter

from components.core import i18n
from components.core.errors import VisitorError
from tests.unit.source_tree import modules

TREE = re.compile(r"^    (?P<indent>[│├└─ ]*)(?P<name>\w+)")
"""A line of the drawing in a docstring: `    │   ├── QueueFull   too many are waiting`."""


def below(error: type[VisitorError]) -> Iterator[type[VisitorError]]:
    for each in error.__subclasses__():
        if each.__module__.startswith("components."):
            yield from (each, *below(each))


for _module in modules("components"):
    if "template = N_(" in _module.text:
        importlib.import_module(".".join(_module.path.with_suffix("").parts))
ERRORS = list(below(VisitorError))
RAISED = [error for error in ERRORS if "template" in vars(error)]


def placeholders(error: type[VisitorError]) -> set[str]:
    return {field for part in (error.template, error.advice) for _, field, _, _ in Formatter().parse(part) if field}


def test_they_are_those_of_all_packages():
    packages = {error.__module__.split(".")[1] for error in RAISED}
    assert {"attention", "catalog", "engines", "fine_tuning", "models", "team", "tokenizer"} <= packages
    assert len(RAISED) > 90


def test_each_says_what_happened_and_what_to_do():
    for error in RAISED:
        values = {name: f"<{name}>" for name in placeholders(error)}
        said = str(error(**values))
        assert all(value in said for value in values.values()), error
    assert [error.__name__ for error in RAISED if not error.advice] == ["Cancelled"], "its visitor wanted it"


def test_each_documents_its_values():
    documented = {error.__name__: set(re.findall(r"`(\w+)`", error.__doc__)) for error in RAISED}
    assert documented == {error.__name__: placeholders(error) for error in RAISED}


def test_each_is_translated_with_the_same_values():
    korean = i18n.catalogue("ko")
    for error in RAISED:
        for part in filter(None, (error.template, error.advice)):
            assert set(re.findall(r"{\w+}", part)) == set(re.findall(r"{\w+}", korean[part])), error


def test_the_tree_in_a_docstring_is_the_tree():
    drawn = {module for error in ERRORS if "──" in (sys.modules[module := error.__module__].__doc__ or "")}
    assert len(drawn) >= 5
    for module in drawn:
        parents, path = {}, []
        for match in map(TREE.match, sys.modules[module].__doc__.splitlines()):
            if match and ("──" in match["indent"] or match["name"] == "VisitorError"):
                depth = len(match["indent"]) // 4
                path[depth:] = [match["name"]]
                parents[match["name"]] = path[depth - 1] if depth else ""
        real = {error.__name__: error.__base__.__name__ for error in ERRORS if error.__module__ == module}
        assert parents == {"VisitorError": "", **real}, module
