"""Start the dashboard: `python -m components.shell.start [options of streamlit run]`.

`streamlit run app.py` works as well. This command also opens the app once itself as soon as the server listens: until
some session has drawn the menu, Streamlit doesn't know the pages, and the first visitor who follows a deep link would
be told "Page not found" over a page that is there.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Final

from streamlit import config
from streamlit.web import cli

APP: Final = Path(__file__).resolve().parents[2] / "app.py"
READY_WITHIN_S: Final = 60

log = logging.getLogger(__name__)


def main(options: list[str]) -> None:
    """Run the server in this process until it is stopped."""
    threading.Thread(target=_open_once, name="open-once", daemon=True).start()
    sys.argv = ["streamlit", "run", str(APP), *options]
    cli.main()


def _open_once() -> None:
    """Wait for the server, then run app.py in a throw-away session. Stays on this machine."""
    give_up = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < give_up:
        time.sleep(0.2)
        host = config.get_option("server.address") or "127.0.0.1"
        base = (config.get_option("server.baseUrlPath") or "").strip("/")
        path = "/".join(filter(None, (base, "_stcore/script-health-check")))
        url = f"http://{host}:{config.get_option('server.port')}/{path}"
        try:
            with urllib.request.urlopen(url, timeout=READY_WITHIN_S) as answer:
                log.info("warmed up: %s", answer.status)
                return
        except urllib.error.URLError:
            continue
    log.warning("the server was not ready within %d s; the first deep link may show 'Page not found'", READY_WITHIN_S)


if __name__ == "__main__":
    main(sys.argv[1:])
