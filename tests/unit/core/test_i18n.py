"""Sentences are found in the visitor's language, or shown in English."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from components.core import i18n
from components.core.i18n import N_, _, catalogue, language, use

HEADER = 'msgid ""\nmsgstr ""\n"Language: ko\\n"\n"Content-Type: text/plain; charset=UTF-8\\n"\n\n'


@pytest.fixture
def rooms(tmp_path, monkeypatch) -> Iterator:
    """Catalogues of made-up rooms instead of the project's."""

    def write(**entries: str) -> None:
        for room, text in entries.items():
            (tmp_path / room).mkdir(exist_ok=True)
            (tmp_path / room / "messages.ko.po").write_text(HEADER + text, encoding="utf-8")
        catalogue.cache_clear()

    monkeypatch.setattr(i18n, "_COMPONENTS", tmp_path)
    yield write
    catalogue.cache_clear()


def entry(source: str, target: str, *, mark: str = "") -> str:
    return f'{mark}msgid "{source}"\nmsgstr "{target}"\n\n'


def test_outside_a_session_english_is_spoken():
    assert language() == "en"
    assert _("Anything {n}") == "Anything {n}"


def test_a_language_is_spoken_inside_the_block_only(rooms):
    rooms(shell=entry("Layer", "레이어"))
    with use("ko"):
        assert _("Layer") == "레이어"
        with use("en"):
            assert _("Layer") == "Layer"
        assert _("Layer") == "레이어"
    assert _("Layer") == "Layer"


def test_the_block_ends_on_an_error():
    with pytest.raises(KeyError), use("ko"):
        raise KeyError
    assert language() == "en"


def test_another_thread_does_not_hear_it():
    heard = []
    with use("ko"):
        thread = threading.Thread(target=lambda: heard.append(language()))
        thread.start()
        thread.join()
    assert heard == ["en"]


def test_marking_a_sentence_leaves_it_as_it_is():
    assert N_("Layer {n}") == "Layer {n}"


@pytest.mark.parametrize("mark", ["", "#, fuzzy\n"])
def test_a_sentence_without_a_finished_translation_stays_english(rooms, mark):
    rooms(shell=entry("Layer", "" if not mark else "확인 필요", mark=mark))
    with use("ko"):
        assert _("Layer") == "Layer"


def test_the_rooms_are_joined(rooms):
    rooms(shell=entry("Layer", "레이어"), tokenizer=entry("Token", "토큰") + entry("Layer", "레이어"))
    assert catalogue("ko") == {"Layer": "레이어", "Token": "토큰"}


def test_two_rooms_that_disagree_are_refused(rooms):
    rooms(shell=entry("Layer", "레이어"), tokenizer=entry("Layer", "층"))
    with pytest.raises(ValueError, match=r"tokenizer.*'Layer'.*'층'"):
        catalogue("ko")


def test_english_needs_no_catalogue(rooms):
    rooms()
    assert catalogue("en") == {}
