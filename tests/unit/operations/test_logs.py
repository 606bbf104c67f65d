"""Lines that belong together say so, and each is one line, whatever is in it."""

from __future__ import annotations

import json
import logging
import sys
from contextvars import copy_context
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.core.errors import VisitorError
from components.operations import error_log, logs
from components.operations.logs import LogLimit
from components.server.streamlit_internals import messages
from components.ui import errors


@pytest.fixture
def loggers():
    """Leave logging as it was, whatever the test sets up."""
    levels = {name: logging.getLogger(name).level for name in ("", "components")}
    handlers = list(logging.root.handlers)
    others = {name: (logging.getLogger(name).handlers[:], logging.getLogger(name).propagate) for name in known()}
    yield
    logging.root.handlers = handlers
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)
    for name, (own, propagate) in others.items():
        logging.getLogger(name).handlers[:], logging.getLogger(name).propagate = own, propagate


def known():
    return [name for name in logging.root.manager.loggerDict if isinstance(logging.getLogger(name), logging.Logger)]


def as_json(message, *values, exc_info=None, **extra):
    record = logging.getLogger("components.x").makeRecord("components.x", 20, "f", 1, message, values, exc_info)
    vars(record).update(extra)
    return logs._Json().format(record)


@given(st.text(), st.text())
def test_an_object_is_one_line_whatever_is_said(message, value):
    line = as_json("%s", message, model=value)
    assert "\n" not in line
    assert "\r" not in line
    read = json.loads(line)
    assert (read["message"], read["model"], read["level"]) == (message, value, "info")


def test_a_traceback_stays_in_its_line():
    try:
        raise RuntimeError("two\nlines")
    except RuntimeError:
        line = as_json("failed", exc_info=sys.exc_info())
    assert "\n" not in line
    assert "two\nlines" in json.loads(line)["traceback"]


def test_ids_hold_for_a_block_and_for_threads_that_get_its_context():
    seen = {}
    with logs.add_ids(run="r"), logs.add_ids(generation="g"):
        line = json.loads(as_json("x"))
        assert (line["run"], line["generation"]) == ("r", "g")
        inside = Thread(target=copy_context().run, args=(lambda: seen.update(logs.ids()),))
        inside.start()
        inside.join()
    assert seen == {"run": "r", "generation": "g"}
    assert logs.ids() == {}


def test_libraries_that_print_their_own_way_are_joined(loggers, capfd):
    own = logging.getLogger("some.library")
    own.propagate = False
    own.addHandler(logging.StreamHandler(sys.stderr))
    access = logging.getLogger("uvicorn.access")
    access.setLevel(logging.INFO)
    logs.configure("json")
    own.warning("from a library")
    logging.getLogger("components.x").info("from us")
    access.info('"GET /tokenizer?text=what+somebody+typed HTTP/1.1" 200')
    said = [json.loads(line)["message"] for line in capfd.readouterr().err.splitlines()]
    assert said == ["from a library", "from us"]
    assert not access.hasHandlers()


def test_text_tells_a_person_warnings_with_their_ids(loggers, capfd):
    logs.configure("text")
    with logs.add_ids(run="abc"):
        logging.getLogger("components.x").info("not this")
        logging.getLogger("components.x").warning("but %s", "this", extra={"model": "m"})
    [line] = capfd.readouterr().err.splitlines()
    assert line.endswith("WARNING components.x: but this [run=abc model=m]")


@pytest.fixture
def limited():
    clock = [0.0]
    logger = logging.Logger("limited")
    written = []
    handler = logging.Handler()
    handler.emit = lambda record: written.append(record.getMessage())
    logger.addHandler(handler)
    logger.addFilter(LogLimit(3, every_s=8, now_s=lambda: clock[0]))
    return logger, clock, written


def test_a_burst_is_written_then_one_line_in_a_while(limited):
    logger, clock, written = limited
    for _ in range(100):
        logger.warning("line %d", 1)
    assert written == ["line 1"] * 3
    for _ in range(80):
        clock[0] += 1
        logger.warning("line %d", 1)
    assert len(written) == 3 + 10


def test_the_next_line_says_how_many_were_left_out(limited):
    logger, clock, written = limited
    for _ in range(5):
        logger.warning("100 %% of %s", "it")
    clock[0] += 10
    logger.warning("100 %% of %s", "it")
    assert written[-1] == "100 % of it (2 lines before it were left out)"


def test_after_a_rest_a_burst_is_written_again(limited):
    logger, clock, written = limited
    for _ in range(2):
        clock[0] += 1000
        for _ in range(9):
            logger.warning("x")
    assert len(written) == 6


@pytest.mark.parametrize("module", [errors, messages])
def test_what_a_visitor_can_cause_is_limited(module):
    assert any(isinstance(each, LogLimit) for each in module.log.filters)


class Missing(VisitorError):
    template = "No file {name}."


def test_a_known_fault_is_kept_by_its_kind_and_sentence():
    with logs.add_ids(run="r1"):
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
