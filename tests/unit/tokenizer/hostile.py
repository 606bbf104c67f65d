"""Files and texts that are made to end or to hold whatever reads them, and a clock that says whether they did."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event, Thread
from typing import Any

from components.tokenizer.isolation.pool import TokenizerFile

TICK_S = 0.01
PLAIN: Mapping[str, Any] = {
    "version": "1.0",
    "truncation": None,
    "padding": None,
    "added_tokens": [],
    "normalizer": None,
    "pre_tokenizer": None,
    "post_processor": None,
    "decoder": None,
    "model": {"type": "WordLevel", "vocab": {"a": 0, "[UNK]": 1}, "unk_token": "[UNK]"},
}


def content(**parts: object) -> str:
    """Return a tokenizer.json with these parts."""
    return json.dumps({**PLAIN, **parts}, separators=(",", ":"))


def file(**parts: object) -> TokenizerFile:
    """Return a tokenizer.json with these parts, as the page asks for it."""
    return TokenizerFile.of(content(**parts).encode())


REPLACE = {"type": "Replace", "pattern": {"String": "a"}, "content": "a" * 10}
GROWING = content(normalizer={"type": "Sequence", "normalizers": [REPLACE] * 9})
"""Makes a thousand million letters of one."""

BACKTRACKING = content(
    pre_tokenizer={"type": "Split", "pattern": {"Regex": "a*a*b"}, "behavior": "Isolated", "invert": False}
)
"""Looks for its pattern in cubic time in `LONG_TEXT`, with the interpreter held."""
LONG_TEXT = "a" * 2000 + "xb"

LETTERS = content(pre_tokenizer={"type": "Split", "pattern": {"Regex": "."}, "behavior": "Isolated", "invert": False})
"""A token for each character."""


@dataclass
class Ticks:
    """How long this process computed at most without one of its threads getting a turn.

    Counted in processor time of this process, so that a busy machine does not count.
    """

    longest_s: float = 0.0


@contextmanager
def ticking() -> Iterator[Ticks]:
    """Have a thread tick for the length of a `with` block, as the event loop does."""
    ticks, over = Ticks(), Event()

    def tick() -> None:
        before_s = time.process_time()
        while not over.wait(TICK_S):
            now_s = time.process_time()
            ticks.longest_s = max(ticks.longest_s, now_s - before_s)
            before_s = now_s

    thread = Thread(target=tick)
    thread.start()
    try:
        yield ticks
    finally:
        over.set()
        thread.join()
