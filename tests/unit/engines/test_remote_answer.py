"""Text from a service: whole characters, up to a stop string, the same in whatever portions it comes."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from components.engines.contract import Message, OtherContent, Request, Thought, Token, Usage
from components.engines.errors import CutMidStream, EngineFault
from components.engines.remote.answer import Answer, Part, read_parts


def shown(*portions, stop=()):
    answer = Answer(Request(prompt="a", stop=stop))
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
    assert answer.over == (stop in text)
    assert answer.finish == ("stop" if stop in text else None)


def test_a_token_keeps_what_is_known_about_it_while_its_text_is_held_back():
    answer = Answer(Request(prompt="a", stop=("never",)))
    assert list(answer.add(Part(tokens=(Token("ne", 5, -0.5),)))) == []
    assert list(answer.end()) == [Token("ne", 5, -0.5)]


def test_usage_may_come_after_the_end():
    answer = Answer(Request(prompt="a"))
    for part in (Part(tokens=(Token("a"),), finish="length"), Part(usage=Usage(1, 2))):
        list(answer.add(part))
    assert (answer.finish, answer.usage) == ("length", Usage(1, 2))


def test_nothing_is_taken_after_a_stop_string():
    answer = Answer(Request(prompt="a", stop=("b",)))
    given = list(answer.add(Part(tokens=(Token("a"), Token("b"), Token("c")))))
    assert "".join(token.text for token in given) == "a"


CHAT = Request(mode="chat", messages=(Message("user", "Hi"),), max_new_tokens=3)


def conversation(*parts, request=CHAT, thinking_tokens=0):
    """Return what was thought, what was written, and the answer."""
    answer = Answer(request, thinking_tokens=thinking_tokens)
    pieces = []
    for part in parts:
        if answer.over:
            break
        pieces += answer.add(part)
    pieces += answer.end()
    thought = [piece for piece in pieces if isinstance(piece, Thought)]
    return "".join(each.text for each in thought), "".join(p.text for p in pieces if isinstance(p, Token)), answer


def written(text, size):
    return [Part(tokens=(Token(text[start : start + size]),)) for start in range(0, len(text), size)]


@given(st.text("ab<>/thinkT \n", max_size=12), st.text("ab<>/thinkT \n", max_size=12), st.integers(1, 9), st.booleans())
def test_thinking_between_tags_is_told_apart_however_it_is_cut(thought, text, size, spaced):
    assume("</think>" not in thought and not thought.endswith(tuple("</think>"[:end] for end in range(1, 8))))
    whole = f"{'  ' if spaced else ''}<think>{thought}</think>{text}"
    found_thought, found_text, answer = conversation(*written(whole, size))
    assert (found_thought, found_text) == (thought, text.lstrip())
    assert answer.thought


@given(st.text("<think>/ ab", max_size=14), st.integers(1, 5))
def test_text_that_does_not_begin_with_the_tag_stays_as_it_is(text, size):
    assume(not text.lstrip().startswith("<think>"))
    assert conversation(*written(text, size))[:2] == ("", text)


def test_tags_further_on_and_in_a_completion_are_text():
    text = "The tag <think>x</think> is written so."
    assert conversation(*written(text, 4))[1] == text
    completed = conversation(*written("<think>x</think>y", 4), request=Request(prompt="a"))
    assert completed[:2] == ("", "<think>x</think>y")


def test_thinking_that_never_ends_is_thinking():
    assert conversation(*written("<think>on and on </th", 3))[:2] == ("on and on </th", "")


def test_a_server_that_sends_its_thinking_in_both_forms_thought_it_once():
    parts = [Part(thoughts=(Thought("abc"),)), *written("<think>abc</think>d", 2)]
    assert conversation(*parts)[:2] == ("abc", "d")


def test_thinking_and_answer_have_a_cap_each():
    thoughts = [Part(thoughts=(Thought(letter),)) for letter in "abcdef"]
    texts = [Part(tokens=(Token(letter),)) for letter in "uvwxyz"]
    thought, text, answer = conversation(*thoughts[:4], *texts, thinking_tokens=4)
    assert (thought, text, answer.finish, answer.over) == ("abcd", "uvw", "length", True)
    thought, text, answer = conversation(*thoughts, *texts, thinking_tokens=4)
    assert (thought, text, answer.finish, answer.over) == ("abcd", "", "length", True)


def test_an_answer_that_ends_by_itself_at_its_cap_keeps_its_reason_and_its_counts():
    texts = [Part(tokens=(Token(letter),)) for letter in "uvw"]
    last = Part(finish="end", usage=Usage(1, 9))
    _thought, text, answer = conversation(*texts, last, thinking_tokens=4)
    assert (text, answer.finish, answer.usage) == ("uvw", "end", Usage(1, 9))


def test_half_a_character_of_a_thought_is_held_back_too():
    parts = [Part(thoughts=(Thought("a\ud83d"),)), Part(thoughts=(Thought("\ude00b"),))]
    assert conversation(*parts)[0] == "a😀b"


def test_what_is_no_text_is_given_as_it_comes():
    answer = Answer(CHAT)
    assert list(answer.add(Part(others=(OtherContent("image"),)))) == [OtherContent("image")]


class Broken:
    """A call to a service whose client raises what nobody expected."""

    def __init__(self, *parts):
        self._parts = parts

    def parts(self):
        yield from self._parts
        raise RuntimeError("with a key in it")

    def abort(self):
        pass


@pytest.mark.parametrize(("parts", "fault"), [((), EngineFault), ((Part(tokens=(Token("a"),)),), CutMidStream)])
def test_no_exception_of_a_client_passes_as_it_is(parts, fault):
    with pytest.raises(fault, match="not in the expected form") as caught:
        list(read_parts(Broken(*parts), lambda: None, service="It"))
    assert caught.value.report["error"] == "RuntimeError"
    assert "key" not in str(caught.value.report)
