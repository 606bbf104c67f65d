"""A model's server that is killed while it writes: a real llama.cpp in a process of its own, and SIGKILL."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from dataclasses import replace

import pytest

from components.engines.contract import Request, Token
from components.engines.errors import CutMidStream, Unreachable
from tests.browser.serving import ROOT
from tests.services.generation.test_openai_contract import engine
from tests.unit.engines.streams import carry_on, run, text, tokens
from tests.unit.models import tiny_gguf

pytest.importorskip("xllamacpp", reason="there is no build of xllamacpp for this machine")

# Written as a program: what is killed must be a process, and the tests' own goes on.
SERVER = """
import sys, time, xllamacpp
settings = xllamacpp.CommonParams()
settings.model.path = sys.argv[1]
settings.n_ctx = 4096
settings.cpuparams.n_threads = settings.cpuparams_batch.n_threads = 1
settings.verbosity = -1
server = xllamacpp.Server(settings)
print("listens at", server.listening_address, flush=True)
sys.stdin.read()
"""
LONG = Request(prompt="a novel", strategy="greedy", max_new_tokens=3000, candidates=0)


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    model = tiny_gguf.qwen().requires_grad_(False)
    model.get_input_embeddings().weight.mul_(6.0)  # a fresh model finds all tokens about equally likely
    model.config.max_position_embeddings = 4096
    path = tmp_path_factory.mktemp("gguf") / "tiny.gguf"
    tiny_gguf.write(model, path)
    return path


@pytest.fixture
def server(weights):
    """Start the server; gives its process and its address."""
    command = [sys.executable, "-c", SERVER, str(weights)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True) as process:
        address = next(line.split()[-1] for line in process.stdout if line.startswith("listens at"))
        yield process, f"{address}/v1"
        process.kill()


def test_what_it_wrote_stays_and_the_fault_says_what_happened(server):
    process, address = server
    subject = engine(address, most_new_tokens=LONG.max_new_tokens)
    before = threading.active_count()
    shown = []

    def read_and_kill():
        for event in subject.stream(LONG, carry_on, session="test"):
            if isinstance(event, Token):
                shown.append(event)
            if len(shown) == 5:
                os.kill(process.pid, signal.SIGKILL)

    with pytest.raises(CutMidStream, match="broke off"):
        read_and_kill()
    process.wait()
    assert 5 <= len(shown) < LONG.max_new_tokens
    assert text(shown)
    assert threading.active_count() <= before
    with pytest.raises(Unreachable, match="cannot be reached"):
        run(subject, LONG)


def test_the_next_server_at_another_address_writes_again(server):
    _, address = server
    assert tokens(run(engine(address), replace(LONG, max_new_tokens=12)))
