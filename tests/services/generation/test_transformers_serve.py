"""A second opinion from an awkward server: `transformers serve` refuses fields, ignores others, and trims nothing."""

from __future__ import annotations

import pytest
import torch
import transformers

from components.core.settings_tables import OpenAIServer
from components.engines.contract import Adjusted, Message, Request
from components.engines.openai_compatible import OpenAICompatibleEngine
from tests.services.generation.own_environment import LIMIT_S, environment, free_port, running
from tests.services.generation.test_openai_contract import NEVER
from tests.unit.engines import tiny
from tests.unit.engines.engine_contract import EngineContract
from tests.unit.engines.streams import carry_on, next_token, reason, run, text, tokens, usage

pytestmark = pytest.mark.timeout(LIMIT_S)  # the first test fetches the packages

TEMPLATE = "{% for m in messages %}[{{ m.role }}] {{ m.content }}\n{% endfor %}[assistant] "


@pytest.fixture(scope="session")
def model(tmp_path_factory):
    """A tiny random model of bytes, as a folder."""
    torch.manual_seed(3)
    config = transformers.LlamaConfig(
        hidden_size=24, num_hidden_layers=2, num_attention_heads=3, num_key_value_heads=1, intermediate_size=32,
        max_position_embeddings=512, bos_token_id=tiny.END, eos_token_id=tiny.END, vocab_size=tiny.VOCABULARY,
    )  # fmt: skip
    weights = transformers.LlamaForCausalLM(config).requires_grad_(False)
    weights.lm_head.weight[:32] = 0  # letters rather than control characters
    weights.lm_head.weight[127:] = 0
    weights.lm_head.weight[32:127].mul_(4.0)
    weights.generation_config.do_sample = True  # it draws only from models that say so
    tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_object=tiny.byte_tokenizer().raw)
    tokenizer.chat_template = TEMPLATE
    folder = tmp_path_factory.mktemp("model")
    weights.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def address(model, tmp_path_factory):
    port, folder = free_port(), tmp_path_factory.mktemp("serve")
    command = ["-m", "transformers.cli.transformers", "serve", str(model), "--host", "127.0.0.1", "--port", str(port)]
    with running(
        command,
        packages=environment("fastapi==0.165.0"),
        health=f"http://127.0.0.1:{port}/health",
        variables={"HF_HUB_OFFLINE": "1", "HF_HOME": str(folder / "hub")},
        log=folder / "log",
    ):
        yield f"http://127.0.0.1:{port}/v1"


@pytest.fixture
def subject(address, model):
    """A new engine: it has learnt nothing yet."""
    server = OpenAIServer(name="transformers serve", base_url=address, models=(str(model),))
    return OpenAICompatibleEngine(server, str(model), most_new_tokens=512)


def adjusted(events):
    return [event.feature for event in events if isinstance(event, Adjusted)]


def make_request(**settings):
    """Ask greedily: drawn, the first token could be the end."""
    return Request(**{"prompt": "Star Trek", "max_new_tokens": 12, "candidates": 0, "strategy": "greedy"} | settings)


def test_the_fields_it_refuses_are_dropped_together_said_and_remembered(subject):
    events = run(subject, make_request(top_k=3, min_p=0.1, repetition_penalty=1.1))
    assert adjusted(events) == ["min_p", "repetition_penalty", "top_k"]
    assert usage(events).output_tokens == 12
    assert not any(subject.capabilities.supports(feature) for feature in adjusted(events))
    assert adjusted(run(subject, make_request())) == []


def test_it_sends_no_probabilities_and_that_is_noted(subject):
    assert adjusted(run(subject, make_request(candidates=5))) == ["logprobs"]
    assert not subject.capabilities.supports("logprobs")


def test_a_stop_string_that_it_sends_along_is_cut_off(subject):
    whole = text(run(subject, make_request()))
    stop = whole[4:6]
    events = run(subject, make_request(stop=(stop,)))
    assert (text(events), reason(events)) == (whole[: whole.index(stop)], "stop")


def test_a_conversation_is_answered_with_counts(subject):
    asked = Request(mode="chat", messages=(Message("user", "Hi"),), max_new_tokens=5, strategy="greedy", candidates=0)
    events = run(subject, asked)
    assert usage(events).input_tokens == len("[user] Hi\n[assistant] ")
    assert usage(events).output_tokens == 5


def test_a_closed_stream_leaves_it_free_for_the_next_one(subject):
    stream = subject.stream(make_request(max_new_tokens=400), carry_on)
    next_token(stream)
    stream.close()
    assert tokens(run(subject, make_request()))


class TestContract(EngineContract):
    """With an engine that has learnt that there are no probabilities."""

    missing = NEVER | {"logprobs"}
    counts_exactly = False  # it holds half characters back, and sends several tokens together

    @pytest.fixture
    def subject(self, subject):
        run(subject, make_request(candidates=1))
        return subject
