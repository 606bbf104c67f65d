"""The board of the other kind of model, beside one whose text it cannot read."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from components.inside.errors import TextTooLong
from components.inside.state import Request
from components.inside.views import board


@pytest.mark.parametrize(
    ("text", "said"),
    [("", "A decoder reads what comes before the mask"), ("far too long", "300 tokens")],
)
def test_why_there_is_no_other_board_is_said_and_is_no_fault(monkeypatch, text, said):
    seen = []

    def refuse(*_):
        raise TextTooLong(tokens=300, most=256)

    monkeypatch.setattr(board, "st", SimpleNamespace(info=lambda text, **_: seen.append(text)))
    monkeypatch.setattr(board, "other_kind", lambda _request: Request("classroom-gpt2", text))
    monkeypatch.setattr(board, "watched_of", refuse)
    monkeypatch.setattr(board.errors, "show", lambda error, *, is_fault: seen.append((str(error), is_fault)))
    board.draw_other_board(Request("classroom-bert", "[MASK] is a city."))
    [told] = seen
    if text:
        assert said in told[0]
        assert told[1] is False
    else:
        assert told.startswith(said)
