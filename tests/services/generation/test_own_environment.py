"""How packages of other projects are fetched: once, tried again, and whole or not at all."""

from __future__ import annotations

import subprocess
import threading
from pathlib import Path

import pytest

from tests.services.generation import own_environment
from tests.services.generation.own_environment import TRIES, environment


class Pip:
    """Stands in for pip: fails as often as it is told to, leaving half of a package each time."""

    def __init__(self, *failures):
        self.failures = list(failures)
        self.calls = 0

    def run(self, command, **_options):
        self.calls += 1
        target = Path(command[command.index("--target") + 1])
        target.mkdir()
        (target / f"part {self.calls}").touch()
        if self.failures:
            raise self.failures.pop(0)


CUT = subprocess.CalledProcessError(1, "pip", stderr="connection reset")
SLOW = subprocess.TimeoutExpired("pip", 1)


@pytest.fixture
def pip_that(monkeypatch, tmp_path):
    def made(*failures):
        pip = Pip(*failures)
        monkeypatch.setattr(own_environment.subprocess, "run", pip.run)
        return pip

    monkeypatch.setattr(own_environment, "KEPT", tmp_path / "kept")
    return made


def test_it_is_fetched_once_for_several_that_ask(pip_that):
    pip = pip_that()
    threads = [threading.Thread(target=environment, args=("a==1",)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert pip.calls == 1


@pytest.mark.parametrize("failure", [CUT, SLOW])
def test_a_try_that_breaks_off_is_followed_by_another_and_leaves_nothing(pip_that, failure):
    pip_that(failure)
    assert [path.name for path in environment("a==1").iterdir()] == ["part 2"]


@pytest.mark.parametrize(("required", "outcome"), [("", pytest.skip.Exception), ("1", pytest.fail.Exception)])
def test_without_a_way_to_fetch_it_the_reason_is_given(pip_that, monkeypatch, tmp_path, required, outcome):
    monkeypatch.setenv("REQUIRE_SERVERS", required)
    pip_that(*[CUT] * TRIES)
    with pytest.raises(outcome, match="cannot fetch a==1"):
        environment("a==1")
    assert not [path for path in (tmp_path / "kept").iterdir() if path.is_dir()]
