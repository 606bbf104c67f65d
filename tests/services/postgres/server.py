"""A real PostgreSQL on loopback: one server for a test process, a database for each test."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final
from uuid import uuid4

import psutil
import psycopg

from tests.browser.serving import free_port
from tests.tools import tool

USER: Final = "dashboard"
PASSWORD: Final = "planted-pass@word:/?#"  # every character that an address treats apart
QUOTED: Final = "planted-pass%40word%3A%2F%3F%23"
UP_WITHIN_S: Final = 60
_NOBODY: Final = 65534  # PostgreSQL refuses to run as root


class Server:
    """A server that can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._data = folder / "data"
        self._log = (folder / "log").open("wb")
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def prepare(self) -> None:
        secret = self._folder / "password"
        secret.write_text(PASSWORD)
        if os.geteuid() == 0:
            os.chown(self._folder, _NOBODY, _NOBODY)
            os.chown(secret, _NOBODY, _NOBODY)
        made = self._run("initdb", f"--username={USER}", f"--pwfile={secret}", "--auth=scram-sha-256", "--no-sync")
        assert made.wait(UP_WITHIN_S) == 0, (self._folder / "log").read_text()

    def start(self) -> None:
        """Start it and wait until it answers; after a kill its remains may hold it up for a moment."""
        give_up = time.monotonic() + UP_WITHIN_S
        while time.monotonic() < give_up:
            if self._process is None or self._process.poll() is not None:
                # what is confirmed survives the death of its processes; only the machine's own death needs fsync
                self._process = self._run("postgres", f"--port={self.port}", "--fsync=off", *self._only_loopback())
            with suppress(psycopg.OperationalError), self.connect():
                return
            time.sleep(0.05)
        raise RuntimeError((self._folder / "log").read_text())

    def kill(self) -> None:
        """End it as a crash does."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End it in order, without waiting for its clients."""
        self._end(signal.SIGINT)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Let it and all its processes stand still, as on a machine that hangs."""
        main = psutil.Process(self._process.pid)
        everyone = [main, *main.children(recursive=True)]
        for each in everyone:
            each.suspend()
        try:
            yield
        finally:
            for each in everyone:
                each.resume()

    def close(self) -> None:
        self._log.close()

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        return psycopg.connect(self.url(database), autocommit=True, connect_timeout=2)

    def url(self, database: str) -> str:
        return f"postgresql://{USER}:{QUOTED}@127.0.0.1:{self.port}/{database}"

    @contextmanager
    def database(self, *, like: str = "template1") -> Iterator[str]:
        """Give the address of a new database, a copy of another one."""
        name = f"test_{uuid4().hex}"
        with self.connect() as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {like}")
        yield self.url(name)
        with self.connect() as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def _only_loopback(self) -> list[str]:
        return ["--listen_addresses=127.0.0.1", f"--unix_socket_directories={self._folder}"]

    def _run(self, program: str, *options: str) -> subprocess.Popen[bytes]:
        user = _NOBODY if os.geteuid() == 0 else None
        return subprocess.Popen(
            [binary(program), "-D", self._data, *options],
            stdout=self._log,
            stderr=self._log,
            stdin=subprocess.DEVNULL,
            cwd=self._folder,
            user=user,
            group=user,
            extra_groups=None if user is None else [],
        )

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(how)
            self._process.wait(UP_WITHIN_S)


def binary(name: str) -> Path:
    """Return one of PostgreSQL's programs; Debian keeps them out of the PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return found[-1] if found else tool(name)


@contextmanager
def postgresql() -> Iterator[Server]:
    binary("postgres")
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))  # not pytest's: its folders are shut for other users
    server = Server(folder)
    try:
        server.prepare()
        server.start()
        yield server
    finally:
        server.stop()
        server.close()
        shutil.rmtree(folder)
