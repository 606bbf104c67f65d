"""What it costs to look at heads in the browser: time to pixels, messages, memory, bytes.

    python -m bench.tensor_view [--runs 7] [--switches 50] [--root FOLDER] [--write FILE]

A real server and Chromium without a network. Times are taken inside the page, from the event (its own time stamp)
until the frame that it changed is drawn; beside them stands how many of them changed what is drawn. `--root` starts the
server of another checkout. Bytes are those of twelve by twelve heads, as in `bench.attention_views`.
"""

from __future__ import annotations

import gzip
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import numpy as np
from playwright.sync_api import Browser, Locator, Page, sync_playwright

from bench import report
from bench.attention_views import attention, model, text_of
from components.ui.tensor_view.packing import Scene, Token, pack_body, pack_scene
from tests.browser import chromium
from tests.browser.serving import ROOT, serving

MB: Final = 1e6
TOKENS: Final = 64
MOST_TOKENS: Final = 512
SYNCED_WITHIN_MS: Final = 5000
WIDTH_PX, HEIGHT_PX = 1440, 1600

MOST_SWITCH_MS: Final = 50
MOST_HOVER_MS: Final = 16
MOST_HEAP_MB: Final = 30
MOST_COMPRESSED_KB: Final = 40
MOST_VIEW_MB: Final = {64: 0.35, 128: 1.0}
MOST_OF_EMPTY_PAGE: Final = 1.5
MOST_BOARD_S: Final = 2

BOARD_TEXT: Final = (
    "The old teacher left the heavy book on the table by the door because it was raining, and in the evening the "
    "children of the little village came in to"
)
BOARD_ENDS: Final = ("read", "see", "find", "take", "hear", "write", "buy", "sell", "draw", "open")
BOARD_TOKENS: Final = 32

EMPTY: Final = 'import streamlit as st\n\nst.title("x")\nst.text_area("text", {text!r})\n'

# The frame is over when a message that was posted in it arrives. What a handler leaves for the next frame is in it.
WATCH: Final = """
() => {
  window.taken = []
  let before = null
  const watch = (event) => {
    const view = event.composedPath().find((each) => each.dataset?.testid === "tensor-view")
    if (view === undefined) return
    const start = performance.now()
    requestAnimationFrame(() => {
      const channel = new MessageChannel()
      channel.port1.onmessage = () => {
        const end = performance.now()
        const drawn = [...view.querySelectorAll("canvas")].map((each) => each.toDataURL()).join() +
          view.querySelector(".place").innerHTML + view.querySelector("[data-part=readout]").textContent
        window.taken.push({ stamp: end - event.timeStamp, handler: end - start, changed: drawn !== before })
        before = drawn
      }
      channel.port2.postMessage(0)
    })
  }
  for (const kind of ["keydown", "pointermove"]) window.addEventListener(kind, watch, true)
}
"""


@dataclass
class Traffic:
    """What went over the websocket, both ways, and how often anything was fetched."""

    messages: int = 0
    size_bytes: int = 0
    requests: int = 0

    def add(self, payload: str | bytes) -> None:
        self.messages += 1
        self.size_bytes += len(payload)

    def reset(self) -> None:
        self.messages = self.size_bytes = self.requests = 0


@contextmanager
def visit(browser: Browser, address: str) -> Iterator[tuple[Page, Traffic]]:
    """Open a page in an empty profile."""
    context = browser.new_context(viewport={"width": WIDTH_PX, "height": HEIGHT_PX})
    page, traffic = context.new_page(), Traffic()

    def listen(socket: Any) -> None:
        socket.on("framesent", traffic.add)
        socket.on("framereceived", traffic.add)

    def count(_request: Any) -> None:
        traffic.requests += 1

    page.on("websocket", listen)
    page.on("request", count)
    try:
        page.goto(address)
        yield page, traffic
    finally:
        context.close()


def view_of(page: Page) -> Locator:
    """Wait for the view and return it."""
    view = page.locator('[data-testid="tensor-view"][data-head]').first
    view.wait_for(timeout=chromium.FINISHED_WITHIN_MS)
    return view


def take_times(page: Page, acts: Iterator[Any]) -> list[dict[str, Any]]:
    """Let one act after the other happen, each when the one before is drawn; return what the page measured."""
    for done, _act in enumerate(acts, 1):
        page.wait_for_function("done => window.taken.length >= done", arg=done, timeout=SYNCED_WITHIN_MS)
    taken: list[dict[str, Any]] = page.evaluate("window.taken.splice(0)")
    return taken


def press(page: Page, count: int) -> Iterator[None]:
    """Go through heads to and fro from head 0 on; every key chooses another one."""
    for place in range(count):
        yield page.keyboard.press("ArrowRight" if place // 10 % 2 == 0 else "ArrowLeft")


def point(page: Page, view: Locator, count: int) -> Iterator[None]:
    """Move over cells of a matrix, each time to another one."""
    box = view.locator("canvas.overlay").bounding_box()
    assert box is not None
    for place in range(count):
        across, down = 0.3 + 0.6 * (place * 0.37 % 1), 0.3 + 0.6 * (place * 0.61 % 1)
        yield page.mouse.move(box["x"] + across * box["width"], box["y"] + down * box["height"])


def shown(taken: list[dict[str, Any]], which: str) -> tuple[str, float]:
    """Return the median in words, with the 90th percentile and how many changed what is drawn; and the median."""
    times = sorted(each[which] for each in taken)
    middle = statistics.median(times)
    changed = sum(each["changed"] for each in taken)
    return f"{middle:.0f} ms (p90 {times[int(len(times) * 0.9)]:.0f} ms, {changed} of {len(taken)} redrawn)", middle


def verdict(value: float, most: float, unit: str) -> str:
    return f"{most:g} {unit}: {'met' if value <= most else 'missed'}"


def measure_switches(found: report.Report, browser: Browser, address: str, count: int) -> None:
    """Keys in every way to show heads, the pointer over a heatmap, and what the server hears of it."""
    with visit(browser, address) as (page, traffic):
        view = view_of(page)
        chromium.settle(page)
        page.evaluate(WATCH)
        for button in view.locator("[data-mode]").all():
            button.click()
            page.wait_for_timeout(SYNCED_WITHIN_MS / 2)  # its own late message is over
            chromium.settle(page)
            name = view.get_attribute("data-mode")
            view.focus()
            for _place in range(11):
                page.keyboard.press("ArrowLeft")
            page.wait_for_timeout(SYNCED_WITHIN_MS / 2)
            page.evaluate("window.taken.length = 0")
            traffic.reset()
            text, middle = shown(take_times(page, press(page, count)), "stamp")
            during = traffic.messages + traffic.requests
            page.wait_for_timeout(SYNCED_WITHIN_MS / 2)
            found.row(f"key to pixels, `{name}`", text, verdict(middle, MOST_SWITCH_MS, "ms"))
            found.row(f"messages and requests during these, `{name}`", during, verdict(during, 0, "messages"))
            found.row(
                f"afterwards, once, `{name}`", f"{traffic.messages - during} messages, {traffic.size_bytes} bytes", ""
            )
        view.locator('[data-mode="one"]').click()
        page.wait_for_timeout(SYNCED_WITHIN_MS / 2)
        page.evaluate("window.taken.length = 0")
        taken = take_times(page, point(page, view, count))
        text, middle = shown(taken, "handler")
        found.row("pointer to pixels, from the handler on", text, verdict(middle, MOST_HOVER_MS, "ms"))
        found.row("the same from the event's time stamp, the wait for a frame included", shown(taken, "stamp")[0], "")


def measure_heap(found: report.Report, browser: Browser, address: str) -> None:
    with visit(browser, address) as (page, _traffic):
        view_of(page)
        chromium.settle(page)
        session = page.context.new_cdp_session(page)
        session.send("HeapProfiler.collectGarbage")
        used = session.send("Runtime.getHeapUsage")
        heap_mb, buffers_mb = used["usedSize"] / MB, used.get("backingStorageSize", 0) / MB
        found.row(
            f"JS heap, {MOST_TOKENS} tokens",
            f"{heap_mb:.1f} MB, and {buffers_mb:.1f} MB in buffers",
            verdict(heap_mb + buffers_mb, MOST_HEAP_MB, "MB"),
        )


def measure_first_view(found: report.Report, browser: Browser, page_address: str, empty: str, runs: int) -> None:
    """In turns, each in an empty profile, on servers that have drawn the page before."""
    drawn_s: dict[str, list[float]] = {empty: [], page_address: []}
    for run in range(runs + 1):
        for address, taken in drawn_s.items():
            start = time.perf_counter()
            with visit(browser, address) as (page, _traffic):
                page.locator("textarea").first.wait_for() if address == empty else view_of(page)
                page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
                if run:
                    taken.append(time.perf_counter() - start)
    medians = {address: statistics.median(taken) for address, taken in drawn_s.items()}
    ratio = medians[page_address] / medians[empty]
    found.row(
        f"from opening to the first view drawn, {runs} times",
        f"{medians[page_address]:.2f} s; an empty page with the same text {medians[empty]:.2f} s: {ratio:.2f}x",
        verdict(ratio, MOST_OF_EMPTY_PAGE, "x"),
    )


def measure_board(found: report.Report, browser: Browser, origin: str, runs: int) -> None:
    """The page through the whole model, with texts that nobody has read, in empty profiles."""
    taken_s, received_kb = [], []
    for run, end in enumerate(BOARD_ENDS[: runs + 1]):
        text = f"{BOARD_TEXT} {end}"
        start = time.perf_counter()
        with visit(browser, f"{origin}/inside?{urlencode({'lang': 'en', 'step': 'explore', 'text': text})}") as (
            page,
            traffic,
        ):
            page.locator(".st-key-inside_board canvas").first.wait_for(timeout=chromium.FINISHED_WITHIN_MS)
            page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
            if run:  # the first one loads the model
                taken_s.append(time.perf_counter() - start)
                received_kb.append(traffic.size_bytes / 1e3)
    median = statistics.median(taken_s)
    found.row(
        f"whole model, {BOARD_TOKENS} tokens: from opening to the first picture, {len(taken_s)} times",
        f"{median:.2f} s ({min(taken_s):.2f} to {max(taken_s):.2f}), {statistics.median(received_kb):.0f} kB",
        verdict(median, MOST_BOARD_S, "s"),
    )


def measure_bytes(found: report.Report, loaded: Any) -> None:
    """The weights of a model, and numbers that compress as badly as weights can."""
    chance = np.random.default_rng(0)
    for tokens, most in MOST_VIEW_MB.items():
        weights, labels = attention(loaded, tokens)
        drawn = chance.dirichlet(np.full(len(labels), 0.3), weights.shape[:3])
        for name, values in (("a model's", weights), ("random", drawn)):
            size_mb = len(packed(values, labels)) / MB
            found.row(
                f"bytes of 12 x 12 heads, {len(labels)} tokens, {name}",
                f"{size_mb:.3f} MB",
                verdict(size_mb, most, "MB"),
            )


def packed(values: Any, labels: list[str]) -> bytes:
    tokens = [Token(label) for label in labels]
    scene = Scene(
        kind="attention", title="t", body=pack_body(values), rows=tokens, columns=tokens, row_title="r",
        column_title="c", words={},
    )  # fmt: skip
    return pack_scene(scene, {"number": 0})


def measure_component(found: report.Report, root: Path) -> None:
    places = ("static/scripts/tensor_view.js", "components/ui/tensor_view/tensor_view.css")
    parts = [(root / place).read_bytes() for place in places]
    size_kb = sum(len(gzip.compress(part)) for part in parts) / 1e3
    found.row("the component, compressed", f"{size_kb:.1f} kB", verdict(size_kb, MOST_COMPRESSED_KB, "kB"))


def main() -> None:
    parser = report.arguments(__doc__)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--switches", type=int, default=50)
    parser.add_argument("--root", type=Path, default=ROOT, help="the checkout whose server is measured")
    options = parser.parse_args()
    path = chromium.executable()
    if path is None:
        raise SystemExit(f"no Chromium: install one of {', '.join(chromium.NAMES)}")
    loaded = model()
    found = report.Report(
        "The tensor view",
        note=f"Attention page, 6 x 12 heads, {TOKENS} tokens where nothing else is said; "
        f"medians of {options.switches}.",
    )
    found.row("what", "measured", "goal")
    measure_component(found, options.root)
    measure_bytes(found, loaded)
    texts = {tokens: text_of(loaded, tokens) for tokens in (TOKENS, MOST_TOKENS)}
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folders = [Path(name, each) for each in ("app", "empty")]
        for folder in folders:
            folder.mkdir()
        script = folders[1] / "empty.py"
        script.write_text(EMPTY.format(text=texts[TOKENS]), encoding="utf-8")
        browser = chromium.launch(playwright, path)
        with (
            serving(folders[0], start_in=options.root) as server,
            serving(folders[1], command=("-m", "streamlit", "run", str(script))) as empty,
        ):
            address = {
                tokens: f"{server.origin}/attention?{urlencode({'lang': 'en', 'text': text})}"
                for tokens, text in texts.items()
            }
            measure_switches(found, browser, address[TOKENS], options.switches)
            measure_heap(found, browser, f"{address[MOST_TOKENS]}&show=one")
            measure_first_view(found, browser, address[TOKENS], f"{empty.origin}/", options.runs)
            measure_board(found, browser, server.origin, options.runs)
        browser.close()
    found.publish(options.write)


if __name__ == "__main__":
    main()
