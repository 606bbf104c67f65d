"""GGUF written once as an ordinary model folder: the same tokens, and logits that differ by rounding only."""

from __future__ import annotations

import json
import threading

import pytest
import torch
import transformers

from components.models import gguf, loaders, memory
from components.models.errors import CorruptFile
from components.models.tokenization import SharedTokenizer, load_tokenizer
from tests.unit.models import tiny, tiny_gguf

IDS = torch.tensor([[40, 41, 7, 200]])


@pytest.fixture(scope="module")
def qwen():
    return tiny_gguf.qwen()


@pytest.fixture
def folder(qwen, tmp_path):
    tiny_gguf.write(qwen, tmp_path / "tiny.gguf")
    return tmp_path


def logits(model):
    with torch.inference_mode():
        return model(IDS).logits


def load(folder):
    record = tiny.record_of(folder, task="text-generation")
    return loaders.load_causal_lm(record, folder, tokenizer=SharedTokenizer(load_tokenizer(folder)))


def test_a_fetched_file_gets_its_tokenizer_and_the_first_load_its_weights(qwen, folder):
    gguf.convert_tokenizer(folder)
    assert load_tokenizer(folder).encode("a novel").tokens == ["a", "Ġ", "novel"]
    assert not (folder / gguf.WEIGHTS).exists()
    loaded = load(folder)
    assert (folder / gguf.WEIGHTS).is_file()
    assert torch.allclose(logits(loaded.model), logits(qwen), atol=5e-3)
    assert (folder / gguf.WEIGHTS).stat().st_mode == (folder / "config.json").stat().st_mode
    assert not (folder / "converting").exists()


def test_the_second_load_does_not_convert_again(folder, monkeypatch):
    gguf.convert_tokenizer(folder)
    first = load(folder)
    monkeypatch.setattr(gguf, "_convert_weights", lambda folder: pytest.fail("converted again"))
    assert torch.equal(logits(load(folder).model), logits(first.model))


def test_sessions_that_come_at_once_convert_once(folder, monkeypatch):
    gguf.convert_tokenizer(folder)
    convert, calls = gguf._convert_weights, []

    def counting(folder):
        calls.append(folder)
        convert(folder)

    monkeypatch.setattr(gguf, "_convert_weights", counting)
    threads = [threading.Thread(target=gguf.ensure_weights, args=[folder]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert calls == [folder]


def test_weights_too_large_for_float16_stay_float32(qwen, tmp_path):
    huge = transformers.Qwen3ForCausalLM(qwen.config)
    with torch.no_grad():
        huge.model.norm.weight.fill_(1e6)
    tiny_gguf.write(huge, tmp_path / "tiny.gguf")
    gguf.convert_tokenizer(tmp_path)
    assert float(load(tmp_path).model.model.norm.weight.max()) == 1e6


def test_the_config_says_what_the_model_does(folder):
    gguf.convert_tokenizer(folder)
    assert json.loads((folder / "config.json").read_text())["architectures"] == ["Qwen3ForCausalLM"]
    assert loaders.task_of(tiny.record_of(folder), folder) == "text-generation"


@pytest.mark.parametrize(("pre", "tokens"), [("smollm", ["a", "ĠĠ", "1", "2"]), ("qwen2", ["a", "Ġ", "Ġ", "1", "2"])])
def test_smollm_splits_digits_before_anything_else(qwen, tmp_path, pre, tokens):
    tiny_gguf.write(qwen, tmp_path / "tiny.gguf", pre=pre)
    gguf.convert_tokenizer(tmp_path)
    assert load_tokenizer(tmp_path).encode("a  12").tokens == tokens


def test_memory_is_asked_for_before_the_conversion(folder):
    gguf.convert_tokenizer(folder)
    estimate = memory.weights_bytes(folder)
    gguf.ensure_weights(folder)
    # Twice while converting; the tiny model's norms are a larger share than a real one's.
    assert memory.weights_bytes(folder) * 2 == pytest.approx(estimate, rel=0.05)


@pytest.mark.parametrize("length", [0, 3, 100, 20_000])
def test_a_file_cut_short_is_refused(folder, length):
    path = folder / "tiny.gguf"
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(CorruptFile, match=r"tiny\.gguf"):
        gguf.convert_tokenizer(folder)
    assert not (folder / "config.json").exists()


def test_an_architecture_whose_gguf_form_is_unknown_is_refused(qwen, tmp_path):
    tiny_gguf.write(qwen, tmp_path / "tiny.gguf", architecture="mystery")
    with pytest.raises(CorruptFile, match="mystery"):
        gguf.convert_tokenizer(tmp_path)
