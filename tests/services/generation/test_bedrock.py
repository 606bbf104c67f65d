"""Bedrock: what is sent, through which id, what it costs to be wrong, and what is shown when it goes wrong."""

from __future__ import annotations

import pytest

from components.aws import listing
from components.engines.bedrock import BedrockEngine
from components.engines.contract import Message, OtherContent, Request, Thought, Token
from components.engines.errors import ChatRefused, EmptyPrompt, EngineFault, NotSupported, UnknownRemoteModel
from tests.services.aws_server import bedrock_model, profile
from tests.unit.engines.streams import carry_on, reason, run, text, tokens, usage

CLAUDE = "anthropic.claude-x-v1:0"
NOVA = "amazon.nova-x-v1:0"


@pytest.fixture
def bedrock(aws_runtime):
    return aws_runtime


def engine(model=CLAUDE):
    return BedrockEngine(model, most_new_tokens=512)


def ask(*turns, **settings):
    roles = ("user", "assistant")
    messages = tuple(Message(roles[place % 2], turn) for place, turn in enumerate(turns or ("Hi",)))
    return Request(mode="chat", messages=messages, **{"max_new_tokens": 5} | settings)


def test_only_what_was_moved_is_sent(bedrock):
    run(engine(), ask(max_new_tokens=None))
    [sent] = bedrock.calls("/converse-stream")
    assert sent == {"messages": [{"role": "user", "content": [{"text": "Hi"}]}], "inferenceConfig": {"maxTokens": 60}}


def test_what_was_moved_is_sent(bedrock):
    request = Request(
        mode="chat", messages=(Message("system", "Be brief."), Message("user", "Hi")), temperature=0.5, top_p=0.9,
        top_k=7, stop=("x",), max_new_tokens=3,
    )  # fmt: skip
    run(engine(), request)
    [sent] = bedrock.calls("/converse-stream")
    assert sent["system"] == [{"text": "Be brief."}]
    assert sent["inferenceConfig"] == {"maxTokens": 3, "temperature": 0.5, "topP": 0.9, "stopSequences": ["x"]}
    assert sent["additionalModelRequestFields"] == {"top_k": 7}


@pytest.mark.parametrize(
    ("model", "sent"),
    [
        (NOVA, {"inferenceConfig": {"topK": 7}}),
        ("us.amazon.nova-x-v1:0", {"inferenceConfig": {"topK": 7}}),
        ("eu.anthropic.claude-x-v1:0", {"top_k": 7}),
        ("us-gov.anthropic.claude-x-v1:0", {"top_k": 7}),
        ("amazon.nova-2.1-v1:0", {"inferenceConfig": {"topK": 7}}),
        ("global.cohere.command-x-v1:0", {"k": 7}),
        ("arn:aws:bedrock:us-east-1::foundation-model/mistral.m-v1:0", {"top_k": 7}),
    ],
)
def test_each_makers_models_have_their_own_name_for_top_k(bedrock, model, sent):
    run(engine(model), ask(top_k=7))
    assert bedrock.calls("/converse-stream")[0]["additionalModelRequestFields"] == sent


def test_a_maker_without_top_k_says_so_before_anything_is_sent(bedrock):
    with pytest.raises(NotSupported, match="has no such setting"):
        engine("meta.llama-x-v1:0").stream(ask(top_k=7), carry_on)
    assert bedrock.bodies == []


def test_a_model_is_called_through_the_profile_that_leads_to_it(bedrock):
    bedrock.models = [bedrock_model(NOVA, inferenceTypesSupported=["INFERENCE_PROFILE"])]
    bedrock.profiles = [profile(f"global.{NOVA}", NOVA), profile(f"us.{NOVA}", NOVA)]
    subject = engine(NOVA)
    run(subject, ask())
    run(subject, ask())
    called = [path for path in bedrock.paths if path.endswith("/converse-stream")]
    assert called == [f"/model/us.{NOVA.replace(':', '%3A')}/converse-stream"] * 2
    assert bedrock.paths.count("/foundation-models") == 1, "asked once"


@pytest.mark.parametrize(("wrong", "asked"), [("not allowed", 1), ("no answer", 2)])
def test_where_listing_fails_the_model_is_called_by_its_own_id(bedrock, monkeypatch, wrong, asked):
    from botocore.exceptions import ConnectTimeoutError

    calls = []

    def fail(*_arguments):
        calls.append(wrong)
        raise listing.UnreadableAnswer("models") if wrong == "not allowed" else ConnectTimeoutError(endpoint_url="x")

    monkeypatch.setattr(listing, "list_models", fail)
    subject = engine()
    for _ in range(2):
        assert text(run(subject, ask()))
    assert len(calls) == asked, "what might work the next time is tried again"


@pytest.mark.parametrize("called", [NOVA, f"us.{NOVA}"])
def test_a_model_that_does_not_stream_answers_in_one_piece(bedrock, called):
    bedrock.models = [bedrock_model(NOVA, responseStreamingSupported=False)]
    bedrock.profiles = [profile(f"us.{NOVA}", NOVA)]
    subject = engine(called)
    events = run(subject, ask(temperature=0.0))
    assert len(tokens(events)) == 1
    assert usage(events).output_tokens == 5
    assert not subject.capabilities.supports("stream")
    assert not bedrock.calls("/converse-stream")


def test_what_a_model_thinks_is_told_apart_from_its_answer(bedrock):
    plain = text(run(engine(), ask(temperature=0.0)))
    bedrock.thinks_aloud = True
    events = run(engine(), ask(temperature=0.0))
    assert text(events) == plain
    assert [event for event in events if isinstance(event, Thought)] == [Thought("Let me"), Thought(" think.")]


def test_a_model_that_thinks_has_tokens_for_it_from_then_on(bedrock):
    subject = BedrockEngine(CLAUDE, most_new_tokens=512, most_thinking_tokens=100)
    bedrock.thinks_aloud = True
    for _ in range(2):
        run(subject, ask())
    assert [body["inferenceConfig"]["maxTokens"] for body in bedrock.calls("/converse-stream")] == [5, 105]
    assert subject.capabilities.thinking_tokens == 100


@pytest.mark.parametrize(
    ("events", "others"),
    [
        ([("contentBlockStart", {"start": {"toolUse": {"toolUseId": "t", "name": "weather"}}, "contentBlockIndex": 0}),
          ("contentBlockDelta", {"delta": {"toolUse": {"input": "{}"}}, "contentBlockIndex": 0})],
         [OtherContent("tool call", "weather")]),
        ([("contentBlockDelta", {"delta": {"reasoningContent": {"redactedContent": "eA=="}}, "contentBlockIndex": 0})],
         [OtherContent("hidden thinking")]),
        ([("contentBlockStart", {"start": {"image": {"format": "png"}}, "contentBlockIndex": 0})],
         [OtherContent("image")]),
        ([("contentBlockStart", {"start": {"hologram": {}}, "contentBlockIndex": 0})],
         [OtherContent("other", "hologram")]),
    ],
)  # fmt: skip
def test_what_is_no_text_is_named(bedrock, events, others):
    bedrock.events, bedrock.ends = events, "tool_use"
    made = run(engine(), ask())
    assert [event for event in made if isinstance(event, OtherContent)] == others
    assert reason(made) == "tool"


@pytest.mark.parametrize(
    ("words", "fault", "said"),
    [
        ("Invocation of model ID x with on-demand throughput isn’t supported. Retry with an inference profile.",
         EngineFault, "only through an inference profile"),
        ("The provided model identifier is invalid.", UnknownRemoteModel, CLAUDE),
        ("Input is too long for requested model.", EngineFault, "too long"),
        ("The text field in the ContentBlock object is blank.", EmptyPrompt, "empty"),
        ("`temperature` and `top_p` cannot both be specified for this model.", NotSupported, "temperature"),
        ("Malformed input request: #/topP: 0.9 is not allowed", NotSupported, "top_p"),
        ("Something new.", EngineFault, "does not take this request"),
    ],
)  # fmt: skip
def test_a_refusal_is_said_and_nothing_is_sent_twice(bedrock, words, fault, said):
    bedrock.refusal = ("ValidationException", words)
    with pytest.raises(fault, match=said):
        run(engine(), ask(**({"temperature": 0.5} if "temperature" in words else {"top_p": 0.5})))
    assert len(bedrock.calls("/converse-stream")) == 1


@pytest.mark.parametrize("turns", [("assistant",), ("user", "user"), ("user", "assistant", "assistant")])
def test_turns_that_do_not_alternate_are_refused_before_anything_is_sent(bedrock, turns):
    request = Request(mode="chat", messages=tuple(Message(role, "Hi") for role in turns))
    with pytest.raises(ChatRefused):
        engine().stream(request, carry_on)
    assert bedrock.bodies == []


def test_tokens_are_counted_before_a_run_for_nothing(bedrock):
    subject = engine("us.anthropic.claude-x-v1:0")
    counted = {subject.count_tokens(ask("Hello there")) for _ in range(3)}
    assert counted == {usage(run(engine(), ask("Hello there"))).input_tokens}
    called = [path for path in bedrock.paths if path.endswith("/count-tokens")]
    assert called == ["/model/anthropic.claude-x-v1%3A0/count-tokens"], "once, and by the model's own id"


def test_a_model_whose_tokens_are_not_counted_says_so_once(bedrock):
    bedrock.counts_tokens = False
    subject = engine()
    for _ in range(2):
        with pytest.raises(NotSupported, match="does not count"):
            subject.count_tokens(ask())
    assert len(bedrock.calls("/count-tokens")) == 1


def test_every_sign_of_life_is_a_token_with_text(bedrock):
    for event in run(engine(), ask(temperature=0.0)):
        if isinstance(event, Token):
            assert event.text
            assert event.logprob is None
