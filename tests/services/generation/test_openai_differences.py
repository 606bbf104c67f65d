"""Servers differ in what they take: a refused field is dropped, said, and remembered; nothing else is tried again."""

from __future__ import annotations

import pytest

from components.engines.contract import Adjusted, Message, Request
from components.engines.errors import ContextTooLong, EngineFault, NotSupported, UnknownRemoteModel
from tests.services.generation.openai_server import Scenario, openai
from tests.services.generation.test_openai_contract import engine
from tests.unit.engines.streams import reason, run, text, tokens, usage

UNKNOWN = "Unexpected fields in the request: {{'{name}'}}"


@pytest.fixture
def subject(request):
    """Give an engine and its server, as `@pytest.mark.parametrize("subject", [Scenario(...)], indirect=True)` says."""
    with openai(request.param) as address:
        yield engine(address), request.param


def having(**settings):
    return pytest.mark.parametrize("subject", [Scenario(**settings)], indirect=True)


def make_request(**settings):
    return Request(**{"prompt": "Star Trek", "max_new_tokens": 4, "seed": 1, "candidates": 0} | settings)


def adjusted(events):
    return [event.feature for event in events if isinstance(event, Adjusted)]


@pytest.mark.parametrize("status", [400, 422])
def test_a_refused_field_is_dropped_said_and_never_sent_again(status):
    scenario = Scenario(refuses={"top_k": UNKNOWN}, status=status)
    with openai(scenario) as address:
        asked = engine(address)
        events = run(asked, make_request(top_k=5))
        assert adjusted(events) == ["top_k"]
        assert isinstance(events[0], Adjusted)
        assert str(events[0].reason) == "The server refused this setting, so it is left out from now on."
        assert reason(events) == "length"
        assert ["top_k" in body for body in scenario.bodies] == [True, False]
        assert not asked.capabilities.supports("top_k")
        with pytest.raises(NotSupported):
            asked.stream(make_request(top_k=5), lambda: None)
        assert adjusted(run(asked, make_request())) == []
        assert len(scenario.bodies) == 3


@having(refuses={"top_k": UNKNOWN, "min_p": UNKNOWN, "seed": UNKNOWN})
def test_a_server_that_names_one_field_at_a_time_is_asked_once_for_each(subject):
    asked, server = subject
    assert adjusted(run(asked, make_request(top_k=5, min_p=0.1))) == ["top_k", "min_p", "seed"]
    assert len(server.bodies) == 4


@having(refuses={"repeat_penalty": UNKNOWN})
def test_both_names_of_the_penalty_go_together(subject):
    asked, server = subject
    assert adjusted(run(asked, make_request(repetition_penalty=1.2))) == ["repetition_penalty"]
    assert not {"repetition_penalty", "repeat_penalty"} & server.bodies[1].keys()


@having(refuses={"top_k": "something else is wrong"})
def test_a_refusal_that_names_no_field_is_not_tried_again(subject):
    asked, server = subject
    with pytest.raises(EngineFault, match="status 400"):
        run(asked, make_request(top_k=5))
    assert len(server.bodies) == 1
    assert asked.capabilities.supports("top_k")


@having(refusal=(400, {"error": {"message": "top_k, seed and stream_options are unsupported"}}))
def test_a_server_that_refuses_whatever_comes_is_given_up(subject):
    asked, server = subject
    with pytest.raises(EngineFault, match="status 400"):
        run(asked, make_request(top_k=5))
    assert len(server.bodies) == 2


@having(refuses={"temperature": "{name} must be at most 1.0"})
def test_a_refused_value_is_dropped_for_this_run_only(subject):
    asked, _server = subject
    events = run(asked, make_request(temperature=1.5))
    assert adjusted(events) == ["temperature"]
    assert "value" in str(events[0].reason)
    assert asked.capabilities.supports("temperature")


@having(refuses={"temperature": "Unsupported value: '{name}' does not support this with this model."})
def test_a_model_without_a_temperature_can_not_be_greedy(subject):
    asked, _server = subject
    assert adjusted(run(asked, make_request(strategy="greedy"))) == ["greedy"]
    assert not asked.capabilities.supports("greedy")
    assert not asked.capabilities.supports("temperature")


@having(refuses={"max_tokens": "Unsupported parameter: '{name}'. Use 'max_completion_tokens' instead."})
def test_the_cap_on_tokens_is_never_dropped_only_renamed(subject):
    asked, server = subject
    events = run(asked, make_request())
    assert adjusted(events) == []
    assert server.bodies[1]["max_completion_tokens"] == 4
    assert len(tokens(events)) == 4


@having(refuses={"max_tokens": "{name} must be at most 2"})
def test_a_cap_that_is_too_high_is_a_fault(subject):
    asked, server = subject
    with pytest.raises(EngineFault):
        run(asked, make_request())
    assert len(server.bodies) == 1


@having(refuses={"stop": UNKNOWN})
def test_stop_strings_work_without_the_server(subject):
    asked, _server = subject
    whole = text(run(asked, make_request(strategy="greedy", max_new_tokens=12)))
    events = run(asked, make_request(strategy="greedy", max_new_tokens=12, stop=(whole[5:7],)))
    assert (text(events), reason(events), adjusted(events)) == (whole[: whole.index(whole[5:7])], "stop", [])


@having(trims_stop=False)
def test_a_server_that_goes_on_after_a_stop_string_is_left(subject):
    asked, _server = subject
    whole = text(run(asked, make_request(strategy="greedy", max_new_tokens=12)))
    events = run(asked, make_request(strategy="greedy", max_new_tokens=12, stop=(whole[5:7],)))
    assert (text(events), reason(events)) == (whole[: whole.index(whole[5:7])], "stop")


@having(refuses={"stream_options": UNKNOWN})
def test_without_counts_usage_says_so(subject):
    asked, _server = subject
    counted = usage(run(asked, make_request()))
    assert (counted.input_tokens, counted.output_tokens) == (None, None)


@having(tells_probabilities=False)
def test_probabilities_that_never_come_are_noted(subject):
    asked, server = subject
    events = run(asked, make_request(candidates=3))
    assert adjusted(events) == ["logprobs"]
    assert not asked.capabilities.supports("logprobs")
    assert adjusted(run(asked, make_request(candidates=3))) == []
    assert ["logprobs" in body for body in server.bodies] == [True, False]


@having(dialect="vllm")
def test_vllms_lists_side_by_side_are_read(subject):
    asked, _server = subject
    events = run(asked, make_request(candidates=3, strategy="greedy"))
    for token in tokens(events):
        assert token.id is None
        assert token.candidates[0].text == token.text
        assert token.candidates[0].logprob == token.logprob
        assert len(token.candidates) == 3


@having(dialect="vllm")
def test_vllm_tells_a_stop_string_from_the_models_own_end(subject):
    asked, server = subject
    settings = {"temperature": 5.0, "max_new_tokens": 400}
    whole = text(run(asked, make_request(**settings)))
    assert server.generated < 400, "choose a seed after which the model ends by itself"
    assert reason(run(asked, make_request(**settings, stop=("never",)))) == "end"
    assert reason(run(asked, make_request(**settings, stop=(whole[5:7],)))) == "stop"


@pytest.mark.parametrize(
    "refusal",
    [
        {"error": {"message": "request (9 tokens) exceeds the available context size (8 tokens), try increasing it",
                   "type": "exceed_context_size_error", "n_prompt_tokens": 9, "n_ctx": 8}},
        {"error": {"message": "This model's maximum context length is 8 tokens. However, you requested 13 tokens "
                              "(9 in the messages, 4 in the completion). Please reduce max_tokens."}},
        {"object": "error", "message": "This model's maximum context length is 8 tokens. However, your request has "
                                       "9 input tokens. (parameter=input_tokens, value=9)"},
    ],
)  # fmt: skip
def test_a_prompt_that_is_too_long_is_said_with_both_numbers(refusal):
    with openai(Scenario(refusal=(400, refusal))) as address, pytest.raises(ContextTooLong) as caught:
        run(engine(address), make_request())
    assert caught.value.values == {"tokens": 9, "most": 8}


@having(refusal=(400, {"error": {"code": "context_length_exceeded", "message": "Too much."}}))
def test_a_prompt_that_is_too_long_is_said_without_numbers_too(subject):
    with pytest.raises(EngineFault, match="too long"):
        run(subject[0], make_request())


@having(refusal=(404, {"error": {"message": "The model `tiny` does not exist.", "type": "NotFoundError"}}))
def test_a_model_that_is_not_there(subject):
    with pytest.raises(UnknownRemoteModel, match="tiny"):
        run(subject[0], make_request())


@having(refusal=(404, {"detail": "Not Found"}))
def test_a_server_without_completions_loses_that_mode(subject):
    asked, _server = subject
    with pytest.raises(NotSupported):
        run(asked, make_request())
    assert not asked.capabilities.supports("completion")
    assert asked.capabilities.supports("chat")


@having(refusal=(400, {"message": "As of v4.44, a default chat template is no longer allowed, provide one."}))
def test_a_model_without_a_chat_template_loses_the_conversation(subject):
    asked, _server = subject
    with pytest.raises(NotSupported):
        run(asked, make_request(mode="chat", messages=(Message("user", "Hi"),)))
    assert not asked.capabilities.supports("chat")


@having()
def test_only_what_was_moved_is_sent(subject):
    asked, server = subject
    run(asked, Request(prompt="Star Trek", candidates=0))
    assert server.bodies[0] == {
        "model": "tiny", "prompt": "Star Trek", "stream": True, "stream_options": {"include_usage": True},
        "max_tokens": 60,
    }  # fmt: skip
