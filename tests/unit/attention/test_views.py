"""What the views draw of an attention: the text that its tokens stand in, what stays pinned, which tokens fit."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from components.attention import scene
from components.attention.bertviz_html import MOST_TOKENS
from components.attention.capture import capture
from components.attention.selection import group_by_word, without_special_tokens
from components.attention.state import Reading, ViewState
from components.attention.views import heatmap
from components.attention.views.bertviz import window_of
from tests.unit.attention.architectures import load


def state_of(record, text, text_b=None, *, kind=None):
    attention = record.main if kind is None else record.of(kind)
    return ViewState(Reading("tiny", text, text_b), None, None, record, attention, layer=0, head=0)


@pytest.mark.parametrize(
    ("kind", "shown"), [("encoder", "w1 w2 w3 w4"), ("decoder", "w7 w8 w9"), ("cross", "w7 w8 w9")]
)
def test_the_tokens_of_each_kind_are_shown_in_their_own_text(kind, shown):
    record = capture(load("t5"), "w1 w2 w3 w4", target="w7 w8 w9")
    state = state_of(record, "w1 w2 w3 w4", "w7 w8 w9", kind=kind)
    pieces = scene.text_pieces(state.attention.query_tokens, heatmap.texts_of_queries(state))
    assert shown in "".join(piece.text for piece in pieces)
    tokens = state.attention.query_tokens
    assert all(piece.text == tokens[piece.token].text for piece in pieces if piece.token is not None)


@pytest.fixture
def pinned(monkeypatch):
    """Return what pins a token of an attention as the browser does, and a state of that attention."""
    held = {}
    monkeypatch.setattr(heatmap, "st", SimpleNamespace(session_state=held))
    monkeypatch.setattr(heatmap, "links", SimpleNamespace(follow=lambda *_: None))
    monkeypatch.setattr(heatmap, "position", SimpleNamespace(moment=lambda _: 1, current_step=lambda: None))
    monkeypatch.setattr(heatmap, "_in_address", lambda _state: ())
    monkeypatch.setattr(
        heatmap, "selected_head", lambda _shape, _attention: (held.get("layer", 0), held.get("head", 0))
    )
    state = state_of(capture(load("bert"), "w1 w2 w3 w4"), "w1 w2 w3 w4")

    def pin(attention, query, key=None, *, moment=1, head=0):
        heatmap._take(state, attention, moment, heatmap.Selection(0, head, query, key, "one"))
        return state

    return pin


def test_what_is_pinned_stays_on_its_token_under_a_filter(pinned):
    whole = capture(load("bert"), "w1 w2 w3 w4").main
    words = [token.text for token in whole.query_tokens]
    state = pinned(whole, words.index("w3"), words.index("w2"))
    ordinary = without_special_tokens(whole)
    for shown in (whole, ordinary, group_by_word(ordinary)):
        found = heatmap.selection(state, shown)
        assert (shown.query_tokens[found.query].text, shown.key_tokens[found.key].text) == ("w3", "w2")
    state = pinned(ordinary, 0)
    found = heatmap.selection(state, whole)
    assert (whole.query_tokens[found.query].text, found.key) == ("w1", None)


def test_what_is_pinned_and_not_shown_gives_way_to_a_row_worth_a_look(pinned):
    whole = capture(load("bert"), "w1 w2 w3 w4").main
    assert whole.query_tokens[0].special
    ordinary = without_special_tokens(whole)
    found = heatmap.selection(pinned(whole, 0), ordinary)
    assert found.query == scene.row_worth_a_look(ordinary, 0, 0)
    assert heatmap.selection(pinned(whole, None), ordinary).query is None, "what was released stays released"


@pytest.mark.parametrize(("moment", "head"), [(0, 0), (1, 1)])
def test_what_is_told_after_a_card_or_another_head_has_set_the_page_up_is_old(pinned, moment, head):
    whole = capture(load("bert"), "w1 w2 w3 w4").main
    heatmap.st.session_state["head"] = head
    usual = scene.row_worth_a_look(whole, 0, 0)
    state = pinned(whole, usual + 1, moment=moment)
    assert heatmap.selection(state, whole).query == usual
    assert heatmap.st.session_state["head"] == head


@pytest.mark.parametrize("start", [0, 50, 172])
def test_a_window_never_ends_beyond_the_shorter_text(start):
    longer, shorter = (np.arange(count)[window_of(count, start)] for count in (300, 150))
    assert (len(longer), len(shorter)) == (MOST_TOKENS, MOST_TOKENS)
    assert longer[0] == start
    assert np.array_equal(np.arange(20)[window_of(20, start)], np.arange(20)), "a short text is drawn whole"


@pytest.mark.parametrize(("words", "note"), [(20, ""), (140, " (tokens 0 to 127)")])
@pytest.mark.parametrize("mode", ["text", "one"])
def test_a_picture_of_a_part_says_which_part_it_is(monkeypatch, words, note, mode):
    monkeypatch.setattr(heatmap, "st", SimpleNamespace(session_state={"show": mode}))
    text = " ".join(["w1", "w2"] * (words // 2))
    drawn = heatmap.heatmap_figure(state_of(capture(load("gpt2"), text), text))()
    assert f"Layer 0, head 0{note}<" in drawn


def test_two_reports_before_the_page_is_drawn_again_are_both_taken(pinned):
    whole = capture(load("bert"), "w1 w2 w3 w4").main
    for head in (1, 2):
        pinned(whole, 3, head=head)
        assert heatmap.st.session_state["head"] == head
