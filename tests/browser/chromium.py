"""An installed Chromium, and how to tell that a Streamlit page is finished."""

from __future__ import annotations

import os
import shutil
from typing import Final

from playwright.sync_api import Browser, Page, Playwright

# the first is the same browser without its own windows: a visit costs about 40 % less computing time
NAMES: Final = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
FINISHED_WITHIN_MS: Final = 120_000  # a machine that runs all tests at once is slow, and nothing here measures speed

# The resolver rule stops every request to another machine, also one to an address without a name; QUIC and the
# browser's own errands are no part of a page.
_OPTIONS: Final = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)

# V8 interprets code at first, compiles it anew as it is used more, and drops what it has not used for a while. A visit
# runs most of Streamlit's code once: compiled simply, and kept, it costs a fifth less computing (docs/measurements.md).
SIMPLY_COMPILED: Final = "--js-flags=--always-sparkplug --no-maglev --no-opt --no-flush-bytecode"

# A tab with this script knows what is still to come. `asked`: whether the server has not yet answered the last request
# to run the page: on a busy machine a while can pass between a click and the first word of the run. 0x5a is the first
# byte of Streamlit's `BackMsg.rerun_script`; some other messages get no answer. `timers`: those that end soon, as when
# a widget holds a value back for a moment before it sends it.
WATCH: Final = """
(() => {
  const watched = { asked: false, heard: 0, timers: new Set() }
  window.__watched = watched
  const send = WebSocket.prototype.send
  const known = new WeakSet()
  const hear = () => { watched.asked = false; watched.heard = performance.now() }
  WebSocket.prototype.send = function (message) {
    if (!known.has(this)) {
      known.add(this)
      for (const event of ["message", "close"]) this.addEventListener(event, hear)
    }
    if (message[0] === 0x5a) watched.asked = true
    return send.call(this, message)
  }
  const [begin, end] = [window.setTimeout, window.clearTimeout]
  window.setTimeout = function (run, ms, ...rest) {
    if (typeof run !== "function" || !(ms > 0 && ms <= 500)) return begin.call(window, run, ms, ...rest)
    const timer = begin.call(window, () => { watched.timers.delete(timer); run(...rest) }, ms)
    watched.timers.add(timer)
    return timer
  }
  window.clearTimeout = function (timer) { watched.timers.delete(timer); end.call(window, timer) }
})()
"""

# Streamlit says on its root element whether a script runs. Elements arrive after that: charts and components are
# fetched when first needed and draw a skeleton meanwhile.
IDLE: Final = """
() => {
  const app = document.querySelector('[data-testid="stApp"]')
  return app?.dataset.testScriptState === "notRunning" && app.dataset.testConnectionState === "CONNECTED" &&
    !window.__watched?.asked &&
    !document.querySelector('[data-testid="stSkeleton"], [data-testid="stSpinner"], [data-stale="true"]') &&
    document.fonts.status === "loaded"
}
"""

# Idle, and nothing has changed for a while: for four frames where no timer will end soon, which is when everything that
# follows from a click has begun, and for a quarter of a second where some timer always will. In a run of all tests the
# first held for 756 of 872 waits. After one of them something still changed within the quarter of a second: a class of
# the menu's button. (An outline of the guide that ends by itself is not counted.)
_AT_REST: Final = f"""
() => {{
  window.__rest ??= (() => {{
    const rest = {{ since: 0, frames: 0 }}
    new MutationObserver(() => Object.assign(rest, {{ since: performance.now(), frames: 0 }}))
      .observe(document, {{ subtree: true, childList: true, attributes: true, characterData: true }})
    return rest
  }})()
  const rest = window.__rest
  const idle = {IDLE.strip()}
  if (!idle() || rest.since === 0) Object.assign(rest, {{ since: performance.now(), frames: 0 }})
  rest.frames += 1
  const quiet = performance.now() - Math.max(rest.since, window.__watched?.heard ?? 0)
  const isAtRest = quiet > (window.__watched?.timers.size === 0 ? 60 : 250) && rest.frames > 4
  if (isAtRest) rest.since = 0
  return isAtRest
}}
"""


def executable() -> str | None:
    """Return the path of an installed Chromium, or None. The variable CHROMIUM names another one."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


def launch(playwright: Playwright, path: str, *options: str) -> Browser:
    """Start Chromium without a window and without a way to any other machine; options are added to its own."""
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0  # Chromium refuses its sandbox to root, e.g. in a container
    sandbox = ["--no-sandbox"] if is_root else []
    return playwright.chromium.launch(executable_path=path, args=[*_OPTIONS, *options, *sandbox])


def resize(page: Page, width: int, height: int) -> None:
    """Give the window another size, in CSS pixels, and wait until the page has drawn itself for it."""
    page.set_viewport_size({"width": width, "height": height})
    settle(page)


def settle(page: Page) -> Page:
    """Wait until the page has drawn what the script sent, after a visit or an action."""
    page.wait_for_function(_AT_REST, timeout=FINISHED_WITHIN_MS, polling="raf")
    return page
