"""SageMaker endpoints: both dialects, lines that are cut anywhere, and what a container says of itself."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.core.settings_tables import SageMakerEndpoint
from components.engines.contract import Message, Request
from components.engines.errors import EngineFault, Throttled, UnknownRemoteModel
from components.engines.sagemaker import SageMakerEngine, read_message, read_messages
from tests.services.generation.aws_runtime import ENDPOINT
from tests.unit.engines.streams import reason, run, text, usage

SEED = 9
"""After which more than ASCII is written."""
WORDS = st.text(st.characters(codec="utf-8"))


@pytest.fixture
def sagemaker(aws_runtime):
    return aws_runtime


def engine(dialect, **settings):
    return SageMakerEngine(SageMakerEndpoint(name=ENDPOINT, dialect=dialect, **settings), most_new_tokens=512)


def make_request(dialect, **settings):
    asked = {"mode": "chat", "messages": (Message("user", "Hi"),)} if dialect == "chat" else {"prompt": "Hi"}
    return Request(**asked | {"max_new_tokens": 12, "candidates": 0} | settings)


@pytest.mark.parametrize("dialect", ["text", "chat"])
@pytest.mark.parametrize("size", [0, 1, 7, 100_000])
def test_lines_and_characters_may_be_cut_anywhere(sagemaker, dialect, size):
    whole = run(engine(dialect), make_request(dialect, temperature=2.0, seed=SEED))
    sagemaker.portion_bytes = size
    events = run(engine(dialect), make_request(dialect, temperature=2.0, seed=SEED))
    assert (text(events), reason(events), usage(events)) == (text(whole), reason(whole), usage(whole))
    assert not text(events).isascii(), "choose a seed that writes more than ASCII"


def test_a_text_container_gets_what_was_moved(sagemaker):
    run(engine("text"), make_request("text"))
    run(engine("text"), make_request("text", temperature=0.7, top_k=5, top_p=1.0, typical_p=0.9, seed=3, stop=("x",),
                             candidates=3, repetition_penalty=1.2))  # fmt: skip
    fixed = {"max_new_tokens": 12, "do_sample": True, "details": True, "return_full_text": False}
    moved = {"temperature": 0.7, "top_k": 5, "typical_p": 0.9, "seed": 3, "stop": ["x"], "top_n_tokens": 3,
             "repetition_penalty": 1.2}  # fmt: skip
    assert sagemaker.bodies == [
        {"inputs": "Hi", "parameters": fixed, "stream": True},
        {"inputs": "Hi", "parameters": fixed | moved, "stream": True},
    ]


@pytest.mark.parametrize("settings", [{"strategy": "greedy"}, {"temperature": 0.0}])
def test_greedy_sends_no_temperature_to_a_text_container(sagemaker, settings):
    run(engine("text"), make_request("text", **settings))
    [sent] = sagemaker.bodies
    assert sent["parameters"]["do_sample"] is False
    assert "temperature" not in sent["parameters"]


def test_a_chat_container_gets_openais_form(sagemaker):
    run(engine("chat"), make_request("chat", repetition_penalty=1.2, top_k=4))
    assert sagemaker.bodies == [
        {"messages": [{"role": "user", "content": "Hi"}], "max_tokens": 12, "stream": True, "top_k": 4,
         "repetition_penalty": 1.2, "stream_options": {"include_usage": True}},
    ]  # fmt: skip


@pytest.mark.parametrize("dialect", ["text", "chat"])
def test_an_endpoint_that_does_not_stream_gives_the_same_answer(sagemaker, dialect):
    streamed = run(engine(dialect), make_request(dialect, temperature=0.0))
    whole = run(engine(dialect, stream=False), make_request(dialect, temperature=0.0))
    assert (text(whole), reason(whole), usage(whole)) == (text(streamed), reason(streamed), usage(streamed))
    assert [path.rpartition("/")[2] for path in sagemaker.paths] == ["invocations-response-stream", "invocations"]


def test_an_inference_component_is_named(sagemaker):
    run(engine("text", component="my-model"), make_request("text"))
    assert sagemaker.headers[0]["X-Amzn-SageMaker-Inference-Component"] == "my-model"


@pytest.mark.parametrize(
    ("status", "fault", "said"),
    [(422, EngineFault, "status 422"), (500, EngineFault, "status 500"), (429, Throttled, "too many requests")],
)
def test_what_a_container_answers(sagemaker, status, fault, said):
    sagemaker.refusal = ("ModelError", f"Received error ({status}) from primary with message ...")
    sagemaker.original_status = status
    with pytest.raises(fault, match=said):
        run(engine("text"), make_request("text"))
    assert len(sagemaker.bodies) == 1


def test_an_endpoint_that_is_not_there(sagemaker):
    sagemaker.refusal = ("ValidationError", "Endpoint x of account 1 not found.")
    with pytest.raises(UnknownRemoteModel, match=ENDPOINT):
        run(engine("text"), make_request("text"))


@given(st.lists(st.dictionaries(WORDS, WORDS)), st.lists(st.integers(1, 40)), st.booleans())
def test_messages_do_not_depend_on_where_their_bytes_are_cut(written, sizes, as_events):
    form = "data: {}\n\n" if as_events else "{}\n"
    left = "".join(form.format(json.dumps(each, ensure_ascii=False)) for each in written).encode()
    portions = []
    for size in sizes:
        portions.append(left[:size])
        left = left[size:]
    assert list(read_messages([*portions, left])) == written


def test_other_fields_of_server_sent_events_and_the_end_mark_are_no_messages():
    stream = b': keep-alive\r\n\r\nevent: message\r\nid: 3\r\ndata: {"a": 1}\r\n\r\ndata: [DONE]\r\n\r\n{"b": 2}'
    assert list(read_messages([stream])) == [{"a": 1}, {"b": 2}]


def test_lmis_names_for_the_same_things():
    part = read_message({"token": {"id": [5], "text": " a", "log_prob": -0.5}})
    [token] = part.tokens
    assert (token.id, token.text, token.logprob) == (5, " a", -0.5)
