"""The last errors: bounded, newest first, and without a word that a visitor typed."""

from __future__ import annotations

from components.core.errors import VisitorError
from components.operations import logs, noted


class Missing(VisitorError):
    template = "No file {name}."


def test_a_known_fault_is_kept_by_its_kind_and_sentence():
    with logs.carrying(run="r1"):
        noted.note(Missing(name="a secret"))
    last = noted.last()[0]
    assert (last.kind, last.what, last.ids) == ("Missing", "No file {name}.", (("run", "r1"),))
    assert "secret" not in repr(last)


def test_anything_else_is_unexpected_and_named_by_its_class():
    noted.note(RuntimeError("a secret"))
    last = noted.last()[0]
    assert (last.kind, last.what) == (noted.UNEXPECTED, "RuntimeError")


def test_only_the_last_ones_are_kept():
    for _ in range(noted.MOST_KEPT + 5):
        noted.note(Missing(name="x"))
    newest = Missing(name="y")
    noted.note(newest)
    noted.note(newest)  # shown again, as in the next run of its page
    kept = noted.last()
    assert len(kept) == noted.MOST_KEPT
    assert [each.at for each in kept] == sorted((each.at for each in kept), reverse=True)
