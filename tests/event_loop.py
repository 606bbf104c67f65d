"""Run a coroutine to its end, whatever this thread does besides."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Result = TypeVar("Result")


def run(coroutine: Coroutine[object, object, Result]) -> Result:
    """Return what the coroutine returns, or raise what it raises.

    It gets a thread: in a process that has started Chromium, Playwright keeps an event loop going in the main one, and
    `asyncio.run` refuses there.
    """
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(asyncio.run, coroutine).result()
