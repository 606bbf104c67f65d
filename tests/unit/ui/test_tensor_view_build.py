"""The view of tensors: its committed script is what its TypeScript source gives, and its own tests pass.

Node and what `npm ci` installs in the frontend's folder are needed here, and nowhere where the dashboard runs.
"""

from __future__ import annotations

import gzip
import os
import subprocess
from pathlib import Path

import pytest

from tests.tools import tool
from tests.unit.source_tree import ROOT

VIEW = ROOT / "components" / "ui" / "tensor_view"
BUILT = ROOT / "static" / "scripts" / "tensor_view.js"
FRONTEND = VIEW / "frontend"
MOST_COMPRESSED_BYTES = 40_000
WITHIN_S = 120


@pytest.fixture(scope="module")
def node() -> Path:
    """Return Node; without it or its modules the test is skipped, or fails with REQUIRE_BROWSER=1."""
    found = tool("node")
    if not (FRONTEND / "node_modules").is_dir():
        reason = f"no modules: run npm ci --ignore-scripts in {FRONTEND.relative_to(ROOT)}"
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    return found


def run(*command: str | Path) -> None:
    done = subprocess.run(command, cwd=FRONTEND, capture_output=True, text=True, timeout=WITHIN_S, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_committed_script_is_what_the_source_gives(node, tmp_path):
    run(node, "build.mjs", tmp_path / "built.js")
    committed = BUILT.read_bytes()
    assert (tmp_path / "built.js").read_bytes() == committed, "run npm run build in the frontend's folder"


def test_the_source_has_no_type_errors(node):
    run(node, "node_modules/typescript/bin/tsc", "--noEmit")


def test_its_own_tests_pass(node, tmp_path):
    run(node, "build.mjs", "--tests", tmp_path)
    built = sorted(tmp_path.glob("*.mjs"))
    assert len(built) == len(list((FRONTEND / "test").glob("*.test.ts")))
    run(node, "--test", *built)


def test_what_a_browser_loads_is_small():
    parts = [path.read_bytes() for path in (BUILT, VIEW / "tensor_view.css")]
    assert sum(len(gzip.compress(part, mtime=0)) for part in parts) <= MOST_COMPRESSED_BYTES


def test_the_lock_names_no_registry():
    """Each package is known by its hash; where it comes from is npm's own setting."""
    lock = (FRONTEND / "package-lock.json").read_text(encoding="utf-8")
    assert '"integrity"' in lock
    assert "://" not in lock
