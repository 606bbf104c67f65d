"""What is said of a text in a language that the model has not learned."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from components.ui import model_picker
from components.ui.text_fit import built_in_reader, unread_languages


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
        ("I went to school.", ["ko"], ("en",)),
        ("I went to school.", ["ko", "en"], ()),
        ("영화 Star Trek을 봤다.", ["ko"], ()),  # Korean texts have words in Latin letters
        ("[MASK] 123 :D", ["ko"], ()),
        ("나는", [], ()),  # of an unknown model nothing is said
        ("", ["en"], ()),
    ],
)
def test_languages_are_named_by_their_script(text, languages, expected):
    assert unread_languages(text, languages) == expected


def warn():
    import streamlit as st

    from components.models.registry import ModelParameter, record
    from components.ui import links
    from components.ui.text_fit import warn_of_unread_text

    tasks = st.session_state["tasks"]
    parameter = ModelParameter("model", "classroom-bert", tasks)
    links.read("page", (parameter,))
    menu = None if tasks is None else ("page", parameter)
    warn_of_unread_text(record(st.session_state["model"]), st.session_state["text"], menu)


def warned(model, text, lang="en", tasks=None):
    app = AppTest.from_function(warn)
    app.session_state["model"], app.session_state["text"], app.session_state["lang"] = model, text, lang
    app.session_state["tasks"] = tasks
    app.run()
    assert not app.exception
    return app


def said(model, text, lang="en", tasks=None):
    return "\n".join(each.value for each in warned(model, text, lang, tasks).caption)


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


KOREAN = "나는 좋은 소설을 읽었다."
JAPANESE = "これはねこです。"


def test_a_model_that_has_learned_the_language_is_one_click_away():
    app = warned("classroom-bert", KOREAN, tasks=None)
    assert list(app.button) == []
    app = warned("classroom-bert", KOREAN, tasks=("feature-extraction",))
    [reader] = app.button
    assert "Classroom E5" in reader.label
    reader.click().run()
    assert not app.exception
    assert app.session_state["model"] == "classroom-e5-ko"
    assert list(app.caption) == [], "the model reads the text"


def test_a_model_that_writes_the_language_is_one_click_away():
    app = warned("classroom-gpt2", KOREAN, tasks=("text-generation",))
    writer = next(button for button in app.button if "Classroom GPT" in button.label)
    writer.click().run()
    assert not app.exception
    assert app.session_state["model"] == "classroom-gpt-ko"


JAPANESE = "これはとてもよい。"


def test_one_that_is_not_here_is_offered_where_downloads_are_allowed(monkeypatch):
    found = said("classroom-gpt2", JAPANESE, tasks=("text-generation",))
    assert "need a download, which is not allowed here: " in found
    assert "Qwen3" in found
    monkeypatch.setattr(model_picker, "settings", lambda: SimpleNamespace(downloads=True))
    app = warned("classroom-gpt2", JAPANESE, tasks=("text-generation",))
    assert any(button.label.startswith("Qwen3") for button in app.button)


@pytest.mark.parametrize(
    ("text", "task", "expected"),
    [
        ("프랑스의 수도는", "fill-mask", "classroom-bert-ko"),
        ("프랑스의 수도는", "text-generation", "classroom-gpt-ko"),
        ("The capital of France is", "fill-mask", "classroom-bert"),
        ("The capital of France is", "text-generation", "classroom-gpt2"),
        ("Столица Франции", "text-generation", "classroom-gpt2"),
    ],
)
def test_a_built_in_model_is_found_that_reads_the_text(text, task, expected):
    assert built_in_reader(text, task).id == expected


def test_english_is_said_to_be_unread_by_a_model_that_learned_only_korean():
    found = said("classroom-gpt-ko", "The capital of France is", tasks=("text-generation",))
    assert "has not learned English" in found
    app = warned("classroom-gpt-ko", "The capital of France is", tasks=("text-generation",))
    assert app.button[0].label == r"Classroom GPT\-2"


def test_korean_is_offered_the_built_in_writer_of_korean():
    app = warned("classroom-gpt2", KOREAN, tasks=("text-generation",))
    [reader] = app.button
    reader.click().run()
    assert app.session_state["model"] == "classroom-gpt-ko"
    assert list(app.caption) == []
