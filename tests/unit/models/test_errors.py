from __future__ import annotations

import re
from string import Formatter

import pytest

from components.core import i18n
from components.core.errors import VisitorError
from components.models import errors
from components.models.errors import Busy, FetchError, LoadError, ModelError, UnsafeFile

BRANCHES = (Busy, ModelError, FetchError, LoadError, UnsafeFile)
LEAVES = [
    error
    for error in vars(errors).values()
    if isinstance(error, type) and issubclass(error, (Busy, ModelError)) and error not in BRANCHES
]


def placeholders(error):
    return {field for part in (error.template, error.advice) for _, field, _, _ in Formatter().parse(part) if field}


def test_the_tree_in_the_docstring_is_the_tree():
    drawn: list[tuple[int, str]] = []
    for line in errors.__doc__.splitlines():
        match = re.match(r"^    ([│├└─ ]*)(\w+Error|\w+)(\s|$)", line)
        if match and ("──" in line or match[2] == "VisitorError"):
            drawn.append((len(match[1]) // 4, match[2]))
    parents: dict[str, str] = {}
    path: list[str] = []
    for depth, name in drawn:
        path[depth:] = [name]
        parents[name] = path[depth - 1] if depth else ""
    real = {error.__name__: error.__base__.__name__ for error in [*LEAVES, *BRANCHES]}
    assert parents == {"VisitorError": "", **real}


@pytest.mark.parametrize("error", LEAVES, ids=lambda error: error.__name__)
def test_every_error_says_what_happened_and_what_to_do(error):
    assert error.template != VisitorError.template
    assert error.advice
    values = {name: f"<{name}>" for name in placeholders(error)}
    for value in values.values():
        assert value in str(error(**values))


@pytest.mark.parametrize("error", LEAVES, ids=lambda error: error.__name__)
def test_every_error_documents_its_values(error):
    documented = set(re.findall(r"`(\w+)`", error.__doc__))
    assert placeholders(error) == documented


@pytest.mark.parametrize("error", LEAVES, ids=lambda error: error.__name__)
def test_every_error_is_translated_with_the_same_values(error):
    korean = i18n.catalogue("ko")
    for part in (error.template, error.advice):
        assert set(re.findall(r"{\w+}", part)) == set(re.findall(r"{\w+}", korean[part]))
