"""What is said of a text in a language that the model has not learned."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from components.ui.text_fit import unread_languages


@pytest.mark.parametrize(
    ("text", "languages", "expected"),
    [
        ("나는 학교에 갔다.", ["en"], ("ko",)),
        ("ㅋㅋ", ["en"], ("ko",)),
        ("나는 학교에 갔다.", ["ko", "en"], ()),
        ("漢字", ["ko"], ()),  # Korean texts have some
        ("猫とネコ", ["en"], ("zh", "ja")),
        ("Привет, κόσμε", ["en", "ko"], ("ru", "el")),
        ("I went – “naïve” café … 👍 123", ["en"], ()),
        ("I went to school.", ["ko"], ()),
        ("나는", [], ()),  # of an unknown model nothing is said
        ("", ["en"], ()),
    ],
)
def test_languages_are_named_by_their_script(text, languages, expected):
    assert unread_languages(text, languages) == expected


def warn():
    import streamlit as st

    from components.models.registry import record
    from components.ui.text_fit import warn_of_unread_text

    warn_of_unread_text(record(st.session_state["model"]), st.session_state["text"])


def said(model, text, lang="en"):
    app = AppTest.from_function(warn)
    app.session_state["model"], app.session_state["text"], app.session_state["lang"] = model, text, lang
    app.run()
    assert not app.exception
    return "\n".join(each.value for each in app.caption)


def test_the_unknown_tokens_are_counted():
    found = said("classroom-bert", "나는 좋은 소설을 읽었다.")
    assert "has not learned Korean" in found
    assert "unknown: 2 of 16 tokens" in found
    assert "0 of 28 tokens" in said("classroom-gpt2", "나는 좋은 소설을 읽었다.")


def test_it_is_said_in_korean():
    assert "배우지 않은 언어가 있어요(한국어)" in said("classroom-bert", "나는 좋은 소설을 읽었다.", lang="ko")


@pytest.mark.parametrize(("model", "text"), [("classroom-e5-ko", "나는 좋은 소설을 읽었다."), ("classroom-bert", "A.")])
def test_nothing_is_said_of_what_a_model_reads(model, text):
    assert said(model, text) == ""


def test_half_a_character_is_no_fault():
    assert "Korean" in said("classroom-bert", "한\ud800")
