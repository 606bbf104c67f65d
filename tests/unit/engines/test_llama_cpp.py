"""The llama.cpp engine: the contract on a tiny random model written as GGUF, and what it does differently."""

import runpy
import threading
import time
from pathlib import Path

import pytest
import tokenizers
import torch
from packaging.requirements import Requirement

from components.engines import llama_cpp
from components.engines.contract import Request
from components.engines.errors import EngineFault, EngineUnavailable
from components.engines.llama_cpp import LlamaCppEngine, stream_chunks, unavailable
from components.engines.prompting import ChatTemplate
from components.generation.answer import Answer
from components.generation.export import ExportSource, result
from components.models.tokenization import SharedTokenizer
from tests.unit.engines.engine_contract import EngineContract
from tests.unit.engines.streams import StopAt, Stopped, carry_on, next_token, run, text, tokens
from tests.unit.models import tiny_gguf

REQUIREMENTS = Path(__file__).parents[3] / "requirements.txt"
(PACKAGE,) = (Requirement(line) for line in REQUIREMENTS.read_text().splitlines() if line.startswith("xllamacpp"))
# Not where it happens to be missing: where requirements.txt asks for it, these tests fail without it.
installed = pytest.mark.skipif(not PACKAGE.marker.evaluate(), reason="there is no build of xllamacpp for this machine")
END = len(tiny_gguf.VOCABULARY) - 1
TEMPLATE = ChatTemplate("{% for m in messages %}[{{ m.role }}] {{ m.content }}\n{% endfor %}[assistant] ")


def tokenizer():
    vocabulary = {piece: index for index, piece in enumerate(tiny_gguf.VOCABULARY[:-1])}
    raw = tokenizers.Tokenizer(tokenizers.models.BPE(vocabulary, [tuple(m.split()) for m in tiny_gguf.MERGES]))
    raw.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = tokenizers.decoders.ByteLevel()
    raw.add_special_tokens([tiny_gguf.VOCABULARY[-1]])
    return SharedTokenizer(raw)


@pytest.fixture(scope="module")
def weights():
    model = tiny_gguf.qwen().requires_grad_(False)
    model.get_input_embeddings().weight.mul_(6.0)  # a fresh model finds all tokens about equally likely
    model.generation_config.eos_token_id = END
    return model


@pytest.fixture(scope="module")
def gguf(weights, tmp_path_factory):
    path = tmp_path_factory.mktemp("gguf") / "tiny.gguf"
    tiny_gguf.write(weights, path)
    return path


@pytest.fixture(scope="module")
def made(gguf):
    return LlamaCppEngine(
        model="tiny", gguf=gguf, tokenizer=tokenizer(), template=TEMPLATE, start_id=END, seats=4, context_tokens=64,
        threads=1,
    )  # fmt: skip


@installed
class TestTinyModel(EngineContract):
    missing = frozenset({"n", "beam", "beam_sample", "full_distribution"})
    counts_exactly = False  # a character of several tokens comes as one event

    @pytest.fixture
    def subject(self, made):
        return made


def greedy(prompt, **settings):
    return Request(**{"prompt": prompt, "strategy": "greedy", "max_new_tokens": 12, "candidates": 5} | settings)


@installed
@pytest.mark.parametrize("settings", [{}, {"repetition_penalty": 1.5}])
def test_it_writes_what_transformers_writes_with_the_same_weights(made, weights, settings):
    request = greedy("a novel", **settings)
    read = torch.tensor([made.prompt_ids(request)])
    output = weights.generate(
        read, do_sample=False, max_new_tokens=12, pad_token_id=END, return_dict_in_generate=True, output_logits=True,
        **settings,
    )  # fmt: skip
    theirs = output.sequences[0, read.shape[1] :].tolist()
    written = tokens(run(made, request))
    assert text(written) == tokenizer().decode(theirs).replace("\ufffd", "")
    told = [token for token in written if token.id is not None]
    assert len(told) == len(theirs), "choose a prompt after which no character takes several tokens"
    for token, expected, logits in zip(told, theirs, output.logits, strict=True):
        logprobs = logits[0].log_softmax(-1)
        assert token.id == expected
        assert token.logprob == pytest.approx(float(logprobs[expected]), abs=0.02)
        best = logprobs.topk(5)
        assert [each.id for each in token.candidates[:5]] == best.indices.tolist()
        assert [each.logprob for each in token.candidates[:5]] == pytest.approx(best.values.tolist(), abs=0.02)


@installed
def test_the_exported_script_writes_the_same_in_llama_cpp_itself(made, tmp_path):
    tokenizer().raw.save(str(tmp_path / "tokenizer.json"))
    request = greedy("a novel")
    answer = Answer("llama.cpp", "tiny", request)
    for event in run(made, request):
        answer.add(event)
    exported = result(answer.text, answer.tokens, answer.transcript.usage, spell=tokenizer().tokens)
    script = tmp_path / "exported.py"
    made.gguf.with_name("tokenizer.json").write_bytes((tmp_path / "tokenizer.json").read_bytes())
    source = ExportSource(engine=lambda: made, meter=lambda each: each, answer=Answer("llama.cpp", "tiny", request))
    script.write_text(source.script(), "utf-8")
    found = runpy.run_path(str(script))["result"]
    assert found["text"] == exported["text"]
    assert found["usage"] == exported["usage"]
    assert [step["token_id"] for step in found["steps"]] == [step["token_id"] for step in exported["steps"]]
    for mine, theirs in zip(found["steps"], exported["steps"], strict=True):
        assert mine["token"] == theirs["token"]
        assert mine["logprob"] == pytest.approx(theirs["logprob"], abs=1e-3)
        assert mine["candidates"][0].keys() == theirs["candidates"][0].keys()


@installed
def test_without_candidates_the_text_is_the_same(made):
    def texts(candidates):
        requests = [
            Request(prompt="a", seed=s, temperature=1.5, max_new_tokens=20, candidates=candidates) for s in range(4)
        ]
        return [text(run(made, request)) for request in requests]

    assert texts(0) == texts(3)
    assert any(texts(0))


@installed
def test_a_character_of_several_tokens_comes_whole_and_without_an_id(made):
    emoji = tuple(tokenizer().encode("👍").ids)
    shown = [token.text for token in tokens(run(made, greedy("a", prefix=emoji, max_new_tokens=1))) if token.given]
    assert shown == ["", "", "", "👍"]


@installed
def test_it_stops_within_one_token(made, monkeypatch):
    told = []
    complete = made._server.handle_completions

    class Counting:
        def handle_completions(self, body, callback):
            complete(body, lambda chunk: time.sleep(0.01) or told.append(chunk) or callback(chunk))
            ended.set()

    ended = threading.Event()
    monkeypatch.setattr(made, "_server", Counting())
    stream = made.stream(Request(prompt="a", seed=3, temperature=2.0, max_new_tokens=50), carry_on)
    next_token(stream)
    stream.close()
    at_the_stop = len(told)
    assert ended.wait(10)
    # one that was on its way when the stream was closed, and the one by which llama.cpp is told
    assert len(told) <= at_the_stop + 2
    assert not any(chunk["choices"][0]["finish_reason"] for chunk in told)


@installed
def test_a_file_that_is_no_gguf_is_refused(tmp_path):
    (tmp_path / "x.gguf").write_bytes(b"nonsense")
    with pytest.raises(EngineUnavailable, match="cannot read this model's file"):
        LlamaCppEngine(model="x", gguf=tmp_path / "x.gguf", tokenizer=tokenizer(), threads=1)


def test_without_the_package_it_says_so(monkeypatch, tmp_path):
    monkeypatch.setattr(llama_cpp.importlib.util, "find_spec", lambda name: None)
    assert unavailable(tmp_path / "x.gguf") is llama_cpp.NOT_INSTALLED
    with pytest.raises(EngineUnavailable, match="xllamacpp is not installed"):
        LlamaCppEngine(model="x", gguf=tmp_path / "x.gguf", tokenizer=tokenizer(), threads=1)


def test_a_model_without_a_gguf_file_can_not_run_on_it(monkeypatch):
    monkeypatch.setattr(llama_cpp.importlib.util, "find_spec", lambda name: object())
    assert unavailable(None) is llama_cpp.NO_GGUF


class Server:
    """Stands in for llama.cpp: hands over chunks until it is told to stop."""

    def __init__(self, *parts, then=None):
        self.parts = parts
        self.then = then
        self.given = 0
        self.ended = threading.Event()

    def handle_completions(self, body, callback):
        for part in self.parts:
            self.given += 1
            if callback(part):
                break
        self.ended.set()
        if self.then is not None:
            raise self.then


def test_chunks_come_in_order():
    assert list(stream_chunks(Server({"a": 1}, {"b": 2}), {}, carry_on)) == [{"a": 1}, {"b": 2}]


def test_what_the_server_raises_is_raised_to_the_reader_after_what_it_gave():
    stream = stream_chunks(Server({"a": 1}, then=OSError("gone")), {}, carry_on)
    assert next(stream) == {"a": 1}
    with pytest.raises(OSError, match="gone"):
        next(stream)


def test_a_checkpoint_is_asked_while_nothing_comes():
    class Silent(Server):
        def handle_completions(self, body, callback):
            self.ended.wait(10)

    silent = Silent()
    with pytest.raises(Stopped):
        list(stream_chunks(silent, {}, StopAt(3)))
    silent.ended.set()


@installed
def test_a_refusal_is_one_of_our_errors(made, monkeypatch):
    refusal = {"error": {"code": 400, "type": "invalid_request_error", "message": "secret"}}
    monkeypatch.setattr(made, "_server", Server(refusal))
    with pytest.raises(EngineFault, match="invalid_request_error") as caught:
        run(made, greedy("a"))
    assert "secret" not in str(caught.value)


@installed
def test_a_completion_without_an_end_is_a_fault(made, monkeypatch):
    monkeypatch.setattr(made, "_server", Server())
    with pytest.raises(EngineFault, match="no end"):
        run(made, greedy("a"))
