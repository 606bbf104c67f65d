"""MiniStack: AWS as others wrote it, on loopback, for a second opinion."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.services.generation.own_environment import environment, free_port, running


@contextmanager
def running_ministack(folder: Path) -> Iterator[str]:
    """Run it for the length of a `with` block, and give its address; it writes into the folder."""
    port = free_port()
    with running(
        ["-m", "ministack"],
        packages=environment("ministack==1.5.33"),
        health=f"http://127.0.0.1:{port}/_ministack/health",
        variables={"BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port), "TMPDIR": str(folder)},
        log=folder / "log",
    ):
        yield f"http://127.0.0.1:{port}"
