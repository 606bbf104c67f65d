"""How long from starting the process to the first page drawn in Chromium, beside an empty Streamlit app.

    python -m tests.bench.bench_first_page [runs]

Every run starts a new server and opens the page in a fresh profile as soon as it answers. The apps take turns, so that
whatever else the machine does meanwhile meets all of them. Printed: the median of each, and its ratio to the empty app.
The goal is a ratio of at most 1.5.
"""

from __future__ import annotations

import datetime
import os
import re
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, sync_playwright

from tests.browser import chromium
from tests.browser.serving import APP, serving

RUNS: Final = 7
GOAL: Final = 1.5
EMPTY: Final = 'import streamlit as st\n\nst.title("x")\n'
BASELINE: Final = "empty app"
PAGES: Final = {"home": "/", "tokenizer": "/tokenizer", "positional encoding": "/positional-encoding"}


def main(runs: int = RUNS) -> None:
    """Measure and print."""
    print(f"{datetime.date.today()}, {os.cpu_count()} cores, {_processor()}, Python {sys.version.split()[0]}")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        empty = Path(folder, "empty.py")
        empty.write_text(EMPTY, encoding="utf-8")
        cases = {BASELINE: (("-m", "streamlit", "run", str(empty)), "/")}
        cases |= {name: (APP, path) for name, path in PAGES.items()}
        path = chromium.executable()
        if path is None:
            raise SystemExit(f"no Chromium: install one of {', '.join(chromium.NAMES)}")
        browser = chromium.launch(playwright, path)
        taken_s: dict[str, list[float]] = {name: [] for name in cases}
        for run in range(runs + 1):
            for name, (command, address) in cases.items():
                seconds = _first_page_s(browser, Path(folder), command=command, address=address)
                if run:  # the first round fills the disk cache
                    taken_s[name].append(seconds)
        browser.close()
    _report(taken_s)


def _first_page_s(browser: Browser, folder: Path, *, command: tuple[str, ...], address: str) -> float:
    start = time.perf_counter()
    with serving(folder, command=command) as server:
        context = browser.new_context()
        page = context.new_page()
        page.goto(server.origin + address)
        page.locator("h1").wait_for()
        page.wait_for_function(chromium.IDLE, timeout=chromium.FINISHED_WITHIN_MS, polling=20)
        seconds = time.perf_counter() - start
        context.close()
    return seconds


def _report(taken_s: dict[str, list[float]]) -> None:
    baseline = statistics.median(taken_s[BASELINE])
    for name, seconds in taken_s.items():
        median = statistics.median(seconds)
        verdict = "" if name == BASELINE else f"  {median / baseline:.2f}x{'' if median / baseline <= GOAL else ' !'}"
        print(f"{name:20} {median:6.2f} s  ({min(seconds):.2f} to {max(seconds):.2f}, {len(seconds)} runs){verdict}")


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    text = information.read_text(encoding="utf-8") if information.exists() else ""
    found = re.search(r"^model name\s*: (.+)$", text, re.MULTILINE)
    return found[1] if found else "unknown processor"


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
