"""From files to a model: what comes out computes what was saved, and every fault in the files has its error."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor, wait

import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file

from components.models import loaders, memory, recording
from components.models.errors import CorruptFile, CustomCode, NotEnoughMemory, UnknownArchitecture, WrongTask
from components.models.tokenization import SharedTokenizer, load_tokenizer
from tests.unit.models import tiny

IDS = torch.tensor([[2, 3, 4, 5]])
LOADERS = {
    "fill-mask": loaders.load_masked_lm,
    "text-generation": loaders.load_causal_lm,
    "text2text-generation": loaders.load_seq2seq_lm,
}


def load(saved, loader=None, *, record=None):
    record = record or saved.record
    tokenizer = SharedTokenizer(load_tokenizer(saved.folder))
    return (loader or LOADERS[record.task])(record, saved.folder, tokenizer=tokenizer)


def logits(model):
    more = {"decoder_input_ids": IDS} if model.config.is_encoder_decoder else {}
    with torch.inference_mode():
        return model(IDS, **more).logits


@pytest.mark.parametrize("family", tiny.CONFIGS)
def test_a_loaded_model_computes_what_was_saved(tmp_path, family):
    saved = tiny.save(family, tmp_path)
    loaded = load(saved)
    assert torch.allclose(logits(loaded.model), logits(saved.model), atol=1e-5)
    assert loaded.shape.layers == 2
    assert loaded.tokenizer.encode("a good novel").ids == [2, 3, 4]


def test_a_model_that_is_opened_while_another_is_built_waits_and_has_its_tied_weights(tmp_path, monkeypatch):
    """A class opens many pages at once, and transformers ties no weights anywhere while it builds a model."""
    folders = [tmp_path / name for name in ("gpt2", "bert", "later")]
    for folder in folders:
        folder.mkdir()
    saved = [tiny.save(family, folder) for family, folder in zip(("gpt2", "bert", "bert"), folders, strict=True)]
    build = transformers.GPT2LMHeadModel.__init__
    with ThreadPoolExecutor() as threads:
        others = []

        def slowly(self, *arguments, **named):
            build(self, *arguments, **named)
            others.append(threads.submit(load, saved[1]))
            wait(others, timeout=0.5)  # it would be over by then

        monkeypatch.setattr(transformers.GPT2LMHeadModel, "__init__", slowly)
        load(saved[0])
        assert torch.allclose(logits(others[0].result().model), logits(saved[1].model), atol=1e-5)
    assert torch.allclose(logits(load(saved[2]).model), logits(saved[2].model), atol=1e-5)


def test_models_are_float32_and_only_for_reading(tmp_path):
    loaded = load(tiny.save("gpt2", tmp_path, dtype=torch.float16))
    assert {weight.dtype for weight in loaded.model.parameters()} == {torch.float32}
    assert not any(weight.requires_grad for weight in loaded.model.parameters())
    assert not loaded.model.training


def test_attention_can_be_watched(tmp_path):
    loaded = load(tiny.save("bert", tmp_path))
    seen = []
    with torch.inference_mode(), recording.watch(loaded.model, on_layer=seen.append):
        loaded.model(IDS)
    assert loaded.watchable
    assert len(seen) == loaded.shape.layers


def test_the_encoder_of_a_masked_language_model_shares_its_weights(tmp_path):
    loaded = load(tiny.save("bert", tmp_path))
    encoder = loaders.encoder_of(loaded)
    ours = encoder.model.get_input_embeddings().weight
    assert ours.data_ptr() == loaded.model.get_input_embeddings().weight.data_ptr()
    assert encoder.lock is loaded.lock
    with torch.inference_mode():
        assert encoder.model(IDS).last_hidden_state.shape == (1, 4, 12)


def test_a_plain_encoder_loads_without_a_pooler(tmp_path):
    saved = tiny.save("bert", tmp_path)
    loaded = load(saved, loaders.load_encoder, record=tiny.record_of(tmp_path, task="feature-extraction"))
    with torch.inference_mode():
        expected = saved.model.bert(IDS).last_hidden_state
        assert torch.allclose(loaded.model(IDS).last_hidden_state, expected, atol=1e-5)


def test_a_model_for_another_task_is_refused(tmp_path):
    saved = tiny.save("gpt2", tmp_path)
    with pytest.raises(WrongTask, match="a model for text-generation, but this page needs one for fill-mask"):
        load(saved, loaders.load_masked_lm)


@pytest.mark.parametrize("family", tiny.CONFIGS)
def test_the_config_tells_the_task_of_a_model_nobody_described(tmp_path, family):
    saved = tiny.save(family, tmp_path)
    assert loaders.task_of(tiny.record_of(tmp_path), tmp_path) == saved.record.task


def test_a_config_that_tells_no_task_gives_none(tmp_path):
    tiny.save("bert", tmp_path)
    tiny.edit_config(tmp_path, architectures=None)
    assert loaders.task_of(tiny.record_of(tmp_path), tmp_path) is None


def test_an_architecture_nobody_knows_is_named(tmp_path):
    saved = tiny.save("bert", tmp_path)
    tiny.edit_config(tmp_path, model_type="mystery")
    with pytest.raises(UnknownArchitecture, match="“mystery”, which is not supported here"):
        load(saved)


def test_a_model_that_brings_its_own_code_is_refused_and_the_code_not_run(tmp_path):
    saved = tiny.save("bert", tmp_path)
    (tmp_path / "evil.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    tiny.edit_config(tmp_path, model_type="mystery", auto_map={"AutoConfig": "evil.Config"})
    with pytest.raises(CustomCode):
        load(saved)
    assert not (tmp_path / "ran").exists()


def test_pickled_weights_are_never_read(tmp_path):
    saved = tiny.save("bert", tmp_path)
    torch.save(load_file(tmp_path / "model.safetensors"), tmp_path / "pytorch_model.bin")
    (tmp_path / "model.safetensors").unlink()
    with pytest.raises(CorruptFile, match=r"model\.safetensors"):
        load(saved)


def test_weights_cut_short_are_refused(tmp_path):
    saved = tiny.save("bert", tmp_path)
    path = tmp_path / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(CorruptFile, match=r"model\.safetensors"):
        load(saved)


def test_missing_weights_are_refused_and_not_filled_with_random_numbers(tmp_path):
    saved = tiny.save("bert", tmp_path)
    path = tmp_path / "model.safetensors"
    kept = {name: tensor for name, tensor in load_file(path).items() if "layer.1.attention" not in name}
    save_file(kept, path, metadata={"format": "pt"})
    with pytest.raises(CorruptFile, match=r"tensors are missing: bert\.encoder\.layer\.1"):
        load(saved)


def test_weights_of_another_shape_are_refused(tmp_path):
    saved = tiny.save("bert", tmp_path)
    tiny.edit_config(tmp_path, hidden_size=24)
    with pytest.raises(CorruptFile, match=r"model\.safetensors"):
        load(saved)


@pytest.mark.parametrize("damage", [{"hidden_size": "wide"}, {"num_attention_heads": 5}])
def test_a_config_with_nonsense_is_refused(tmp_path, damage):
    saved = tiny.save("bert", tmp_path)
    tiny.edit_config(tmp_path, **damage)
    with pytest.raises(CorruptFile):
        load(saved)


def test_a_model_that_does_not_fit_is_refused_before_it_is_read(tmp_path, monkeypatch):
    saved = tiny.save("bert", tmp_path)
    monkeypatch.setattr(memory, "free_bytes", lambda device: 10_000)
    monkeypatch.setattr(transformers.AutoModelForMaskedLM, "from_pretrained", lambda *a, **k: pytest.fail("was read"))
    with pytest.raises(NotEnoughMemory, match=r"needs \d+\.?\d* kB of memory, but only 8 kB may be used"):
        load(saved)


def test_half_precision_files_are_counted_as_the_float32_they_become(tmp_path):
    saved = tiny.save("gpt2", tmp_path, dtype=torch.float16)
    in_memory = sum(weight.numel() for weight in saved.model.parameters()) * 4
    assert memory.weights_bytes(tmp_path) == in_memory


def test_a_config_may_be_read_by_a_newer_program(tmp_path):
    saved = tiny.save("bert", tmp_path)
    tiny.edit_config(tmp_path, field_of_the_future=1, transformers_version="99.0")
    assert json.loads((tmp_path / "config.json").read_text())["transformers_version"] == "99.0"
    assert load(saved).shape.family == "bert"


def test_no_connection_is_made_while_a_model_loads(tmp_path, monkeypatch):
    def refuse(self, address):
        pytest.fail(f"a connection to {address}")

    saved = tiny.save("gpt2", tmp_path)
    monkeypatch.setattr("socket.socket.connect", refuse)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    assert load(saved).shape.family == "gpt2"
