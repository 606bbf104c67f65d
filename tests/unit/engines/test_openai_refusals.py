"""What a server means by "bad request"; its words are searched, never shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.engines.remote.openai_faults import refusal, too_long

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
