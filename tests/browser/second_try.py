"""Every test of this folder twice, the first time failed on purpose: does a second try find what it needs?

    python -m pytest -p tests.browser.second_try tests/browser

A server that serves a whole module still has what the first try did to it. Takes twice as long as the tests do.
"""

from __future__ import annotations

from collections.abc import Generator

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    done = yield
    if getattr(pyfuncitem, "execution_count", 1) == 1:  # counted by pytest-rerunfailures
        pytest.fail("on purpose, the first time", pytrace=False)
    return done
