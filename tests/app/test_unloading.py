"""A page that is only looked at keeps no model in memory: what it needs later, it asks for by name."""

from __future__ import annotations

import gc
import threading
import time
from collections import Counter

import pytest

from components.models import memory
from components.registry import PAGES
from tests.app.opening import faults, parameters_of

CONCEPTS = [entry.slug for entry in PAGES if entry.concept]
FREED_WITHIN_S = 5  # a run that has just ended holds its model until its thread is over
SHORT = {"run": "1", "max_new_tokens": "3"}
"""Of a page that computes only when it is told to."""


def unload_all() -> Counter[str]:
    """Unload everything and return what stays all the same."""
    for holding in memory.holdings():
        memory.unload(holding.model)
    gc.collect()
    return Counter(f"{holding.kind} {holding.model}" for holding in memory.holdings())


def left_after_unloading(allowed: Counter[str]) -> Counter[str]:
    """Unload everything, wait for runs to end, and return what stays beyond what may."""
    deadline = time.monotonic() + FREED_WITHIN_S
    while (left := unload_all() - allowed) and time.monotonic() < deadline:
        time.sleep(0.1)
    return left


@pytest.fixture(scope="module")
def of_others() -> Counter[str]:
    """Return what stays in memory of tests that ran before this module, such as the models of their fixtures."""
    for thread in threading.enumerate():
        if thread.name == "ScriptRunner.scriptThread":  # of the test before: it holds its model until it is over
            thread.join()
    return unload_all()


@pytest.mark.real_model
@pytest.mark.parametrize("slug", CONCEPTS)
def test_an_open_page_keeps_no_model_and_its_downloads_load_it_again(take_home, of_others, slug):
    known = {parameter.name for parameter in parameters_of(slug)}
    taken = take_home(slug, **{name: value for name, value in SHORT.items() if name in known})
    script, data = taken.make("script"), taken.make("data")
    assert not left_after_unloading(of_others)
    assert (taken.make("script"), taken.make("data")) == (script, data)


@pytest.mark.real_model
def test_what_went_wrong_is_shown_and_keeps_no_model(open_page, of_others):
    at = open_page("generation", prompt="word " * 3000, run="1")
    assert "The prompt has 3001 tokens" in faults(at)[0]
    assert not left_after_unloading(of_others)
