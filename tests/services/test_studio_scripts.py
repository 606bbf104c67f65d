"""The scripts for Studio, run as they are: one returns at once, the other comes back with the address."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from tests.browser.serving import READY_WITHIN_S, ROOT, free_port

SCRIPTS = ROOT / "deploy" / "studio"


def run(script: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", SCRIPTS / script, *arguments],
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=150,
    )


def ends(pid: int) -> bool:
    give_up = time.monotonic() + READY_WITHIN_S
    while Path(f"/proc/{pid}").exists() and time.monotonic() < give_up:
        if "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text():
            return True
        time.sleep(0.05)
    return not Path(f"/proc/{pid}").exists()


@pytest.fixture
def run_folder(tmp_path):
    yield tmp_path / "run"
    pid = tmp_path / "run" / "pid"
    if pid.is_file():
        os.kill(int(pid.read_text()), signal.SIGTERM)
        assert ends(int(pid.read_text()))


def test_the_start_prints_the_address_and_goes_on_running(run_folder):
    port = str(free_port())
    variables = {"DASHBOARD_PYTHON": sys.executable, "DASHBOARD_RUN_FOLDER": str(run_folder)}
    first = run("start.sh", "--server.port", port, **variables)
    assert first.returncode == 0, first.stderr
    assert first.stdout.rstrip().endswith(f"/jupyterlab/default/proxy/{port}/")
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=READY_WITHIN_S) as answer:
        assert answer.status == 200

    again = run("start.sh", "--server.port", port, **variables)
    assert again.stdout.startswith("It runs already")
    assert again.stdout.rstrip().endswith(f"/proxy/{port}/")


def test_the_number_of_another_process_is_not_taken_for_the_dashboard(run_folder):
    """The file lies on a disk that outlives a restart of the space; the numbers of processes come again."""
    variables = {"DASHBOARD_PYTHON": sys.executable, "DASHBOARD_RUN_FOLDER": str(run_folder)}
    run_folder.mkdir()
    (run_folder / "log").write_text("The dashboard runs. Open it with the slash at the end:\n  https://old.example/\n")
    with subprocess.Popen(["sleep", "300"]) as other:
        (run_folder / "pid").write_text(f"{other.pid}\n")
        port = str(free_port())
        started = run("start.sh", "--server.port", port, **variables)
        other.terminate()
    assert started.returncode == 0, started.stderr
    assert started.stderr == ""
    assert started.stdout.startswith("The dashboard runs.")
    assert started.stdout.rstrip().endswith(f"/proxy/{port}/")
    assert int((run_folder / "pid").read_text()) != other.pid


def test_a_start_that_fails_says_why(run_folder):
    variables = {"DASHBOARD_PYTHON": sys.executable, "DASHBOARD_RUN_FOLDER": str(run_folder)}
    failed = run("start.sh", DASHBOARD_MAX_MODELS="many", **variables)
    (run_folder / "pid").unlink()
    assert failed.returncode == 1
    assert "DASHBOARD_MAX_MODELS) = 'many' is not allowed" in failed.stderr


def test_the_lifecycle_script_returns_while_its_work_goes_on(tmp_path):
    """The project is a stand-in whose start waits until this test has seen the script return."""
    go_on = tmp_path / "go-on"
    os.mkfifo(go_on)
    start = tmp_path / "deploy" / "studio" / "start.sh"
    start.parent.mkdir(parents=True)
    start.write_text(f"#!/bin/sh\nread word < {go_on}\necho $word\n")
    start.chmod(0o755)
    write_lists(tmp_path)
    (tmp_path / ".venv").mkdir()
    lists = subprocess.run(
        ["sha256sum", "requirements.txt", "requirements.lock"], cwd=tmp_path, capture_output=True, check=True
    )
    (tmp_path / ".venv" / "complete").write_bytes(lists.stdout)

    done = run("on-start.sh", HOME=str(tmp_path), DASHBOARD_SOURCE=str(tmp_path))
    log = tmp_path / ".transformer-dashboard.log"
    assert done.returncode == 0, done.stderr
    assert not log.exists() or log.read_text() == ""  # returned, and the start has not

    go_on.write_text("started\n")
    give_up = time.monotonic() + READY_WITHIN_S
    while not log.read_text() and time.monotonic() < give_up:
        time.sleep(0.02)
    assert log.read_text() == "started\n"


def write_lists(folder: Path, *, other: str = "1.0") -> None:
    (folder / "requirements.txt").write_text(f"torch==1.0\nother=={other}\n")
    (folder / "requirements.lock").write_text(f"other=={other} \\\n    --hash=sha256:0\n")


@pytest.fixture
def space(tmp_path):
    """A project whose start and whose `python3` are stand-ins: the virtual environment's Python writes down what it is
    asked. Returns what was asked since the last start, once the script has started the dashboard."""
    asked = tmp_path / "asked"
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    recorder = f'#!/bin/sh\necho "$@" >> {asked}\n'
    (bin_folder / "python3").write_text(
        f"#!/bin/sh\nmkdir -p .venv/bin\nprintf '%s' '{recorder}' > .venv/bin/python\nchmod +x .venv/bin/python\n"
    )
    (bin_folder / "python3").chmod(0o755)
    start = tmp_path / "deploy" / "studio" / "start.sh"
    start.parent.mkdir(parents=True)
    start.write_text(f"#!/bin/sh\necho started >> {asked}\n")
    start.chmod(0o755)
    write_lists(tmp_path)

    def starts(**variables: str) -> list[str]:
        asked.unlink(missing_ok=True)
        places = {"HOME": str(tmp_path), "DASHBOARD_SOURCE": str(tmp_path)}
        done = run("on-start.sh", **places, **variables, PATH=f"{bin_folder}:{os.environ['PATH']}")
        assert done.returncode == 0, done.stderr
        give_up = time.monotonic() + READY_WITHIN_S
        while (not asked.exists() or "started" not in asked.read_text()) and time.monotonic() < give_up:
            time.sleep(0.02)
        *installs, last = asked.read_text().splitlines()
        assert last == "started", (tmp_path / ".transformer-dashboard.log").read_text()
        return installs

    return starts


LOCKED = "-m pip install --no-deps --require-hashes -r requirements.lock"


def test_the_lifecycle_script_installs_by_hashes_and_pytorch_from_its_own_index(space):
    index = "https://download.pytorch.org/whl/cpu"
    assert space() == [LOCKED, f"-m pip install --index-url {index} torch==1.0"]


def test_the_lifecycle_script_installs_from_the_wheelhouse_alone_if_there_is_one(space):
    alone = "-m pip install --no-index --find-links /wheels"
    assert space(DASHBOARD_WHEELHOUSE="/wheels") == [
        f"{alone} --no-deps --require-hashes -r requirements.lock",
        f"{alone} torch==1.0",
    ]


def test_the_lifecycle_script_installs_again_only_when_the_lists_have_changed(space, tmp_path):
    assert len(space()) == 2
    assert space() == []
    write_lists(tmp_path, other="1.1")
    assert space()[0] == LOCKED
    assert space() == []
