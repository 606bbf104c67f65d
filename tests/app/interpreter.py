"""Run what was exported as a student runs it: in an interpreter that sees the public packages only.

It starts in the project's folder, where the embedded models lie, with one thread so that tests beside this one keep
theirs, and without a hub to ask. To import transformers takes longer than most scripts compute. So one interpreter of
each test process imports it, runs no script itself, and forks for each list of scripts that import torch or
transformers: what they do to their process ends with it. For other scripts an interpreter is started, in which nothing
is imported that they could have forgotten.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.unit.source_tree import ROOT

RUNS_WITHIN_S: Final = 240
HEAVY: Final = re.compile(r"^\s*(?:from|import) (?:torch|transformers)\b", re.MULTILINE)
RUN: Final = """
import json, runpy, sys
from pathlib import Path

def run(scripts):
    for script in scripts:
        result = runpy.run_path(script, run_name="__main__")["result"]
        Path(script).with_suffix(".json").write_text(json.dumps(result, allow_nan=False), encoding="utf-8")
"""
ONCE: Final = f"{RUN}\nrun(sys.argv[1:])"
PREPARED: Final = f"""{RUN}
import os, signal
import torch, transformers.models.bert.modeling_bert

for line in sys.stdin:
    output, *scripts = json.loads(line)
    child = os.fork()
    if not child:
        signal.alarm({RUNS_WITHIN_S})
        written = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(written, 1)
        os.dup2(written, 2)
        run(scripts)
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


def environment() -> dict[str, str]:
    """Return the variables of a student's machine."""
    return os.environ | {"OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1", "PYTHONPATH": ""}


def run_once(program: str, *words: str, folder: Path = ROOT) -> str:
    """Run a program in an interpreter of its own and return what it prints; fail if it fails."""
    done = subprocess.run(
        [sys.executable, "-I", "-c", program, *words],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=RUNS_WITHIN_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@contextmanager
def prepared_interpreter() -> Iterator[Callable[..., None]]:
    """Give a function that runs scripts in a fork of an interpreter that has imported transformers."""
    with subprocess.Popen(
        [sys.executable, "-I", "-c", PREPARED],
        cwd=ROOT,
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        asks, says = process.stdin, process.stdout
        assert asks is not None
        assert says is not None

        def run(output: Path, *scripts: Path) -> None:
            print(json.dumps([str(output), *map(str, scripts)]), file=asks, flush=True)
            assert says.readline() == "0\n", output.read_text(encoding="utf-8")[-3000:]

        yield run


def run_scripts(prepared: Callable[..., None], folder: Path, scripts: list[str]) -> list[object]:
    """Run scripts, one after the other, with their files in a folder, and return what each leaves in `result`."""
    paths = [folder / f"exported_{number}.py" for number in range(len(scripts))]
    alone, heavy = [], []
    for path, script in zip(paths, scripts, strict=True):
        path.write_text(script, encoding="utf-8")
        (heavy if HEAVY.search(script) else alone).append(path)
    if alone:
        run_once(ONCE, *map(str, alone))
    if heavy:
        prepared(folder / "output.txt", *heavy)
    return [json.loads(path.with_suffix(".json").read_text(encoding="utf-8")) for path in paths]
