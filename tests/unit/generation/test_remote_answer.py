"""Text from a service: whole characters, up to a stop string, the same in whatever portions it comes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from components.generation.engines.contract import Token, Usage
from components.generation.engines.remote.answer import Answer, Part


def shown(*portions, stop=()):
    answer = Answer(stop)
    texts = []
    for portion in portions:
        texts += [token.text for token in answer.add(Part(tokens=(Token(portion),)))]
    return "".join([*texts, *(token.text for token in answer.end())]), answer


@given(st.text(), st.lists(st.integers(1, 5)))
def test_text_arrives_as_it_was_sent_but_for_half_characters(text, sizes):
    portions, left = [], text
    for size in sizes:
        portions.append(left[:size])
        left = left[size:]
    whole, _answer = shown(*portions, left)
    paired = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")
    assert whole == paired.replace("\ufffd", "")
    whole.encode()


def test_two_halves_of_a_character_in_two_messages_are_one():
    assert shown("a\ud83d", "\ude00b")[0] == "a😀b"
    assert shown("a\ud83d", "b")[0] == "ab"


@given(st.text("ab", max_size=12), st.text("ab", min_size=1, max_size=3), st.integers(1, 4))
def test_the_first_stop_string_ends_the_text_however_it_is_cut(text, stop, size):
    portions = [text[start : start + size] for start in range(0, len(text), size)]
    whole, answer = shown(*portions, stop=(stop,))
    assert whole == text.partition(stop)[0]
    assert answer.stopped == (stop in text)
    assert answer.finish == ("stop" if stop in text else None)


def test_a_token_keeps_what_is_known_about_it_while_its_text_is_held_back():
    answer = Answer(["never"])
    assert list(answer.add(Part(tokens=(Token("ne", 5, -0.5),)))) == []
    assert list(answer.end()) == [Token("ne", 5, -0.5)]


def test_usage_may_come_after_the_end():
    answer = Answer([])
    for part in (Part(tokens=(Token("a"),), finish="length"), Part(usage=Usage(1, 2))):
        list(answer.add(part))
    assert (answer.finish, answer.usage) == ("length", Usage(1, 2))


def test_nothing_is_taken_after_a_stop_string():
    answer = Answer(["b"])
    given = list(answer.add(Part(tokens=(Token("a"), Token("b"), Token("c")))))
    assert "".join(token.text for token in given) == "a"
