"""What modern servers send beside plain text: thinking, parts, tools, refusals, and errors that say why."""

from __future__ import annotations

import json
import logging
import random
from collections import Counter
from contextlib import closing
from copy import deepcopy

import pytest

from components.engines import runs
from components.engines.contract import Finished, Message, OtherContent, Request, Thought, Usage
from components.engines.errors import (
    ContextTooLong,
    EngineFault,
    GenerationError,
    NotSupported,
    QuotaUsedUp,
    Throttled,
    UnknownRemoteModel,
)
from components.engines.transcript import Transcript
from tests.services.generation.loopback import Record, serving
from tests.services.generation.openai_server import MODEL, Scenario, openai
from tests.services.generation.test_openai_contract import engine
from tests.services.generation.test_openai_faults import KEY, collect
from tests.unit.engines.streams import carry_on, next_token, reason, run, text, tokens

FORMS = ("reasoning", "reasoning_content", "both", "tags", "parts")
CHAT = Request(mode="chat", messages=(Message("user", "Star Trek"),), max_new_tokens=8, temperature=0.0, candidates=3)


def ask(scenario, request=CHAT, **settings):
    with openai(scenario) as address:
        return run(engine(address, **settings), request)


def transcript(events):
    made = Transcript()
    for event in events:
        made.add(event)
    return made


@pytest.mark.parametrize("form", FORMS)
def test_thinking_is_told_apart_from_the_answer_and_counted(form):
    plain = text(ask(Scenario()))
    events = ask(Scenario(thinks=form), Request(**vars(CHAT) | {"max_new_tokens": 11}))
    made = transcript(events)
    assert (made.text, made.thought.strip()) == (plain, "Let me think")
    assert made.new_tokens == 11
    assert made.thinking_tokens == pytest.approx(3, abs=2)
    assert made.counts_thinking_exactly == (form == "reasoning")


@pytest.mark.parametrize("form", [*FORMS, "hidden"])
def test_a_model_that_thinks_up_all_its_tokens_was_cut_and_has_more_the_next_time(form):
    scenario = Scenario(thinks=form, thoughts=20)
    with openai(scenario) as address:
        subject = engine(address, most_thinking_tokens=64)
        first, second = (transcript(run(subject, CHAT)) for _ in range(2))
    assert (first.was_cut_in_thought, first.thinking_tokens, first.text) == (True, 8, "")
    assert (second.was_cut_in_thought, second.text) == (False, text(ask(Scenario())))
    assert [body["max_tokens"] for body in scenario.bodies] == [8, 72]


def test_without_tokens_of_its_own_thinking_shares_those_of_the_answer():
    scenario = Scenario(thinks="reasoning", thoughts=20)
    with openai(scenario) as address:
        subject = engine(address)
        assert [transcript(run(subject, CHAT)).was_cut_in_thought for _ in range(2)] == [True, True]
    assert [body["max_tokens"] for body in scenario.bodies] == [8, 8]


def test_thinking_ends_at_its_own_cap():
    scenario = Scenario(thinks="reasoning", thoughts=500)
    with openai(scenario) as address:
        subject = engine(address, most_thinking_tokens=10)
        run(subject, CHAT)
        events = run(subject, CHAT)
    assert sum(event.tokens for event in events if isinstance(event, Thought)) == 10
    assert reason(events) == "length"


@pytest.mark.parametrize("dialect", ["llama.cpp", "vllm"])
def test_a_list_of_parts_is_its_text(dialect):
    assert text(ask(Scenario(dialect=dialect, as_parts=True))) == text(ask(Scenario(dialect=dialect)))


CALL = {"index": 0, "id": "call_1", "type": "function", "function": {"name": "get_weather", "arguments": ""}}


@pytest.mark.parametrize(
    ("deltas", "others"),
    [
        ([{"tool_calls": [CALL]}, {"tool_calls": [{"index": 0, "function": {"arguments": '{"city": "'}}]}],
         [OtherContent("tool call", "get_weather")]),
        ([{"function_call": {"name": "old", "arguments": ""}}], [OtherContent("tool call", "old")]),
        ([{"refusal": "I can't "}, {"refusal": "help."}], [OtherContent("refusal")] * 2),
        ([{"images": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AA"}}]}],
         [OtherContent("image")]),
        ([{"content": [{"type": "image_url", "image_url": {"url": "data:,"}}, {"type": "text", "text": "See"}]}],
         [OtherContent("image", "image_url")]),
        ([{"audio": {"id": "a", "data": "AA"}}], [OtherContent("audio")]),
        ([{"content": [{"type": "reference", "reference_ids": [1]}]}], [OtherContent("other", "reference")]),
        ([{"content": [{"type": "x\ud83d\n" * 99}]}], [OtherContent("other", "x" * 80)]),
    ],
)  # fmt: skip
def test_what_is_no_text_is_named(deltas, others):
    events = ask(Scenario(deltas=deltas))
    assert [event for event in events if isinstance(event, OtherContent)] == others


def test_a_refusal_is_text_and_a_tool_call_an_end():
    assert text(ask(Scenario(deltas=[{"refusal": "I can't."}]))).startswith("I can't.")
    assert reason(ask(Scenario(ends="tool_calls"))) == "tool"


@pytest.mark.parametrize(
    ("status", "answer", "fault", "said"),
    [
        (429, {"error": {"message": "You exceeded your current quota, please check your plan and billing details.",
                         "type": "insufficient_quota", "param": None, "code": "insufficient_quota"}},
         QuotaUsedUp, "is used up. Waiting a minute does not help"),
        (402, {"error": {"message": "Insufficient Balance", "code": "invalid_request_error"}}, QuotaUsedUp, "used up"),
        (429, {"error": {"message": "Rate limit reached on requests per min (RPM): Limit 3"}}, Throttled,
         "too many requests"),
        (500, {"detail": "Cannot use chat template: tokenizer.chat_template is not set"}, NotSupported,
         "no chat template"),
        (400, {"detail": "Server is pinned to 'gpt2'; requested 'tiny'."}, UnknownRemoteModel, "has no model"),
        (400, {"error": {"message": "The model 'tiny' does not exist", "code": "model_not_found"}}, UnknownRemoteModel,
         "has no model"),
        (503, {"error": {"message": "Loading model", "type": "unavailable_error", "code": 503}}, EngineFault,
         "not ready yet"),
        (500, {"error": {"message": "CUDA out of memory."}}, EngineFault, "too little memory"),
        (500, {"error": {"message": "The maximum context length is 8 tokens. However, you requested 9 tokens"}},
         ContextTooLong, "9 tokens"),
        (500, {"error": {"message": "something new"}}, EngineFault, "status 500"),
        (500, [[[]]], EngineFault, "status 500"),
        (400, {"error": {"message": ["no text"], "code": {}, "n_prompt_tokens": "many"}}, EngineFault, "status 400"),
        (400, {"error": {"message": "context size", "type": "exceed_context_size_error", "n_prompt_tokens": "<b>",
                         "n_ctx": []}}, EngineFault, "too long"),
    ],
)  # fmt: skip
def test_an_error_says_why_as_far_as_its_words_are_known(status, answer, fault, said):
    with openai(Scenario(refusal=(status, answer))) as address:
        _shown, error = collect(engine(address), CHAT)
    assert type(error) is fault
    assert said in str(error)
    assert error.report["status"] == status


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (404, {"detail": "Not Found"}),
        (405, {"detail": "Method Not Allowed"}),
        (404, {"error": {"message": "This is a chat model and not supported in the v1/completions endpoint. Did you "
                                    "mean to use v1/chat/completions?", "type": "invalid_request_error",
                         "param": "model", "code": None}}),
        (400, {"error": {"message": "The model does not support Completions API", "type": "BadRequestError"}}),
        (501, {"error": {"message": "The model does not support Completions API", "type": "NotImplementedError"}}),
    ],
)  # fmt: skip
def test_a_server_for_conversations_only_is_known_as_one(status, answer):
    with openai(Scenario(completions=(status, answer))) as address:
        subject = engine(address)
        _shown, error = collect(subject, Request(prompt="Star Trek"))
        assert type(error) is NotSupported
        assert not subject.capabilities.supports("completion")
        assert text(run(subject, CHAT))


def test_the_servers_own_words_are_in_the_log_under_the_reference(caplog):
    words = (
        f"Bad gateway for Bearer {KEY}: upstream vllm-7 is gone, request was {{'content': 'Star Trek'}}\n" + "x" * 999
    )
    scenario = Scenario(refusal=(502, {"error": {"message": words, "type": "upstream", "code": "E17"}}))
    with openai(scenario) as address, caplog.at_level(logging.WARNING):
        stream = runs.generate(engine(address, key=KEY), CHAT, carry_on)
        with closing(stream), pytest.raises(EngineFault) as caught:
            list(stream)
    assert scenario.headers[0]["Authorization"] == f"Bearer {KEY}", "not used, so this shows nothing"
    [line] = [record for record in caplog.records if record.getMessage() == "a service reported a fault"]
    assert caught.value.reference
    assert (line.status, line.code, line.fault) == (502, "E17", "EngineFault")
    assert line.said.startswith("Bad gateway for [key]: upstream vllm-7 is gone, request was {'content': '[prompt]'}")
    assert len(line.said) <= 500
    for secret in (KEY, "Star Trek"):
        assert secret not in str(vars(line))
    assert "vllm-7" not in str(caught.value)


def test_a_visitor_who_leaves_is_no_fault_in_the_log(caplog):
    with openai(Scenario(trouble="thinks")) as address, caplog.at_level(logging.WARNING):
        stream = runs.generate(engine(address), CHAT, carry_on)
        next_token(stream)
        stream.close()
    assert [record for record in caplog.records if "fault" in record.getMessage()] == []


# --- a server that sends nonsense -----------------------------------------------------------------------------------

GOOD = {
    "id": "x", "object": "chat.completion.chunk", "created": 0, "model": MODEL,
    "choices": [{"index": 0, "finish_reason": None, "delta": {"role": "assistant", "content": "ab", "reasoning": "so"},
                 "logprobs": {"content": [{"token": "ab", "logprob": -0.5, "bytes": [97, 98], "id": 5,
                                           "top_logprobs": [{"token": "c", "logprob": -2.0, "bytes": None}]}]}}],
    "usage": {"prompt_tokens": 3, "completion_tokens": 2, "completion_tokens_details": {"reasoning_tokens": 1}},
}  # fmt: skip
NONSENSE = (
    None, True, 0, -1, 10**400, 1e308, float("nan"), "", "x", "\ud83d", "<think>", "a" * 5_000, [], [None], ["x"], [[]],
    [{}], {}, {"a": 1}, {"type": "text"}, [{"type": "text", "text": 5}], [{"type": "thinking", "thinking": {}}],
)  # fmt: skip


def places(value, path=()):
    """Give the path of every value inside another."""
    yield path
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(inner, (*path, key))


def with_nonsense(chance):
    """Return a message with one to three values replaced, added or removed."""
    made = json.loads(json.dumps(GOOD))
    for _ in range(chance.randint(1, 3)):
        path = chance.choice([each for each in places(made) if each])
        inner = made
        for key in path[:-1]:
            inner = inner[key]
        act = chance.random()
        if act < 0.1 and isinstance(inner, dict):
            del inner[path[-1]]
        elif act < 0.3 and isinstance(inner, dict):
            name = chance.choice(["content", "tool_calls", "refusal", "audio", "images", "error", "code", "message"])
            inner[name] = deepcopy(chance.choice(NONSENSE))
        else:
            inner[path[-1]] = deepcopy(chance.choice(NONSENSE))
    return made


def lines(seed):
    """Return a stream of a few messages, some of them nonsense."""
    chance = random.Random(seed)
    written = [
        json.dumps(with_nonsense(chance) if chance.random() < 0.7 else GOOD) for _ in range(chance.randint(1, 4))
    ]
    written += chance.choice([[], ["[DONE]"], ["[]"], ["5"], ["null"], ["{"], ["[" * 50_000], ['"x"'], ["\ud83d"]])
    return "".join(f"data: {line}\n\n" for line in written).encode("utf-8", "surrogatepass")


def test_no_nonsense_of_a_server_fails_a_page():
    """Whatever comes, a run ends by itself or with a fault that is told; what it gives can be shown."""
    seeds = iter(range(400))

    def answer(handler, _body):
        handler.whole(200, lines(next(seeds)), Content_Type="text/event-stream")

    ends = Counter()
    with serving(Record(), answer) as address:
        for _ in range(400):
            events, fault = [], None
            try:
                events.extend(engine(address, most_thinking_tokens=10).stream(CHAT, carry_on))
            except GenerationError as error:
                fault = error
            ends[type(fault).__name__] += 1
            str(fault).encode()
            for event in events:
                json.dumps(event, default=vars, ensure_ascii=False).encode()
            assert all(isinstance(token.text, str) for token in tokens(events))
    assert ends.keys() <= {"NoneType", "EngineFault", "CutMidStream", "ContextTooLong"}, ends
    assert min(ends["NoneType"] + ends["CutMidStream"], ends["EngineFault"]) > 20, f"not all is tried: {ends}"


def test_counts_and_the_end_are_given_though_a_model_thought():
    events = ask(Scenario(thinks="reasoning"), Request(**vars(CHAT) | {"max_new_tokens": 11}))
    assert events[-2:] == [
        Usage(len(json.dumps([{"role": "user", "content": "Star Trek"}])), 11, 3),
        Finished("length"),
    ]
