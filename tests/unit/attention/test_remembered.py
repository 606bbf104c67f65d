"""What was read is remembered up to so many bytes, and a reading that was stopped is done again."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from components.attention import state
from components.attention.state import Reading, capture_text
from components.attention.views import change


class StoppedError(BaseException):
    """As Streamlit's own: no Exception."""


@pytest.fixture
def read(monkeypatch):
    """Return what was really read; each text takes as many MB as it has characters."""
    done = []

    def capture(_model, text, *_more, **_options):
        done.append(text)
        if text == "stop" and done.count("stop") == 1:
            raise StoppedError
        return SimpleNamespace(text=text, size_bytes=len(text) * 2**20)

    loaded = SimpleNamespace(model=SimpleNamespace(config=SimpleNamespace(is_encoder_decoder=False)))
    monkeypatch.setattr(state, "load_model", lambda _model_id: loaded)
    monkeypatch.setattr(state, "capture", capture)
    capture_text.cache_clear()
    yield done
    capture_text.cache_clear()


def ask(text):
    return capture_text(Reading("any", text, None)).text


def test_many_short_texts_are_read_once(read):
    for _round in range(2):
        assert [ask(f"{number:02}") for number in range(100)] == [f"{number:02}" for number in range(100)]
    assert len(read) == 100


def test_long_texts_make_room_for_each_other(read):
    texts = [letter * 100 for letter in "abc"]  # 256 MB hold two of them
    for text in (*texts, texts[2], texts[0]):
        ask(text)
    assert [text[0] for text in read] == ["a", "b", "c", "a"]


def test_a_reading_that_was_stopped_is_done_again(read):
    with pytest.raises(StoppedError):
        ask("stop")
    assert ask("stop") == "stop"


def test_a_text_too_large_for_all_is_remembered_alone(read):
    for text in ("a" * 100, "b" * 300, "b" * 300):  # a page asks for its text several times in each run
        ask(text)
    assert [text[0] for text in read] == ["a", "b"]
    ask("c" * 100)
    ask("b" * 300)
    assert [text[0] for text in read] == ["a", "b", "c", "b"], "no two texts are kept where one takes all there is"


@pytest.fixture
def changed(monkeypatch):
    """Return which tokens were really changed; each comparison takes 60 MB, of a long text."""
    done = []
    half = SimpleNamespace(size_bytes=30 * 2**20)
    record = SimpleNamespace(input=None, of=lambda _kind: half)
    monkeypatch.setattr(change, "load_model", lambda _model: None)
    monkeypatch.setattr(change, "capture_text", lambda _reading: record)
    monkeypatch.setattr(change, "with_mask", lambda _model, _given, position: done.append(position))
    monkeypatch.setattr(change, "capture_input", lambda _model, _changed: record)
    monkeypatch.setattr(change, "compare", lambda before, after: SimpleNamespace(before=before, after=after))
    change.compare_with.cache_clear()
    yield done
    change.compare_with.cache_clear()


def test_comparisons_of_long_texts_make_room_for_each_other(changed):
    for position in (0, 1, 1, 2, 2, 0):
        change.compare_with(Reading("any", "a long text", None), "encoder", position, None)
    assert changed == [0, 1, 2, 0], "128 MB hold two of them"
    assert change.compare_with.cache.currsize <= change.MOST_COMPARED_BYTES
