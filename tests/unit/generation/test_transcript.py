"""What a run gave, and how long it took."""

import pytest

from components.generation.engines.capabilities import Reason
from components.generation.engines.contract import Adjusted, Finished, Queued, Token, Usage
from components.generation.transcript import Transcript


def transcript(*events):
    """Add events that come one second apart."""
    now = iter(range(100))
    made = Transcript(clock=lambda: next(now))
    for event in events:
        made.add(event)
    return made


def test_text_and_reason():
    run = transcript(Token("a", given=True), Token("b"), Token(""), Token("c"), Usage(4, 3), Finished("stop"))
    assert (run.text, run.new_tokens, run.finish, run.usage) == ("abc", 3, "stop", Usage(4, 3))


def test_given_tokens_are_not_counted_nor_timed():
    run = transcript(Token("a", given=True), Token("b"), Token("c"), Token("d"))
    assert run.new_tokens == 3
    assert run.seconds_to_first_token == 1
    assert run.tokens_per_second == pytest.approx(1.0)


def test_the_engines_own_count_is_believed():
    run = transcript(Token("ab"), Token("cd"), Usage(None, 5))
    assert (run.new_tokens, run.tokens_per_second) == (5, 4.0)


def test_before_the_second_token_there_is_no_speed():
    assert transcript().seconds_to_first_token is None
    assert transcript(Token("a")).tokens_per_second is None


def test_the_place_in_line_is_known_until_the_first_token():
    assert transcript(Queued(3), Queued(2)).position == 2
    assert transcript(Queued(1), Token("a")).position == 0


def test_what_the_engine_did_without_is_kept():
    adjusted = Adjusted("min_p", Reason("No."))
    assert transcript(adjusted, Token("a")).adjusted == [adjusted]
