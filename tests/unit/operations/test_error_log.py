"""The last errors: bounded, newest first, and without a word that a visitor typed."""

from __future__ import annotations

from components.core.errors import VisitorError
from components.operations import error_log, logs


class Missing(VisitorError):
    template = "No file {name}."


def test_a_known_fault_is_kept_by_its_kind_and_sentence():
    with logs.carrying(run="r1"):
        error_log.record(Missing(name="a secret"))
    last = error_log.recent()[0]
    assert (last.kind, last.what, last.ids) == ("Missing", "No file {name}.", (("run", "r1"),))
    assert "secret" not in repr(last)


def test_anything_else_is_unexpected_and_named_by_its_class():
    error_log.record(RuntimeError("a secret"))
    last = error_log.recent()[0]
    assert (last.kind, last.what) == (error_log.UNEXPECTED, "RuntimeError")


def test_only_the_last_ones_are_kept():
    for _ in range(error_log.MOST_KEPT + 5):
        error_log.record(Missing(name="x"))
    newest = Missing(name="y")
    error_log.record(newest)
    error_log.record(newest)  # shown again, as in the next run of its page
    kept = error_log.recent()
    assert len(kept) == error_log.MOST_KEPT
    assert [each.at for each in kept] == sorted((each.at for each in kept), reverse=True)
