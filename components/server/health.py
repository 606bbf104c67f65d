"""Ask the dashboard on this machine whether it is well: `python -m components.server.health`, for containers.

Ends with 0 if it is, 1 if not. It reads the variables that Streamlit reads, and the standard library is enough for it:
it runs each half minute.
"""

from __future__ import annotations

import os
import sys
import urllib.request
from typing import Final

ANSWERS_WITHIN_S: Final = 4


def address() -> str:
    """Return where the dashboard of this machine answers."""
    port = os.environ.get("STREAMLIT_SERVER_PORT", "8501")
    base = os.environ.get("STREAMLIT_SERVER_BASE_URL_PATH", "").strip("/")
    return "/".join(filter(None, (f"http://127.0.0.1:{port}", base, "readyz")))


def is_well() -> bool:
    """Return whether it answers in time that it is ready."""
    try:
        with urllib.request.urlopen(address(), timeout=ANSWERS_WITHIN_S):  # noqa: S310 (http, this machine)
            return True
    except OSError:  # nobody listens, no answer in time, or an answer that is an error
        return False


if __name__ == "__main__":
    sys.exit(0 if is_well() else 1)
