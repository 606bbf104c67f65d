"""The app as a user starts it, in a process of its own, for as long as a `with` block lasts."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
APP: Final = ("-m", "components.server.start")
READY_WITHIN_S: Final = 60
STOPPED_WITHIN_S: Final = 10

_FENCE: Final = Path(__file__).with_name("fence")


@dataclass(frozen=True)
class Server:
    """A running server."""

    origin: str
    log: Path
    """What it printed, tracebacks included."""
    fence: Path
    """What it tried to reach beyond this machine, one attempt a line."""
    pid: int


@contextlib.contextmanager
def serving(
    folder: Path,
    *,
    python: str | Path = sys.executable,
    command: Sequence[str] = APP,
    start_in: Path = ROOT,
    base: str = "",
    variables: Mapping[str, str] | None = None,
    port: int | None = None,
) -> Iterator[Server]:
    """Start a Streamlit server, wait until it answers, and stop it afterwards.

    Parameters
    ----------
    folder
        Where its log goes.
    python
        Whose packages it has; those of the tests, if not given.
    command
        What Python runs; the default is the command of the README.
    start_in
        The folder it is started in.
    base
        The path it is told to live under, as a sub-path proxy needs it: `/team`.
    variables
        Of its environment, beside those of the tests.
    port
        Where it listens; any free one if not given.

    Raises
    ------
    RuntimeError
        If it ends by itself or does not answer in time; the message holds what it printed.
    """
    port = free_port() if port is None else port
    log, fence = folder / "server.log", folder / "fence.log"
    fence.touch()
    environment = os.environ | {"PYTHONPATH": str(_FENCE), "FENCE_LOG": str(fence)} | dict(variables or {})
    options = ("--server.port", str(port), "--server.address", "127.0.0.1", "--server.headless", "true")
    with log.open("wb") as out:
        process = subprocess.Popen(
            [str(python), *command, *options, *(("--server.baseUrlPath", base) if base else ())],
            cwd=start_in,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        server = Server(f"http://127.0.0.1:{port}", log, fence, process.pid)
        try:
            _wait_until_ready(server, process, base)
            yield server
        finally:
            stop(process)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_ready(server: Server, process: subprocess.Popen[bytes], base: str) -> None:
    give_up = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < give_up and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{server.origin}{base}/_stcore/health", timeout=READY_WITHIN_S):
                return
        except OSError:  # nobody listens yet
            time.sleep(0.02)
    raise RuntimeError(f"the server did not come up:\n{server.log.read_text(errors='replace')}")


def stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOPPED_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
