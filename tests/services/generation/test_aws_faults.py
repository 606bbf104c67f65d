"""What goes wrong between here and AWS, for Bedrock and for an endpoint alike, and what leaves this machine."""

from __future__ import annotations

import logging
import socket
import traceback

import pytest

from components.core.settings_tables import SageMakerEndpoint
from components.engines.bedrock import BedrockEngine
from components.engines.contract import Message, Request, Token
from components.engines.errors import (
    AccessDenied,
    CredentialsExpired,
    CutMidStream,
    EngineFault,
    EngineUnavailable,
    QuotaUsedUp,
    Throttled,
    UnknownRemoteModel,
    Unreachable,
)
from components.engines.sagemaker import SageMakerEngine
from tests.services.generation.aws_runtime import ENDPOINT
from tests.services.generation.loopback import WAIT_S
from tests.services.generation.test_openai_faults import collect
from tests.services.planted import PLANTED
from tests.unit.engines.streams import carry_on, next_token, run, text

KEY = "bedrock-api-key-planted"
CHAT = Request(mode="chat", messages=(Message("user", "Star Trek"),), max_new_tokens=512, temperature=0.0)
TEXT = Request(prompt="Star Trek", max_new_tokens=512, temperature=0.0)
BEFORE = [
    ("throttled", Throttled, "too many requests"),
    ("access denied", AccessDenied, "does not let this dashboard use"),
    ("expired", CredentialsExpired, "missing or have expired"),
    ("unknown", UnknownRemoteModel, "has no model"),
    ("not ready", EngineFault, "not ready yet"),
    ("overloaded", EngineFault, "overloaded"),
    ("failed", EngineFault, "an internal error"),
    ("html", EngineFault, "status 502"),
    ("cut at once", CutMidStream, "connection was closed"),
]
INSIDE = [
    ("error inside", "error"),
    ("cut", "connection was closed"),
    ("no end", "connection was closed"),
    ("wrong checksum", "not in the expected form"),
]
MALFORMED = [
    ("contentBlockDelta", b"[]"),
    ("contentBlockDelta", b'{"delta": "text"}'),
    ("contentBlockDelta", b'{"delta": {"text": 5}}'),
    ("contentBlockDelta", b'{"delta": {"reasoningContent": {"text": []}}}'),
    ("contentBlockStart", b'{"start": {}, "contentBlockIndex": 0}'),  # a union without a member
    ("contentBlockStart", b'{"start": {"toolUse": {"name": {}}}}'),
    ("messageStop", b'{"stopReason": {}}'),
    ("metadata", b'{"usage": []}'),
    ("metadata", b"{nonsense"),
    ("contentBlockDelta", b"[" * 100_000),
    ("contentBlockDelta", b"\xff\xfe"),
]


@pytest.fixture
def scenario(aws_runtime):
    return aws_runtime


@pytest.fixture(params=["bedrock", "text endpoint", "chat endpoint"])
def asked(request):
    """An engine, and what to ask it."""
    if request.param == "bedrock":
        return BedrockEngine("anthropic.claude-x-v1:0", most_new_tokens=512), CHAT
    dialect = request.param.split()[0]
    endpoint = SageMakerEndpoint(name=ENDPOINT, dialect=dialect)
    return SageMakerEngine(endpoint, most_new_tokens=512), CHAT if dialect == "chat" else TEXT


def generating(scenario):
    return [path for path in scenario.paths if path.startswith(("/model/", "/endpoints/"))]


@pytest.mark.parametrize(("trouble", "fault", "words"), BEFORE)
def test_before_an_answer(scenario, asked, trouble, fault, words):
    scenario.trouble = trouble
    shown, error = collect(*asked)
    assert (shown, type(error)) == ([], fault)
    assert words in str(error)
    assert len(generating(scenario)) == 1, "it was sent again, and may have been paid twice"


@pytest.mark.parametrize(("trouble", "words"), INSIDE)
def test_inside_an_answer_what_was_shown_stays(scenario, asked, trouble, words):
    whole = text(run(*asked))
    scenario.trouble, scenario.trouble_after = trouble, 3
    shown, error = collect(*asked)
    assert len([event for event in shown if isinstance(event, Token)]) == 3
    assert text(shown)
    assert whole.startswith(text(shown))
    assert isinstance(error, CutMidStream)
    assert words in str(error)
    assert len(generating(scenario)) == 2


@pytest.mark.parametrize("after", [0, 2])
@pytest.mark.parametrize("malformed", MALFORMED)
def test_a_malformed_event_ends_an_answer_and_nothing_else(scenario, malformed, after):
    scenario.trouble, scenario.trouble_after, scenario.malformed = "malformed event", after, malformed
    shown, error = collect(BedrockEngine("anthropic.claude-x-v1:0", most_new_tokens=512), CHAT)
    assert len([event for event in shown if isinstance(event, Token)]) == after
    assert isinstance(error, (EngineFault, CutMidStream)), "the page would fail"


def test_a_malformed_list_of_models_does_not_keep_a_model_from_answering(scenario):
    scenario.models = ["nonsense"]
    assert text(run(BedrockEngine("anthropic.claude-x-v1:0", most_new_tokens=512), CHAT))


@pytest.mark.parametrize(
    ("words", "fault"), [("Too many tokens per day, please wait.", QuotaUsedUp), ("Too many requests.", Throttled)]
)
def test_a_quota_for_the_day_is_told_from_a_short_rush(scenario, words, fault):
    scenario.refusal = ("ThrottlingException", words)
    _shown, error = collect(BedrockEngine("anthropic.claude-x-v1:0", most_new_tokens=512), CHAT)
    assert type(error) is fault


def test_the_words_of_aws_are_in_the_report_without_what_must_not_be_there(scenario, asked):
    scenario.refusal = ("ValidationException", "The model said no to 'Star Trek' for role/x")
    _shown, error = collect(*asked)
    assert error.report == {
        **{name: error.report[name] for name in ("error", "operation")},
        "status": 400, "code": "ValidationException", "said": "The model said no to '[prompt]' for role/x",
    }  # fmt: skip


@pytest.mark.parametrize(("after", "fault"), [(0, Throttled), (2, CutMidStream)])
def test_bedrock_may_throttle_inside_an_answer(scenario, after, fault):
    scenario.trouble, scenario.trouble_after = "throttled inside", after
    _shown, error = collect(BedrockEngine("anthropic.claude-x-v1:0", most_new_tokens=512), CHAT)
    assert type(error) is fault


@pytest.mark.parametrize("dialect", ["text", "chat"])
@pytest.mark.parametrize(("after", "fault"), [(0, EngineFault), (2, CutMidStream)])
def test_a_container_that_reports_an_error_in_its_answer(scenario, dialect, after, fault):
    scenario.trouble, scenario.trouble_after = "error message inside", after
    engine = SageMakerEngine(SageMakerEndpoint(name=ENDPOINT, dialect=dialect), most_new_tokens=512)
    _shown, error = collect(engine, CHAT if dialect == "chat" else TEXT)
    assert type(error) is fault
    assert "reported an error" in str(error)


def test_no_route(asked, environment):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
    shown, error = collect(*asked)
    assert (shown, type(error)) == ([], Unreachable)
    assert f"127.0.0.1:{port}" in str(error)


def test_without_credentials_nothing_is_sent(scenario, asked, environment):
    for name in PLANTED:
        environment.delenv(name)
    _shown, error = collect(*asked)
    assert type(error) is CredentialsExpired
    assert scenario.paths == []


def test_without_a_region_nothing_is_sent(scenario, asked, environment):
    environment.delenv("AWS_DEFAULT_REGION")
    _shown, error = collect(*asked)
    assert type(error) is EngineUnavailable
    assert "region" in str(error)
    assert scenario.paths == []


def test_a_bedrock_api_key_is_credentials_too_and_never_leaves_in_clear(scenario, environment):
    for name in PLANTED:
        environment.delenv(name)
    environment.setenv("AWS_BEARER_TOKEN_BEDROCK", KEY)
    _shown, error = collect(BedrockEngine("anthropic.claude-x-v1:0", most_new_tokens=512), CHAT)
    assert type(error) is EngineFault, "botocore wants HTTPS for it, which this server is not"
    assert KEY not in f"{error} {''.join(traceback.format_exception(error))}"
    assert scenario.paths == []


def test_new_credentials_are_read_after_old_ones_expired(scenario, asked, environment):
    scenario.trouble = "expired"
    assert type(collect(*asked)[1]) is CredentialsExpired
    scenario.trouble = None
    environment.setenv("AWS_ACCESS_KEY_ID", "AKIARENEWEDRENEWED12")
    run(*asked)
    assert "AKIARENEWEDRENEWED12" in scenario.headers[-1]["Authorization"]


def test_a_closed_stream_ends_the_work_even_while_the_service_says_nothing(scenario, asked):
    engine, request = asked
    scenario.trouble, scenario.trouble_after = "thinks", 2
    stream = engine.stream(request, carry_on)
    next_token(stream), next_token(stream)
    assert not scenario.gone.is_set()
    stream.close()
    assert scenario.gone.wait(WAIT_S)
    assert scenario.generated == 3, "the third was computed and never sent"


def test_nothing_is_sent_until_the_first_event_is_asked_for(scenario, asked):
    engine, request = asked
    engine.stream(request, carry_on)
    engine.stream(request, carry_on).close()
    assert scenario.paths == []


def test_no_credential_reaches_an_error_or_the_log(scenario, asked, caplog):
    engine, request = asked
    faults = []
    with caplog.at_level(logging.INFO):
        for trouble in (
            "access denied",
            "throttled",
            "error inside",
            "throttled inside",
            "error message inside",
            "html",
        ):
            scenario.trouble = trouble
            if trouble == "error message inside" and engine.name == "bedrock":
                continue
            faults.append(collect(engine, request)[1])
    sent = " ".join(str(headers) for headers in scenario.headers)
    assert PLANTED["AWS_ACCESS_KEY_ID"] in sent, "not used, so this shows nothing"
    told = [
        f"{error!r} {error} {error.values} {error.report} {''.join(traceback.format_exception(error))}"
        for error in faults
    ]
    for words in (*told, caplog.text, repr(engine), str(vars(engine))):
        assert not any(secret in words for secret in PLANTED.values())
        assert "Signature=" not in words
