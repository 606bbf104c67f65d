"""A copy of the weights that llama.cpp multiplies faster: the same model, to what eight bits a weight can hold."""

from __future__ import annotations

import os
import threading

import gguf
import numpy as np
import pytest

from components.engines import requantize
from components.engines.llama_cpp import LlamaCppEngine
from components.engines.requantize import SUFFIX, fastest
from components.models import gguf as gguf_folder
from tests.unit.engines.streams import run, tokens
from tests.unit.engines.test_llama_cpp import greedy, installed, tokenizer
from tests.unit.models import tiny_gguf

Q4_1, Q8_0 = gguf.GGMLQuantizationType.Q4_1, gguf.GGMLQuantizationType.Q8_0


@pytest.fixture(autouse=True)
def _x86(monkeypatch):
    monkeypatch.setattr(requantize.platform, "machine", lambda: "x86_64")


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "tiny.gguf"
    tiny_gguf.write(tiny_gguf.qwen().requires_grad_(False), path, in_q4_1=True)
    return path


def read(file):
    found = gguf.GGUFReader(file)
    keys = {name: field.contents() for name, field in found.fields.items() if not name.startswith("GGUF.")}
    return keys, {tensor.name: (tensor.tensor_type, tensor.data.copy()) for tensor in found.tensors}


def test_the_copy_holds_the_same_model(file):
    keys, weights = read(file)
    copied_keys, copied = read(fastest(file))
    assert copied_keys == keys | {"general.file_type": gguf.LlamaFileType.MOSTLY_Q8_0}
    assert copied.keys() == weights.keys()
    quantised = [name for name, (kind, _data) in weights.items() if kind == Q4_1]
    assert len(quantised) == 1 + 7 * 2  # embeddings, and seven matrices in each of two layers
    for name, (kind, data) in weights.items():
        copied_kind, copied_data = copied[name]
        if name not in quantised:
            assert (copied_kind, copied_data.tolist()) == (kind, data.tolist())
            continue
        assert copied_kind == Q8_0
        before, after = gguf.quants.dequantize(data, Q4_1), gguf.quants.dequantize(copied_data, Q8_0)
        assert np.abs(after - before).max() <= np.abs(before).max() / 127


def test_it_is_written_once_and_is_not_taken_for_the_model_itself(file, monkeypatch):
    copy = fastest(file)
    assert copy == file.with_suffix(SUFFIX)
    monkeypatch.setattr(requantize, "write", lambda file, copy: pytest.fail("written again"))
    assert fastest(file) == copy
    assert gguf_folder.find(file.parent) == file


def test_a_newer_file_is_copied_again(file):
    copy = fastest(file)
    tiny_gguf.write(tiny_gguf.qwen().requires_grad_(False), file, in_q4_1=True)
    os.utime(copy, (file.stat().st_atime, file.stat().st_mtime - 1))
    before = copy.stat().st_mtime
    assert fastest(file) == copy
    assert copy.stat().st_mtime > before


def test_who_comes_at_once_writes_it_once(file, monkeypatch):
    written = []
    write = requantize.write
    monkeypatch.setattr(requantize, "write", lambda *paths: (written.append(paths), write(*paths)))
    threads = [threading.Thread(target=fastest, args=(file,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(written) == 1


def test_other_weights_and_other_processors_keep_their_file(tmp_path, file, monkeypatch):
    plain = tmp_path / "plain.gguf"
    tiny_gguf.write(tiny_gguf.qwen().requires_grad_(False), plain)
    (tmp_path / "empty.gguf").touch()
    assert fastest(plain) == plain
    assert fastest(tmp_path / "empty.gguf") == tmp_path / "empty.gguf"
    monkeypatch.setattr(requantize.platform, "machine", lambda: "arm64")
    assert fastest(file) == file


def test_where_nothing_can_be_written_the_file_itself_runs(file):
    file.with_suffix(SUFFIX).mkdir()
    assert fastest(file) == file
    assert not list(file.parent.glob("*.draft"))


@pytest.mark.parametrize("share", [0.3, 0.6, 0.99])
def test_half_a_file_is_left_to_llama_cpp_to_refuse(file, share):
    content = file.read_bytes()
    file.write_bytes(content[: int(share * len(content))])
    assert fastest(file) == file


@installed
def test_llama_cpp_writes_the_same_from_it(file):
    def written(path):
        engine = LlamaCppEngine(model="tiny", gguf=path, tokenizer=tokenizer(), threads=1, seats=1, context_tokens=64)
        return tokens(run(engine, greedy("a novel")))

    for plain, copied in zip(written(file), written(fastest(file)), strict=True):
        assert copied.id == plain.id
        assert copied.logprob == pytest.approx(plain.logprob, abs=0.05)
