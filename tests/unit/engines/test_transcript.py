"""What a run gave, and how long it took."""

import pytest

from components.core.errors import Reason
from components.engines.contract import Adjusted, Finished, OtherContent, Queued, Started, Thought, Token, Usage
from components.engines.transcript import Transcript


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


def test_the_place_in_line_is_known_until_the_run_has_its_seat():
    assert transcript(Queued(3), Queued(2)).position == 2
    assert transcript(Queued(1), Started()).position == 0


def test_what_the_engine_did_without_is_kept():
    adjusted = Adjusted("min_p", Reason("No."))
    assert transcript(adjusted, Token("a")).adjusted == [adjusted]


def test_thinking_is_no_text_and_is_counted_apart():
    run = transcript(Thought("so"), Thought(" what", 2), Token("Yes"), Usage(4, 4), Finished("end"))
    assert (run.text, run.thought, run.new_tokens, run.thinking_tokens) == ("Yes", "so what", 4, 3)
    assert run.seconds_to_first_token == 1
    assert not run.was_cut_in_thought


@pytest.mark.parametrize(
    ("events", "thinking", "is_exact"),
    [
        ([Thought("abc"), Token("d"), Usage(1, 9, 5)], 5, True),
        ([Thought("abc"), Token("d"), Usage(1, 2)], 1, False),
        ([Thought("abc"), Token("d"), Usage(1, 40)], 30, False),  # several tokens a message: by the length of the text
        ([Thought("abc"), Usage(1, 40)], 40, True),
        ([Usage(1, 40, 40)], 40, True),  # a service that keeps it to itself
        ([Token("d"), Usage(1, 40)], 0, False),
    ],
)
def test_how_much_was_thinking(events, thinking, is_exact):
    run = transcript(*events)
    assert (run.thinking_tokens, run.counts_thinking_exactly) == (thinking, is_exact)


def test_an_answer_that_was_cut_in_thought_is_told_from_one_that_was_cut():
    cut = Finished("length")
    assert transcript(Thought("so"), cut).was_cut_in_thought
    assert transcript(Usage(1, 9, 9), cut).was_cut_in_thought
    assert not transcript(Thought("so"), Token("d"), cut).was_cut_in_thought
    assert not transcript(Thought("so"), Finished("end")).was_cut_in_thought
    assert not transcript(cut).was_cut_in_thought


def test_what_is_no_text_is_kept_once():
    image, call = OtherContent("image"), OtherContent("tool call", "f")
    assert transcript(image, call, image).others == [image, call]
