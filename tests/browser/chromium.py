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

# A tab with this script knows whether the server has answered the last request to run the page: on a busy machine a
# while can pass between a click and the first word of the run. 0x5a is the first byte of Streamlit's
# `BackMsg.rerun_script`; some other messages get no answer.
WATCH_SOCKETS: Final = """
(() => {
  const send = WebSocket.prototype.send
  const heard = new WeakSet()
  WebSocket.prototype.send = function (message) {
    if (!heard.has(this)) {
      heard.add(this)
      for (const event of ["message", "close"]) this.addEventListener(event, () => { window.__asked = false })
    }
    if (message[0] === 0x5a) window.__asked = true
    return send.call(this, message)
  }
})()
"""

# Streamlit says on its root element whether a script runs. Elements arrive after that: charts and components are
# fetched when first needed and draw a skeleton meanwhile.
IDLE: Final = """
() => {
  const app = document.querySelector('[data-testid="stApp"]')
  return app?.dataset.testScriptState === "notRunning" && app.dataset.testConnectionState === "CONNECTED" &&
    !window.__asked &&
    !document.querySelector('[data-testid="stSkeleton"], [data-testid="stSpinner"], [data-stale="true"]') &&
    document.fonts.status === "loaded"
}
"""

# idle, and for a moment nothing has changed any more
_AT_REST: Final = f"""
() => {{
  window.__rest ??= (() => {{
    const rest = {{ since: performance.now() }}
    new MutationObserver(() => {{ rest.since = performance.now() }})
      .observe(document, {{ subtree: true, childList: true, attributes: true, characterData: true }})
    return rest
  }})()
  const idle = {IDLE.strip()}
  if (!idle()) window.__rest.since = performance.now()
  return performance.now() - window.__rest.since > 250
}}
"""


def executable() -> str | None:
    """Return the path of an installed Chromium, or None. The variable CHROMIUM names another one."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


def launch(playwright: Playwright, path: str) -> Browser:
    """Start Chromium without a window and without a way to any other machine."""
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0  # Chromium refuses its sandbox to root, e.g. in a container
    return playwright.chromium.launch(executable_path=path, args=[*_OPTIONS, *(["--no-sandbox"] if is_root else [])])


def resize(page: Page, width: int, height: int) -> None:
    """Give the window another size, in CSS pixels, and wait until the page has drawn itself for it."""
    page.set_viewport_size({"width": width, "height": height})
    settle(page)


def settle(page: Page) -> Page:
    """Wait until the page has drawn what the script sent, after a visit or an action."""
    page.wait_for_timeout(120)  # some widgets hold a value back for a moment before they send it
    page.wait_for_function(_AT_REST, timeout=FINISHED_WITHIN_MS, polling=50)
    return page
