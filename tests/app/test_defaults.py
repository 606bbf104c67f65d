"""What a page shows where its address names nothing: a model and an example in the visitor's language.

A link shows to everybody what its maker saw. A browser says here which language its visitor prefers.
"""

from __future__ import annotations

from functools import partial
from urllib.parse import parse_qsl, urlsplit

import pytest
from streamlit.testing.v1 import AppTest

from components.core.i18n import DEFAULT_LANGUAGE, LANGUAGES, use
from components.core.parameters import write_value
from components.models.registry import record
from components.registry import PAGES, page
from components.ui.guide.lesson import lesson
from components.ui.text_fit import unread_languages
from tests.app.opening import faults, open_page, parameters_of

SLUGS = [entry.slug for entry in PAGES if entry.concept]
OTHERS = [code for code in LANGUAGES if code != DEFAULT_LANGUAGE]
WITHOUT_A_TEXT = {"catalog"}
WITH_A_TEXT = [slug for slug in SLUGS if slug not in WITHOUT_A_TEXT]
TEXTS = ("text", "prompt", "query", "sentences")
browse = partial(open_page, lang=None)
VIEWS = {
    "tokenizer": {"tab": "numbers"},
    "positional-encoding": {"tab": "shuffle"},
    "attention": {"view": "metrics"},
    "inside": {"show": "rank"},  # some of its views have values of their own, or take time to measure
    "generation": {"tab": "guess"},
    "masked-language-model": {"view": "surprise"},
    "embeddings": {"view": "map"},
    "fine-tuning": {"view": "examples"},
}


def shown(at: AppTest, slug: str) -> dict[str, str]:
    """Return what the page holds of each of its parameters, as a link writes it."""
    assert faults(at) == []
    return {each.name: write_value(at.session_state[each.name]) for each in parameters_of(slug)}


def lang(at: AppTest) -> str:
    return at.session_state["lang"]


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("slug", WITH_A_TEXT)
def test_a_page_without_its_guide_has_a_model_and_a_text_in_the_visitors_language(slug, code):
    own = shown(browse(slug, browser=code, step="explore"), slug)
    assert own == shown(browse(slug, lang=code, step="explore"), slug)
    assert code in record(own["model"]).languages
    others = [each for each in LANGUAGES if each != code]
    texts = [own[name] for name in TEXTS if own.get(name)]
    assert texts
    for text in texts:
        assert not unread_languages(text, [code]), text
        assert unread_languages(text, others), text


@pytest.mark.parametrize("code", OTHERS)
@pytest.mark.parametrize("slug", WITH_A_TEXT)
def test_the_model_and_the_text_of_a_language_suit_every_view(slug, code):
    name = "view" if slug == "inside" else next(iter(VIEWS[slug]))
    [views] = [each.options for each in parameters_of(slug) if each.name == name]
    for view in views:
        at = browse(slug, lang=code, step="explore", **{name: view})
        assert faults(at) == [], view
        assert [element.value for element in at.warning] == [], view


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("code", OTHERS)
@pytest.mark.parametrize("slug", SLUGS)
def test_a_link_to_a_view_without_a_step_shows_what_it_showed_before_there_were_other_defaults(slug, code, named):
    view = VIEWS.get(slug, {"view": "cards"})
    asked = {"lang": code} | view if named else view
    made = browse(slug, **view)
    assert LANGUAGES.keys() & made.query_params.values() == set(), "English links name no language"
    followed = browse(slug, browser=code, **asked)
    assert lang(followed) == code
    assert shown(followed, slug) == shown(made, slug)
    assert followed.query_params == asked, "an address that is followed stays as it is: Back leads away from it"


@pytest.mark.parametrize("code", OTHERS)
@pytest.mark.parametrize("slug", SLUGS)
def test_a_link_in_english_shows_english_to_everybody(slug, code):
    asked = {"lang": DEFAULT_LANGUAGE, "step": "explore"} | VIEWS.get(slug, {})
    assert shown(browse(slug, browser=code, **asked), slug) == shown(browse(slug, **asked), slug)


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("slug", SLUGS)
def test_the_address_and_the_exported_link_reopen_the_view_in_any_browser(slug, code):
    at = browse(slug, browser=code, step="explore")
    name, value = next(iter(VIEWS.get(slug, {"view": "cards"}).items()))
    at.session_state[name] = value
    at.session_state["_held_by_page"] = {}  # as if another page had left it: a value that the address does not name yet
    at.run()
    seen = shown(at, slug)
    assert seen[name] == value
    exported = [dict(parse_qsl(urlsplit(each.value).query, keep_blank_values=True)) for each in at.code]
    exported = [each for each in exported if "lang" in each]
    assert exported or slug == "catalog"
    for address in (dict(at.query_params), *exported):
        for other in LANGUAGES.keys() - {code}:
            again = browse(slug, browser=other, **address)
            assert lang(again) == code
            assert shown(again, slug) == seen, address


@pytest.mark.parametrize("slug", WITH_A_TEXT)
def test_another_language_keeps_what_the_visitor_chose_and_changes_the_rest(slug):
    [code] = OTHERS
    at = browse(slug, step="explore")
    own, name = shown(browse(slug, lang=code, step="explore"), slug), next(iter(VIEWS[slug]))
    at.session_state[name] = VIEWS[slug][name]
    at.session_state["_held_by_page"] = {}
    at.run()
    before = shown(at, slug)
    at.session_state["lang"] = code
    assert shown(at.run(), slug) == own | VIEWS[slug]
    at.session_state["lang"] = DEFAULT_LANGUAGE
    assert shown(at.run(), slug) == before


def test_a_text_of_the_visitors_own_stays_in_another_language():
    at = browse("tokenizer", step="explore")
    at.text_area(key="text").set_value("My own words").run()
    at.session_state["lang"] = "ko"
    at.run()
    assert at.text_area(key="text").value == "My own words"
    assert at.session_state["model"] == lesson("tokenizer", "ko").defaults["model"]


def test_a_followed_english_view_stays_english_until_the_guide_is_opened():
    asked = {"tab": "numbers"}
    english, korean = (lesson("tokenizer", code) for code in (DEFAULT_LANGUAGE, "ko"))
    at = browse("tokenizer", browser="ko", **asked)
    text = at.text_area(key="text").value
    at.session_state["tab"] = "output"  # the last value that the address names goes back to its default
    at.query_params.clear()
    at.run()
    assert at.text_area(key="text").value == text
    at.switch_page(page("").path).run()
    at.switch_page(page("tokenizer").path).run()
    assert at.text_area(key="text").value == text
    with use("ko"):
        at.button(key="guide_explore").click().run()
        assert at.text_area(key="text").value == korean.cards[0].values["text"] != english.cards[0].values["text"]
        at.button(key="guide_explore").click().run()
    assert at.text_area(key="text").value == korean.cards[0].values["text"]
    assert {"lang": "ko", "step": "explore"}.items() <= dict(at.query_params).items()


def test_the_english_example_is_one_click_away_without_the_guide_too():
    own = lesson("attention", "ko").defaults
    with use("ko"):
        at = browse("attention", browser="ko", step="explore")
        english = shown(browse("attention", step="explore"), "attention")
        at.button(key="guide_example").click().run()
        assert shown(at, "attention") == english
        assert shown(browse("attention", browser="en", **at.query_params), "attention") == english
        at.button(key="guide_example").click().run()
    assert own.items() <= shown(at, "attention").items()
    assert at.query_params == {"lang": "ko", "step": "explore"}


@pytest.mark.parametrize("code", OTHERS)
@pytest.mark.parametrize("slug", SLUGS)
def test_the_defaults_of_a_language_fit_the_page(slug, code):
    known = {each.name: each for each in parameters_of(slug)}
    defaults = lesson(page(slug).concept, code).defaults
    assert bool(defaults) is (slug in WITH_A_TEXT)
    assert defaults.keys() <= known.keys()
    for name, value in defaults.items():
        assert known[name].problem(value) is None, name
        assert value != write_value(known[name].default), f"{name} has this default in every language"
    assert lesson(page(slug).concept, DEFAULT_LANGUAGE).defaults == {}, "the English ones are the parameters' own"
