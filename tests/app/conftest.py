"""What an AppTest can ask for.

open_page
    `open_page("tokenizer", lang="ko", text="...")` opens a page by its link through app.py and returns the `AppTest`.
    When the test ends it fails if any page it opened raised something unforeseen: the error boundary turns that into a
    message, so that it would otherwise go unnoticed.
take_home
    The same, and returns the downloads of the page's Export menu: `take_home("tokenizer").make("data")`.

`tests.app.opening` has `faults(at)` (what went wrong on a page, known faults too) and `parameters_of(slug)`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator

import pytest
from streamlit.testing.v1 import AppTest

from tests.app import opening


@pytest.fixture
def open_page(_nothing_unforeseen: None) -> Callable[..., AppTest]:
    return opening.open_page


@pytest.fixture
def take_home(_nothing_unforeseen: None) -> Callable[..., opening.Taken]:
    return opening.take_home


@pytest.fixture
def _nothing_unforeseen(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    with caplog.at_level(logging.ERROR, logger="components"):
        yield
    tracebacks = [record.exc_text or record.getMessage() for record in caplog.get_records("call") if record.exc_info]
    assert not tracebacks, "\n".join(tracebacks)
