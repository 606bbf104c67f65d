"""The dashboard's own start, writing down when a session is told to end and when a forward pass writes a token.

    COUNTED=FILE python -m tests.services.generation.counted [options of components.server.start]

A line each, in the order in which they happen: `told`, `pass`.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from unittest.mock import patch

from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequests

from components.engines.decoding import Decoding
from components.engines.shared_cache import SharedCache
from components.server.start import main


def noting(owner, name, word):
    """Replace a method by one that notes a word first."""
    method = getattr(owner, name)

    def noted(*given, **named):
        with Path(os.environ["COUNTED"]).open("a", encoding="utf-8") as file:
            file.write(f"{word}\n")
        return method(*given, **named)

    return patch.object(owner, name, noted)


if __name__ == "__main__":
    with (
        noting(Decoding, "forward", "pass"),
        noting(SharedCache, "forward", "pass"),
        noting(ScriptRequests, "request_stop", "told"),
        noting(ScriptRequests, "request_rerun", "told"),
    ):
        main(sys.argv[1:])
