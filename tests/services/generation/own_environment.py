"""Servers of other projects, in environments of their own: fetched once by pip, run on loopback, ended by their id."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from filelock import FileLock

KEPT = Path(__file__).resolve().parents[3] / ".cache" / "test-environments"
TRIES = 2
INSTALL_LIMIT_S = 150
START_LIMIT_S = 200
LIMIT_S = 2 * (TRIES * INSTALL_LIMIT_S + START_LIMIT_S)  # of a test that may wait for another one's fetching first


def environment(*requirements: str) -> Path:
    """Return a folder with packages that only a test needs, fetched if they are not there yet.

    Where pip cannot fetch them the test is skipped, with the reason; with REQUIRE_SERVERS=1 it fails.
    """
    folder = KEPT / f"{sys.version_info.major}.{sys.version_info.minor}-{'-'.join(requirements).replace('==', '-')}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{folder}.lock"):  # several test processes may want it at once
        if not folder.is_dir():
            _fetch(folder, requirements)
    return folder


def _fetch(folder: Path, requirements: Sequence[str]) -> None:
    """Fill the folder under another name until it is complete; what has arrived when a try fails is in pip's cache."""
    draft = folder.with_name(f"{folder.name}.draft")
    said = ""
    for _try in range(TRIES):
        shutil.rmtree(draft, ignore_errors=True)
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(draft), *requirements]
        try:
            subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_LIMIT_S, check=True)
        except subprocess.CalledProcessError as error:
            said = error.stderr
        except subprocess.TimeoutExpired:
            said = f"not done after {INSTALL_LIMIT_S} s"
        else:
            draft.rename(folder)
            return
    shutil.rmtree(draft, ignore_errors=True)
    reason = f"pip cannot fetch {' '.join(requirements)} here"
    if os.environ.get("REQUIRE_SERVERS"):
        pytest.fail(f"{reason}: {said[-2000:]}")
    pytest.skip(reason)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(
    command: Sequence[str], *, packages: Path, health: str, variables: Mapping[str, str], log: Path
) -> Iterator[None]:
    """Run a server for as long as the block lasts, from when it answers at `health`."""
    known = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "OPENAI_", "HF_"))}
    with log.open("w") as written:
        process = subprocess.Popen(
            [sys.executable, *command],
            env=known | {"PYTHONPATH": str(packages), "OMP_NUM_THREADS": "1"} | variables,
            cwd=log.parent,
            stdout=written,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait(process, health, log)
            yield
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait(process: subprocess.Popen[bytes], health: str, log: Path) -> None:
    limit = time.monotonic() + START_LIMIT_S
    while time.monotonic() < limit and process.poll() is None:
        try:
            with urllib.request.urlopen(health, timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"the server did not start:\n{log.read_text()[-3000:]}")
