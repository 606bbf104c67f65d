"""The Dockerfile read as a list of steps, and its build context as .dockerignore leaves it. No Docker needed."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

from tests.browser.serving import READY_WITHIN_S, free_port, stop
from tests.unit.source_tree import ROOT


@dataclass(frozen=True)
class Step:
    """One instruction."""

    name: str
    words: str

    def command(self) -> list[str]:
        """Return the command of a CMD or HEALTHCHECK in its JSON form."""
        command: list[str] = json.loads(self.words[self.words.index("[") :])
        return command


def steps() -> list[Step]:
    """Return the Dockerfile's instructions in order, each with its continued lines joined."""
    text = (ROOT / "Dockerfile").read_text("utf-8")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    joined = re.sub(r"\s*\\\n\s*", " ", "\n".join(lines))
    return [Step(*line.split(" ", 1)) for line in joined.splitlines()]


def last(name: str) -> Step:
    """Return the instruction that counts where one may stand several times."""
    return [step for step in steps() if step.name == name][-1]


def environment() -> dict[str, str]:
    """Return the variables of the image."""
    return dict(word.split("=", 1) for word in last("ENV").words.split())


def is_in_context(path: PurePosixPath) -> bool:
    """Whether a file of the project is sent to Docker: the last rule that matches it or a folder above decides."""
    inside = True
    for rule in _rules():
        keep, pattern = rule.startswith("!"), rule.removeprefix("!")
        at_any_depth = pattern.removeprefix("**/") if pattern.startswith("**/") else None
        for part in (path, *path.parents[:-1]):
            if fnmatch(part.name, at_any_depth) if at_any_depth else fnmatch(str(part), pattern):
                inside = keep
    return inside


def copy_context(target: Path) -> None:
    """Copy the build context, as `COPY . ./` does."""
    kept = {rule[1:].split("/")[0] for rule in _rules() if rule.startswith("!")}
    for path in (file for name in kept for file in [ROOT / name, *(ROOT / name).rglob("*")] if file.is_file()):
        name = path.relative_to(ROOT)
        if is_in_context(PurePosixPath(name.as_posix())):
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target / name)


@dataclass(frozen=True)
class Running:
    """The image's command, while it runs and afterwards."""

    origin: str
    log: Path
    process: subprocess.Popen[bytes]


@contextmanager
def running(folder: Path, **variables: str) -> Iterator[Running]:
    """Run the image's command on its files in `folder/app`, with its variables and these, until it is well.

    Raises
    ------
    AssertionError
        If its health check is content before it runs, or never.
    """
    port = str(free_port())
    place = {"HOME": str(folder), "DASHBOARD_CACHE_FOLDER": str(folder / "models")}
    reached = {"STREAMLIT_SERVER_PORT": port, "STREAMLIT_SERVER_ADDRESS": "127.0.0.1"}
    all_of_them = os.environ | environment() | place | reached | variables
    _, *command = last("CMD").command()
    _, *asking = last("HEALTHCHECK").command()

    def well() -> bool:
        asked = subprocess.run(
            [sys.executable, *asking], cwd=folder / "app", env=all_of_them, check=False, timeout=READY_WITHIN_S
        )
        return asked.returncode == 0

    assert not well()
    log = folder / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, *command], cwd=folder / "app", env=all_of_them, stdout=out, stderr=out
        )
        try:
            give_up = time.monotonic() + READY_WITHIN_S
            while not (is_well := well()) and process.poll() is None and time.monotonic() < give_up:
                time.sleep(0.1)
            assert is_well, log.read_text()
            yield Running(f"http://127.0.0.1:{port}", log, process)
        finally:
            stop(process)


def _rules() -> list[str]:
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]
