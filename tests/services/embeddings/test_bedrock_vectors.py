"""Vectors through unmodified boto3 from a server that speaks AWS: what is sent, what is kept, what goes wrong."""

from __future__ import annotations

import io
import json
import logging

import pytest

from components.aws.bedrock import embed, embedder
from components.aws.client import Aws
from components.aws.problems import CallFailed
from tests.services.aws_server import Scenario, serving
from tests.services.embeddings.vectors import Embedding
from tests.services.planted import PLANTED, plant

TITAN = embedder("amazon.titan-embed-text-v2:0")
COHERE = embedder("cohere.embed-english-v3")


@pytest.fixture
def bedrock(monkeypatch, tmp_path):
    scenario = Embedding()
    with serving(scenario) as address:
        plant(monkeypatch, tmp_path)
        monkeypatch.setenv("AWS_ENDPOINT_URL", address)
        yield scenario


def bought(model, texts, purpose="document"):
    kept = {}
    embed(model, texts, purpose, keep=kept.__setitem__, checkpoint=lambda: None)
    return kept


def test_titan_is_called_once_a_text(bedrock):
    kept = bought(TITAN, ["one", "three"])
    assert kept == {"one": Embedding.vector("one"), "three": Embedding.vector("three")}
    assert bedrock.bodies == [{"inputText": "one"}, {"inputText": "three"}]


def test_cohere_is_called_once_for_96_texts(bedrock):
    texts = [f"text {number}" for number in range(100)]
    kept = bought(COHERE, texts, "query")
    assert list(kept) == texts
    assert kept["text 99"] == Embedding.vector("text 99")
    assert [len(body["texts"]) for body in bedrock.bodies] == [96, 4]
    assert {body["input_type"] for body in bedrock.bodies} == {"search_query"}


@pytest.mark.parametrize("hostile", ["\x00", "🙂👨‍👩‍👧", "\u202eabc", 'x"}]', "한글", "\ufffd"])
def test_any_text_arrives_as_it_is(bedrock, hostile):
    bought(TITAN, [hostile])
    assert bedrock.bodies == [{"inputText": hostile}]


@pytest.mark.parametrize(
    ("trouble", "problem"),
    [
        ("throttled", "throttled"),
        ("access denied", "access denied"),
        ("expired", "expired"),
        ("refused", "refused"),
        ("garbage", "unreadable"),
        ("cut", "cut"),
    ],
)
def test_a_failure_is_named_once_and_nothing_is_asked_twice(bedrock, caplog, trouble, problem):
    bedrock.troubles["InvokeModel"] = trouble
    with caplog.at_level(logging.DEBUG, logger="components"), pytest.raises(CallFailed) as raised:
        bought(TITAN, ["one", "two"])
    assert raised.value.problem == problem
    assert bedrock.asked == ["InvokeModel"]
    assert not any(secret in caplog.text + str(raised.value) for secret in PLANTED.values())


def test_what_came_before_a_failure_is_kept(bedrock):
    kept = {}

    def keep(text, vector):
        kept[text] = vector
        bedrock.troubles["InvokeModel"] = "throttled"

    with pytest.raises(CallFailed):
        embed(TITAN, ["one", "two", "three"], "document", keep=keep, checkpoint=lambda: None)
    assert list(kept) == ["one"]
    assert len(bedrock.asked) == 2


def test_a_stop_comes_before_more_is_spent(bedrock):
    class Stopped(Exception):
        pass

    def checkpoint():
        if bedrock.asked:
            raise Stopped

    with pytest.raises(Stopped):
        embed(TITAN, ["one", "two"], "document", keep=lambda text, vector: None, checkpoint=checkpoint)
    assert bedrock.asked == ["InvokeModel"]


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"embedding": []},
        {"embedding": None},
        {"embedding": ["x"]},
        {"embedding": [1.0, None]},
        {"embeddings": [[1.0], [2.0]]},
        {"embeddings": {"int8": [[1]]}},
        [],
        "text",
    ],
)
def test_an_answer_without_the_vectors_is_unreadable(monkeypatch, tmp_path, answer):
    with serving(Scenario(picture=answer)) as address:
        plant(monkeypatch, tmp_path)
        monkeypatch.setenv("AWS_ENDPOINT_URL", address)
        with pytest.raises(CallFailed) as raised:
            bought(TITAN, ["one"])
    assert raised.value.problem == "unreadable"


def test_several_number_formats_are_read_too(monkeypatch, tmp_path):
    with serving(Scenario(picture={"embeddings": {"float": [[1, 2.5]]}})) as address:
        plant(monkeypatch, tmp_path)
        monkeypatch.setenv("AWS_ENDPOINT_URL", address)
        assert bought(COHERE, ["one"]) == {"one": (1.0, 2.5)}


def test_without_credentials_nothing_is_sent(bedrock, monkeypatch):
    for name in PLANTED:
        monkeypatch.delenv(name)
    with pytest.raises(CallFailed) as raised:
        bought(TITAN, ["one"])
    assert raised.value.problem == "no credentials"
    assert bedrock.asked == []


def test_the_tokens_that_aws_counted_are_added_up(bedrock, monkeypatch):
    class Counting:
        def invoke_model(self, **asked):
            assert asked == {"modelId": TITAN.id, "body": json.dumps({"inputText": "one"})}
            headers = {"x-amzn-bedrock-input-token-count": "7"}
            return {
                "body": io.BytesIO(b'{"embedding": [1.0]}'),
                "ResponseMetadata": {"HTTPHeaders": headers},
            }

    assert embed(TITAN, ["one"], "document", keep=lambda text, vector: None, checkpoint=lambda: None) == 0
    monkeypatch.setattr(Aws, "client", lambda self, service: Counting())
    assert embed(TITAN, ["one"] * 3, "document", keep=lambda text, vector: None, checkpoint=lambda: None) == 21
