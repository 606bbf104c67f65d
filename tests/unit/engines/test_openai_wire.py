"""One message of a server with OpenAI's API, in the forms that servers really send."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.engines.contract import Message, Request, Thought, Usage
from components.engines.remote.openai_faults import refusal, too_long
from components.engines.remote.openai_wire import fields, read


def message(**choice):
    return {"choices": [{"index": 0, "finish_reason": None} | choice]}


def entry(token, logprob=-1.0, **more):
    return {"token": token, "logprob": logprob, "top_logprobs": []} | more


def test_what_a_message_without_probabilities_says_is_one_event():
    [token] = read(message(delta={"content": "two tokens"}), stops=False).tokens
    assert (token.text, token.id, token.logprob, token.candidates) == ("two tokens", None, None, ())


@pytest.mark.parametrize("choice", [{"delta": {}}, {"delta": {"role": "assistant", "content": None}}, {"text": ""}, {}])
def test_a_message_without_text_is_no_token(choice):
    assert read(message(**choice), stops=False).tokens == ()


def test_several_tokens_of_one_message_each_have_their_text():
    told = {"content": [entry("ab"), entry("c", -2.0)]}
    part = read(message(delta={"content": "abc"}, logprobs=told), stops=False)
    assert [(token.text, token.logprob) for token in part.tokens] == [("ab", -1.0), ("c", -2.0)]


def test_the_text_of_a_character_goes_with_its_last_token():
    told = {"content": [entry("\\xf0\\x9f", bytes=[0xF0, 0x9F]), entry("\\x98\\x80", bytes=[0x98, 0x80])]}
    part = read(message(delta={"content": "😀"}, logprobs=told), stops=False)
    assert [token.text for token in part.tokens] == ["", "😀"]


def test_the_chosen_token_stands_last_if_it_is_none_of_the_likeliest():
    best = [entry("b", -0.1), entry("a", -3.0)]
    told = {"content": [entry("z", -9.0, top_logprobs=best)]}
    [token] = read(message(text="z", logprobs=told), stops=False).tokens
    assert [each.text for each in token.candidates] == ["b", "a", "z"]


def test_candidates_are_told_apart_by_their_id():
    best = [entry("a", -0.1, id=1), entry("a", -0.2, id=2)]
    told = {"content": [entry("a", -0.2, id=2, top_logprobs=best)]}
    [token] = read(message(text="a", logprobs=told), stops=False).tokens
    assert [each.id for each in token.candidates] == [1, 2]
    assert token.id == 2


@pytest.mark.parametrize(("sent", "read_as"), [(1e-7, 0.0), (-math.inf, -9999.0), (math.nan, -9999.0), (-2, -2.0)])
def test_probabilities_that_servers_write_in_several_ways(sent, read_as):
    told = {"tokens": ["a"], "token_logprobs": [sent], "top_logprobs": [None]}
    [token] = read(message(text="a", logprobs=told), stops=False).tokens
    assert token.logprob == read_as


@pytest.mark.parametrize(
    ("choice", "stops", "finish"),
    [
        ({"finish_reason": "length"}, False, "length"),
        ({"finish_reason": "content_filter"}, False, "filtered"),
        ({"finish_reason": "stop"}, False, "end"),
        ({"finish_reason": "stop"}, True, "stop"),
        ({"finish_reason": "stop", "stop_reason": None}, True, "end"),
        ({"finish_reason": "stop", "stop_reason": 128001}, True, "end"),
        ({"finish_reason": "stop", "stop_reason": "x"}, True, "stop"),
        ({"finish_reason": "stop", "matched_stop": 2}, True, "end"),
        ({"finish_reason": "tool_calls"}, False, "tool"),
        ({"finish_reason": "new"}, False, "unknown"),
        ({"finish_reason": None}, True, None),
    ],
)
def test_how_an_answer_ends(choice, stops, finish):
    assert read(message(delta={}) | {"choices": [choice]}, stops=stops).finish == finish


def test_counts_may_come_alone_or_with_the_last_message():
    counts = {"prompt_tokens": 3, "completion_tokens": 4}
    assert read({"choices": [], "usage": counts}, stops=False).usage == Usage(3, 4)
    assert read(message(finish_reason="stop") | {"usage": counts}, stops=False).usage == Usage(3, 4)
    assert read(message(delta={}) | {"usage": None}, stops=False).usage is None


def test_off_is_sent_as_off_and_untouched_is_not_sent():
    request = Request(prompt="a", top_k=0, candidates=0)
    assert fields(request, candidates=0) == {
        "prompt": "a", "top_k": 0, "max_tokens": 60, "stream_options": {"include_usage": True},
    }  # fmt: skip


def test_probabilities_are_asked_for_in_the_form_of_the_mode():
    assert fields(Request(prompt="a"), candidates=3)["logprobs"] == 3
    chat = fields(Request(mode="chat", messages=(Message("user", "a"),)), candidates=3)
    assert (chat["logprobs"], chat["top_logprobs"]) == (True, 3)


def test_a_whole_answer_has_its_thinking_and_its_text():
    part = read(message(message={"content": "Yes", "reasoning_content": "so"}, finish_reason="stop"), stops=False)
    assert (part.thoughts, [token.text for token in part.tokens], part.finish) == ((Thought("so"),), ["Yes"], "end")


def test_probabilities_of_thinking_count_its_tokens_and_are_none_of_the_answer():
    told = {"content": [entry("so"), entry(" what")]}
    part = read(message(delta={"reasoning": "so what"}, logprobs=told), stops=False)
    assert (part.thoughts, part.tokens) == ((Thought("so what", 2),), ())


@pytest.mark.parametrize(
    "choice",
    [
        {"delta": [1]}, {"delta": {"content": 5}}, {"delta": {"content": [5]}}, {"delta": {"reasoning": {}}},
        {"delta": {"tool_calls": "x"}}, {"delta": {"content": "a"}, "logprobs": []}, {"finish_reason": []},
        {"delta": {"content": "a"}, "logprobs": {"content": [{"token": "a", "logprob": "x"}]}},
        {"delta": {"content": "a"}, "logprobs": {"content": [entry("a", bytes=10**12)]}},
    ],
)  # fmt: skip
def test_what_is_no_such_message_is_no_message(choice):
    with pytest.raises(ValueError, match=r"is no|must be"):
        read(message(**choice), stops=False)


@pytest.mark.parametrize("counts", [{"prompt_tokens": "3"}, {"prompt_tokens": -1}, {"prompt_tokens": True}, {}])
def test_counts_that_are_none_are_not_known(counts):
    assert read({"choices": [], "usage": counts}, stops=False).usage == Usage(None, None)


SENT = ("top_k", "top_p", "seed", "temperature")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["message", "param", "detail", "loc", "x"]), inner),
)


@pytest.mark.parametrize(
    "body",
    [
        "top_k is not supported",
        {"message": "Unrecognized request argument supplied: top_k"},
        {"message": "no", "param": "top_k"},
        {"detail": "Unexpected fields in the request: {'top_k'}"},
        {"detail": [{"loc": ["body", "top_k"], "msg": "Extra inputs are not permitted", "type": "extra_forbidden"}]},
    ],
)
def test_the_field_is_found_where_servers_name_it(body):
    assert refusal(body, SENT).fields == ("top_k",)


@pytest.mark.parametrize(
    "body",
    [
        {"message": "stop_k and top_keep are unknown"},
        {"detail": [{"loc": ["body", "messages"], "msg": "missing", "input": {"top_k": 5, "seed": 1}}]},
        {"message": "bad", "body": {"top_k": 5}},
        None, [], 7, b"top_k",
    ],
)  # fmt: skip
def test_what_a_server_repeats_of_the_request_and_longer_names_are_no_refusal(body):
    assert refusal(body, SENT).fields == ()


@pytest.mark.parametrize(
    ("words", "about_value"),
    [
        ("temperature must be at most 1.0", True),
        ("temperature: Input should be less than or equal to 2", True),
        ("temperature has to be in the range [0, 1]", True),
        ("temperature <= 1 is needed", True),
        ("temperature is not supported by this model", False),
        ("Unexpected fields: {'temperature'}", False),
    ],
)
def test_a_wrong_value_is_told_from_an_unknown_field(words, about_value):
    assert refusal({"message": words}, SENT).about_value == about_value


@given(JSON)
def test_nothing_that_a_server_sends_breaks_it(body):
    refusal(body, SENT)
    too_long(body)
