"""What the page's settings become: a request that holds what the strategy uses and the engine can do, nothing else."""

import pytest

from components.core.errors import Reason
from components.engines.capabilities import Capabilities
from components.engines.contract import Message
from components.generation import link
from components.generation.request_builder import mode_of, request_of, strategy_of

DEFAULTS = {parameter.name: parameter.default for parameter in link.PARAMETERS}
NO = Reason("no")


def able(*missing, most_new_tokens=512, most_candidates=100):
    return Capabilities(
        missing=dict.fromkeys(missing, NO),
        context_tokens=None,
        most_new_tokens=most_new_tokens,
        most_candidates=most_candidates,
    )


def test_the_defaults_of_the_page_become_what_they_say():
    request = request_of(DEFAULTS, able())
    assert (request.prompt, request.strategy, request.temperature, request.top_p) == ("Star Trek", "sample", 0.8, 0.95)
    assert (request.max_new_tokens, request.seed) == (40, 0)


def test_settings_that_change_nothing_are_left_out():
    request = request_of(DEFAULTS | {"top_p": 1.0}, able())
    moved = (request.top_k, request.top_p, request.min_p, request.typical_p, request.repetition_penalty)
    assert moved == (None,) * 5
    assert (request.num_beams, request.beams) == (None, 1)


def test_greedy_takes_no_setting_of_the_sampler_but_the_penalty():
    request = request_of(DEFAULTS | {"strategy": "greedy", "repetition_penalty": 1.3, "top_k": 5}, able())
    assert (request.temperature, request.top_k, request.seed, request.repetition_penalty) == (None, None, None, 1.3)


def test_a_beam_search_takes_its_beams():
    request = request_of(DEFAULTS | {"strategy": "beam", "num_beams": 3}, able())
    assert (request.beams, request.draws, request.temperature) == (3, False, None)


def test_beam_sampling_takes_its_beams_and_the_whole_chain():
    request = request_of(DEFAULTS | {"strategy": "beam_sample", "num_beams": 3, "top_k": 9, "seed": 5}, able())
    assert (request.beams, request.draws, request.seed) == (3, True, 5)
    assert (request.temperature, request.top_k, request.top_p) == (0.8, 9, 0.95)


def test_what_the_engine_cannot_do_is_not_asked_for():
    request = request_of(DEFAULTS | {"top_k": 5, "strategy": "beam"}, able("beam", "top_k", "seed"))
    assert (request.strategy, request.top_k, request.seed, request.temperature) == ("sample", None, None, 0.8)


def test_a_service_is_sent_only_what_was_moved():
    request = request_of(DEFAULTS | {"temperature": 0.3}, able(), is_remote=True)
    assert (request.temperature, request.top_p, request.seed) == (0.3, None, None)


def test_no_more_is_asked_for_than_the_engine_gives():
    request = request_of(DEFAULTS, able(most_new_tokens=16, most_candidates=5))
    assert (request.max_new_tokens, request.candidates) == (16, 5)


def test_in_a_chat_the_prompt_is_the_last_turn():
    turns = (Message("user", "Hello"), Message("assistant", "Hi"))
    request = request_of(DEFAULTS | {"mode": "chat"}, able(), turns=turns)
    assert request.messages == (*turns, Message("user", "Star Trek"))
    assert (request.mode, request.prompt) == ("chat", "")


@pytest.mark.parametrize(
    ("wanted", "missing", "given"), [("chat", "chat", "complete"), ("complete", "completion", "chat")]
)
def test_a_mode_that_is_not_there_gives_the_other_one(wanted, missing, given):
    assert mode_of(wanted, able(missing)) == given
    assert mode_of(wanted, able()) == wanted


def test_a_strategy_that_is_not_there_gives_one_that_is():
    assert strategy_of("beam", able("beam")) == "sample"
    assert strategy_of("beam_sample", able("beam", "beam_sample")) == "sample"
    assert strategy_of("beam", able("beam", "sample")) == "greedy"
