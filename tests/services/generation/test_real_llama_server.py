"""A second opinion: the contract over llama.cpp's own OpenAI server, with a tiny random model."""

from __future__ import annotations

import secrets
import time
import urllib.request

import pytest

from components.engines.contract import Message, Request
from components.engines.errors import ContextTooLong, CredentialsExpired
from tests.services.generation.loopback import WAIT_S
from tests.services.generation.test_openai_contract import NEVER, Conversation, engine
from tests.unit.engines.engine_contract import EngineContract
from tests.unit.engines.streams import carry_on, next_token, run, text, tokens, usage
from tests.unit.models import tiny_gguf

xllamacpp = pytest.importorskip("xllamacpp", reason="there is no build of xllamacpp for this machine")
CONTEXT = 4096
KEY = secrets.token_hex()


@pytest.fixture(scope="session")
def address(tmp_path_factory):
    model = tiny_gguf.qwen().requires_grad_(False)
    model.get_input_embeddings().weight.mul_(6.0)  # a fresh model finds all tokens about equally likely
    model.config.max_position_embeddings = CONTEXT  # conversations are written letter by letter
    path = tmp_path_factory.mktemp("gguf") / "tiny.gguf"
    tiny_gguf.write(model, path)
    settings = xllamacpp.CommonParams()
    settings.model.path = str(path)
    settings.n_parallel, settings.n_ctx = 4, 4 * CONTEXT
    settings.cpuparams.n_threads = settings.cpuparams_batch.n_threads = 1
    settings.verbosity = -1
    settings.api_keys = [KEY]
    settings.endpoint_metrics = True
    server = xllamacpp.Server(settings)
    yield f"{server.listening_address}/v1"
    del server


@pytest.fixture(scope="module")
def served(address):
    return engine(address, key=KEY)


class TestCompletions(EngineContract):
    missing = NEVER
    counts_exactly = False  # a character of several tokens comes as one event

    @pytest.fixture
    def subject(self, served):
        return served


class TestConversations(Conversation, TestCompletions):
    pass


def test_it_answers_only_who_has_the_key(address):
    with pytest.raises(CredentialsExpired):
        run(engine(address, key="another"), Request(prompt="a"))
    with pytest.raises(CredentialsExpired):
        run(engine(address), Request(prompt="a"))


def test_it_says_how_long_a_prompt_may_be(served):
    with pytest.raises(ContextTooLong) as caught:
        run(served, Request(prompt="a b " * CONTEXT))
    assert caught.value.values["tokens"] > caught.value.values["most"] > 0


def test_it_takes_every_setting_that_the_engine_sends(served):
    asked = Request(
        mode="chat", messages=(Message("user", "Hi"),), temperature=0.7, top_k=5, top_p=0.9, min_p=0.1, seed=1,
        repetition_penalty=1.3, stop=("zz",), max_new_tokens=5,
    )  # fmt: skip
    assert tokens(run(served, asked))
    assert served.refused == frozenset()


def test_its_penalty_counts(served):
    plain, penalised = (
        text(run(served, Request(prompt="a novel", strategy="greedy", repetition_penalty=penalty, max_new_tokens=12)))
        for penalty in (None, 9.0)
    )
    assert plain != penalised


def test_the_likeliest_tokens_have_ids(served):
    events = run(served, Request(prompt="a novel", strategy="greedy", max_new_tokens=3, candidates=4))
    for token in tokens(events):
        assert token.id == token.candidates[0].id
        assert len(token.candidates) == 4
    assert usage(events).output_tokens == 3


def test_a_closed_stream_ends_the_work(address, served):
    def metric(name):
        request = urllib.request.Request(address.replace("/v1", "/metrics"), headers={"Authorization": f"Bearer {KEY}"})
        with urllib.request.urlopen(request) as answer:
            told = dict(line.split() for line in answer.read().decode().splitlines() if line.startswith("llamacpp:"))
        return float(told[f"llamacpp:{name}"])

    long = Request(prompt="a novel", strategy="greedy", max_new_tokens=2000, candidates=0)
    patient = engine(address, key=KEY, most_new_tokens=2000)
    before = metric("tokens_predicted_total")
    stream = patient.stream(long, carry_on)
    next_token(stream)
    stream.close()
    limit = time.monotonic() + WAIT_S
    while metric("requests_processing") and time.monotonic() < limit:
        time.sleep(0.01)
    assert metric("requests_processing") == 0
    stopped_after = metric("tokens_predicted_total") - before
    assert usage(run(patient, long)).output_tokens == 2000
    assert stopped_after < 1500
