"""How long from starting the process to the first page drawn in Chromium, beside an empty Streamlit app.

    python -m bench.first_page [--runs 7] [--write FILE]

Every run starts a new server and opens the page in a fresh profile as soon as it answers. The apps take turns, so that
whatever else the machine does meanwhile meets all of them. Printed: the median of each, and its ratio to the empty app.
The goal, a ratio of at most 1.5, is the front page's; the others are opened by a deep link, for comparison.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, sync_playwright

from bench import report
from tests.browser import chromium
from tests.browser.serving import APP, serving

RUNS: Final = 7
GOAL: Final = 1.5
EMPTY: Final = 'import streamlit as st\n\nst.title("x")\n'
BASELINE: Final = "empty app"
FRONT: Final = "home"
PAGES: Final = {FRONT: "/", "tokenizer": "/tokenizer", "positional encoding": "/positional-encoding"}


def main() -> None:
    """Measure and print."""
    parser = report.arguments(__doc__)
    parser.add_argument("--runs", type=int, default=RUNS)
    options = parser.parse_args()
    found = report.Report(
        "First page",
        note="From starting the process to the first page drawn in Chromium, in seconds. "
        f"Goal of the front page: at most {GOAL} times an empty Streamlit app.",
    )
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        empty = Path(folder, "empty.py")
        empty.write_text(EMPTY, encoding="utf-8")
        cases: dict[str, tuple[tuple[str, ...], str]] = {BASELINE: (("-m", "streamlit", "run", str(empty)), "/")}
        cases |= {name: (APP, path) for name, path in PAGES.items()}
        path = chromium.executable()
        if path is None:
            raise SystemExit(f"no Chromium: install one of {', '.join(chromium.NAMES)}")
        browser = chromium.launch(playwright, path)
        taken_s: dict[str, list[float]] = {name: [] for name in cases}
        for run in range(options.runs + 1):
            for name, (command, address) in cases.items():
                seconds = _first_page_s(browser, Path(folder), command=command, address=address)
                if run:  # the first round fills the disk cache
                    taken_s[name].append(seconds)
        browser.close()
    _report(found, taken_s)
    found.publish(options.write)


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


def _report(found: report.Report, taken_s: dict[str, list[float]]) -> None:
    baseline = statistics.median(taken_s[BASELINE])
    found.row("page", "median", "fastest", "slowest", "runs", "of an empty app", "goal")
    for name, seconds in taken_s.items():
        ratio = statistics.median(seconds) / baseline
        verdict = "" if name != FRONT else "met" if ratio <= GOAL else "missed"
        times = (f"{each:.2f}" for each in (statistics.median(seconds), min(seconds), max(seconds)))
        found.row(name, *times, len(seconds), f"{ratio:.2f}x", verdict)


if __name__ == "__main__":
    main()
