"""Which engines fit a model, how they are opened, and that none of it loads torch before it is needed."""

from pathlib import Path

import pytest

from components.engines import llama_cpp
from components.engines.errors import EngineUnavailable
from components.engines.llama_cpp import open_llama_cpp
from components.engines.table import engine_spec
from components.engines.transformers_engine import open_transformers
from components.models import integrity
from components.models.errors import CorruptFile
from components.models.records import LocalFiles, ModelRecord
from components.models.registry import record
from tests.unit.engines.tiny import byte_tokenizer

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def installed(monkeypatch):
    monkeypatch.setattr(llama_cpp.importlib.util, "find_spec", lambda name: object())


def in_folder(folder):
    (folder / "config.json").write_text('{"bos_token_id": 7}')
    return ModelRecord(id="mine", title="Mine", source=LocalFiles(kind="path", folder=str(folder)))


def reasons_of(model):
    """Why these engines of this process cannot run a model."""
    return [engine_spec(name).why_not(model) for name in ("transformers", "llama.cpp")]


def test_the_embedded_model_runs_on_transformers_only(installed):
    assert reasons_of(record("classroom-gpt2")) == [None, llama_cpp.NO_GGUF]


def test_a_gguf_file_is_found(installed, tmp_path):
    (tmp_path / "weights.gguf").touch()
    assert reasons_of(in_folder(tmp_path)) == [None, None]


def test_a_model_without_gguf_is_refused_with_the_reason(installed, tmp_path):
    with pytest.raises(EngineUnavailable, match="GGUF"):
        open_llama_cpp(in_folder(tmp_path), byte_tokenizer(), threads=1)


def test_llama_cpp_gets_what_the_folder_holds(installed, tmp_path, monkeypatch):
    monkeypatch.setattr(llama_cpp, "_start", lambda gguf, **settings: (gguf.name, settings["threads"]))
    (tmp_path / "weights.gguf").touch()
    (tmp_path / "chat_template.jinja").write_text("{{ messages }}")
    engine = open_llama_cpp(in_folder(tmp_path), byte_tokenizer(), threads=3)
    assert engine._server == ("weights.gguf", 3)
    assert engine._start_id == 7
    assert engine.capabilities.supports("chat")


def test_weights_that_changed_on_the_disk_are_refused(installed, tmp_path):
    weights = tmp_path / "weights.gguf"
    weights.write_bytes(b"as they came")
    integrity.note_checksums(tmp_path, checkpoint=lambda: None)
    weights.write_bytes(b"as thEy came")
    with pytest.raises(CorruptFile, match=r"weights\.gguf"):
        open_llama_cpp(in_folder(tmp_path), byte_tokenizer(), threads=1)


@pytest.mark.real_model
def test_the_embedded_model_opens(classroom_gpt2):
    engine = open_transformers(classroom_gpt2)
    assert (engine.name, engine.model, engine.capabilities.context_tokens) == ("transformers", "classroom-gpt2", 512)
    assert not engine.capabilities.supports("chat")
