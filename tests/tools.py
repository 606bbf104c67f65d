"""Where the programs of tools.txt are, for the tests that start them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Final

import pytest

FOLDER: Final = Path(os.environ.get("TOOLS_VENV", Path(__file__).resolve().parents[1] / ".cache" / "tools")) / "bin"


def tool(name: str) -> Path:
    """Return the path of an installed program; without it the test is skipped, or fails with REQUIRE_BROWSER=1."""
    found = shutil.which(name, path=os.pathsep.join([str(FOLDER), os.environ.get("PATH", ""), "/usr/sbin"]))
    if found is not None:
        return Path(found)
    reason = f"no {name}: see tests/tools.txt, or your system's package of that name"
    if os.environ.get("REQUIRE_BROWSER") == "1":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
