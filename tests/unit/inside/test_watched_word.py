"""A word that cannot be followed gives way to the model's own answer, and takes no other word with it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from components.inside.errors import NotOneToken
from components.inside.state import Request, Watched
from components.inside.views import page

IDS = {"": 1, "Paris": 2, "Berlin": 3}


@pytest.mark.parametrize(
    ("typed", "against", "followed", "refused"),
    [
        ("Paris", "Berlin", Watched(2, 3), []),
        ("Paris", "two words", Watched(2, 1), ["two words"]),
        ("two words", "Berlin", Watched(1, 1), ["two words"]),
        ("two words", "three words here", Watched(1, 1), ["two words"]),
    ],
)
def test_a_word_to_compare_with_takes_the_watched_one_not_away(monkeypatch, typed, against, followed, refused):
    said = []

    def watched_of(_request, word, other, _other_answer):
        for each in (word, other):
            if each not in IDS:
                raise NotOneToken(word=each, tokens=2)
        return Watched(IDS[word], IDS[other])

    screen = SimpleNamespace(session_state={"against": against}, text_input=lambda *_, **__: typed)
    monkeypatch.setattr(page, "st", screen)
    monkeypatch.setattr(page, "watched_of", watched_of)
    monkeypatch.setattr(page, "_other_answer", lambda _request: None)
    monkeypatch.setattr(page, "load_model", lambda _id: None)
    monkeypatch.setattr(page, "write_token", lambda _loaded, _id: "answer")
    monkeypatch.setattr(page.errors, "show", lambda error, **_: said.append(error.values["word"]))
    assert page._choose_watched(Request("any", "a text")) == followed
    assert said == refused
