"""A visitor who makes the same fault in a loop fills no disk, and the log says how much it left out."""

from __future__ import annotations

import logging

import pytest

from components.operations.log_limit import LogLimit
from components.server.streamlit_internals import browser_messages
from components.ui import errors


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


@pytest.mark.parametrize("module", [errors, browser_messages])
def test_what_a_visitor_can_cause_is_limited(module):
    assert any(isinstance(each, LogLimit) for each in module.log.filters)
