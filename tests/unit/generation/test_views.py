"""Parts of the page drawn alone: what is said in place of an answer, and what a run may cost."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from components.engines.contract import Finished, Queued, Thought

NO_TEXT = "The model wrote no text ({}). Try another prompt or other settings."

CUT = (
    "The model wrote 8 tokens of reasoning and was cut off before its answer. "
    "Raise “New tokens, at most”, or ask the operator to raise `most_thinking_tokens`."
)


def show(events, spoken):
    from components.core.i18n import use
    from components.engines.capabilities import Capabilities
    from components.engines.contract import Request
    from components.generation.answer import Answer
    from components.generation.views.answer import show_answer

    answer = Answer("transformers", "a model", Request(prompt="Star Trek"))
    for event in events:
        answer.add(event)
    nothing_missing = Capabilities(missing={}, context_tokens=None, most_new_tokens=8, most_candidates=0)
    with use(spoken):
        show_answer(answer, nothing_missing, apart=False)


@pytest.mark.parametrize(
    ("events", "spoken", "said"),
    [
        ([Finished("end")], "en", NO_TEXT.format("the model ended the text")),
        ([Finished("length")], "en", NO_TEXT.format("length limit reached")),  # none a whole character
        ([], "en", "Stopped before there was any text."),
        ([], "ko", "글이 나오기 전에 멈췄어요."),
        ([Finished("tool")], "en", NO_TEXT.format("the model asked for a tool")),
        ([Thought("so", 8), Finished("length")], "en", CUT),
        ([Thought("so", 8), Finished("end")], "en", NO_TEXT.format("the model ended the text")),
    ],
)
def test_it_is_said_why_there_is_no_text(events, spoken, said):
    at = AppTest.from_function(show, args=(events, spoken)).run()
    assert not at.exception
    assert [each.value for each in at.info] == [said]


def show_beside(events):
    from components.core.i18n import use
    from components.engines.contract import Request, Token
    from components.engines.offers import offer
    from components.generation.answer import Answer
    from components.generation.views.side_by_side import Written, show_together

    full, empty = (Answer("transformers", "a model", Request(prompt="Star Trek")) for _ in range(2))
    full.add(Token(" ran."))
    for event in events:
        empty.add(event)
    with use("en"):
        show_together(
            {title: Written(title, offer("transformers"), each) for title, each in (("1", full), ("2", empty))}
        )


@pytest.mark.parametrize(
    ("events", "said"),
    [
        ([Finished("end")], NO_TEXT.format("the model ended the text")),
        ([], "Stopped before there was any text."),
        ([Thought("so", 8), Finished("length")], CUT),
        ([Queued(2)], "Stopped before there was any text."),  # and is in no line any more
    ],
)
def test_it_is_said_beside_another_text_too(events, said):
    at = AppTest.from_function(show_beside, args=(events,)).run()
    assert not at.exception
    assert [[each.value for each in column.caption] for column in at.columns] == [[], [said]]


def paying(countable: bool, language: str) -> None:
    import datetime
    from types import SimpleNamespace

    import streamlit as st

    from components.core.i18n import SESSION_KEY
    from components.engines.errors import CutMidStream
    from components.engines.offers import Price
    from components.generation.views.run import confirm_cost

    st.session_state[SESSION_KEY] = language
    url = "https://example.org/prices?in=$"
    price = Price(input_usd=0.5, output_usd=1.5, source_url=url, seen=datetime.date(2026, 11, 1))

    def count_tokens(_request: object) -> int:
        if not countable:
            raise CutMidStream(engine="It", reason="no reason")
        return 1_000

    opened = SimpleNamespace(
        offer=SimpleNamespace(paid=lambda _model: True, price=lambda _model: price),
        model="a model",
        capabilities=SimpleNamespace(thinking_tokens=0),
        engine=SimpleNamespace(count_tokens=count_tokens),
    )
    confirm_cost(opened, SimpleNamespace(new_tokens=100))  # type: ignore[arg-type]


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize(
    ("countable", "amounts"),
    [(True, ["0.000650"]), (False, ["0.5", "1.5"])],
)
def test_every_dollar_sign_is_escaped(countable, amounts, language):
    at = AppTest.from_function(paying, args=(countable, language)).run()
    assert not at.exception
    [cost] = [caption.value for caption in at.caption]
    assert re.findall(r"\d\.\d+", cost) == amounts
    assert not re.search(r"(?<!\\)\$", cost)


def test_a_game_begins_anew_with_another_model_or_text(monkeypatch):
    from components.engines.scoring import Guess
    from components.generation.lesson_examples import examples
    from components.generation.questions import Played, rounds
    from components.generation.views import guess

    monkeypatch.setattr(guess, "st", SimpleNamespace(session_state={}))
    first, second = (rounds(passage) for passage in examples().passages[:2])
    one = Guess(pieces=(1,), probability=0.5, rank=1, is_first_choice=True, first=0.5, candidates=())
    played = guess.rounds_played("a model", first)
    played.append(Played(first[0], "word", one, one))
    assert len(guess.rounds_played("a model", first)) == 1
    assert guess.rounds_played("another model", first) == [], "its vocabulary and its numbers are others"
    guess.rounds_played("another model", first).append(Played(first[0], "word", one, one))
    assert guess.rounds_played("another model", second) == []


def test_what_was_written_side_by_side_for_another_prompt_is_not_shown_for_this_one():
    from components.engines.contract import Message, Request
    from components.generation.answer import prompt_of
    from components.generation.views.compare import is_about

    ended, turn = Request(prompt="Star Trek"), Request(mode="chat", messages=(Message("user", "Star Trek"),))
    assert prompt_of(ended) == prompt_of(turn) == "Star Trek", "a comparison is kept with what was written"
    assert is_about(turn, ended)
    assert is_about(ended, turn)
    for other in (Request(prompt="Star Wars"), Request(mode="chat", messages=(Message("user", "Star Wars"),))):
        assert not is_about(other, ended)
        assert not is_about(other, turn)
