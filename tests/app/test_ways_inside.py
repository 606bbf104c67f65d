"""The ways to the page "inside the model" and back: each link opens there what it promised."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.app.opening import faults, scene_of

pytestmark = pytest.mark.real_model

FRANCE = "The capital of France is"


def link_of(at, label):
    found = [each.proto for each in at.get("page_link") if each.proto.label == label]
    assert faults(at) == []
    return {**dict(parse_qsl(found[0].query_string))} if found else None


def way_inside(at):
    """Return the parameters of the link to what the selected head writes, filled as a browser does, or None."""
    [scene] = [scene_of(each) for each in at.get("bidi_component") if each.key == "attention_view"]
    assert faults(at) == []
    found = [action["href"] for action in scene["actions"] if action["name"] == "inside"]
    if not found:
        return None
    for name in ("layer", "head", "query"):
        value = scene["command"][name]
        found[0] = found[0].replace(f"{{{name}}}", "" if value is None else str(value))
    assert urlsplit(found[0]).path == "inside"
    return {name: value for name, value in parse_qsl(urlsplit(found[0]).query) if name != "lang"}


def follow(open_page, link, slug):
    at = open_page(slug, **link)
    assert faults(at) == []
    assert [element.value for element in at.warning] == []
    return at


def test_a_token_that_comes_next_is_followed(open_page):
    link = link_of(open_page("generation", prompt=FRANCE, tab="steps"), "Follow this token")
    at = follow(open_page, link, "inside")
    assert at.text_area(key="text").value == FRANCE


def test_a_token_that_was_written_is_followed_from_what_was_read_before_it(open_page):
    at = open_page("generation", prompt="Star Trek", strategy="greedy", max_new_tokens="3", run="1", tab="steps")
    at.session_state["generation_step"] = 1
    link = link_of(at.run(), "Follow this token")
    assert link["text"].startswith("Star Trek")
    assert len(link["text"]) > len("Star Trek")
    follow(open_page, link, "inside")


def test_a_text_that_is_too_long_for_the_page_has_no_such_link(open_page):
    at = open_page("generation", prompt="x " * 400, tab="steps")
    assert link_of(at, "Follow this token") is None


def test_what_a_head_writes(open_page):
    link = way_inside(open_page("attention", model="classroom-gpt2", text=FRANCE, layer="5", head="10"))
    assert (link["row"], link["head"], link["view"]) == ("attention.5", "10", "stage")
    at = follow(open_page, link, "inside")
    assert at.session_state["head"] == 10


def test_an_encoder_is_followed_at_a_gap_only(open_page):
    texts = {"The capital of France is [MASK].": True, FRANCE: False}
    for text, has_link in texts.items():
        link = way_inside(open_page("attention", model="classroom-bert", text=text))
        assert (link is not None) is has_link, text
        if link is not None:
            follow(open_page, link, "inside")


def test_a_gap_is_followed(open_page):
    at = open_page("masked-language-model", text="[MASK] is the capital of [MASK].")
    link = link_of(at, "Follow this gap through the model")
    assert link["position"] == "1"
    follow(open_page, link, "inside")


def test_a_head_is_seen_on_the_text(open_page):
    link = link_of(
        open_page("inside", text=FRANCE, view="stage", row="attention.4", head="7", position="4"),
        "See this head on the text",
    )
    assert (link["layer"], link["head"], link["model"]) == ("4", "7", "classroom-gpt2")
    at = follow(open_page, link, "attention")
    assert (at.session_state["layer"], at.session_state["head"]) == (4, 7)


def test_no_head_is_linked_from_an_mlp(open_page):
    at = open_page("inside", text=FRANCE, view="stage", row="mlp.5", position="4")
    assert link_of(at, "See this head on the text") is None
