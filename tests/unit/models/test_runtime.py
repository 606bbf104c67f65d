"""How many threads a model gets, and how they wait."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from types import SimpleNamespace

import pytest
import torch

from components.engines.llama_cpp import computing
from components.models import runtime


@pytest.fixture
def given(monkeypatch):
    """Set torch up on a machine with some CPUs, and return the threads it was given."""

    def set_up(cpus, *, asked=None, torchs_own=64):
        told = []
        monkeypatch.setattr(runtime, "usable_cpus", lambda: cpus)
        monkeypatch.setattr(runtime, "settings", lambda: SimpleNamespace(threads=asked, device="cpu"))
        monkeypatch.setattr(torch, "get_num_threads", lambda: torchs_own)
        monkeypatch.setattr(torch, "set_num_threads", told.append)
        monkeypatch.setattr(runtime, "threadpool_limits", lambda threads, user_api: told.append((user_api, threads)))
        runtime._set_up_torch()
        return told

    return set_up


@pytest.mark.parametrize(("cpus", "threads"), [(1, 1), (2, 1), (8, 7)])
def test_a_core_is_left_to_the_pages(given, cpus, threads):
    assert given(cpus) == [threads, ("blas", threads)]


def test_the_operator_decides(given):
    assert given(8, asked=8)[0] == 8
    assert given(8, torchs_own=3)[0] == 3  # OMP_NUM_THREADS


@pytest.mark.parametrize(("threads", "shares"), [(1, (1, 1)), (2, (2, 2)), (3, (2, 3)), (8, (7, 8))])
def test_llama_cpp_leaves_one_of_more_than_two_while_it_writes_a_single_text(threads, shares):
    assert computing(threads) == shares


PREPARE = """
from components.models import runtime; runtime.prepare()
import torch; from threadpoolctl import threadpool_info
found = [each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas"]
assert found and set(found) == {torch.get_num_threads()}, found
"""


def test_numpy_computes_with_as_many_threads_as_the_models_and_they_wait_awake_for_a_moment():
    known = {name: value for name, value in os.environ.items() if name not in runtime.WAITING}
    ran = subprocess.run(
        [sys.executable, "-c", PREPARE],
        # OpenMP says itself what it read, when it is loaded
        env=known | {"DASHBOARD_THREADS": "1", "OMP_DISPLAY_ENV": "verbose"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    if sys.platform == "linux":  # other systems have another OpenMP, with other words
        assert tuple(re.search(rf"{name} = '(\w+)'", ran.stderr)[1] for name in runtime.WAITING) == ("ACTIVE", "1000")


def test_threads_wait_as_the_environment_says(monkeypatch):
    monkeypatch.setattr(os, "environ", {"OMP_WAIT_POLICY": "PASSIVE"})
    runtime._let_threads_wait()
    assert os.environ == {"OMP_WAIT_POLICY": "PASSIVE"}
