"""What a page shows where its address names nothing: a model and an example in the visitor's language.

A link shows to everybody what its maker saw. A browser says here which language its visitor prefers.
"""

from __future__ import annotations

from functools import partial
from urllib.parse import parse_qsl, urlsplit

import pytest
from streamlit.testing.v1 import AppTest

from components.core.i18n import DEFAULT_LANGUAGE, LANGUAGES, use
from components.core.parameters import Text, write_value
from components.models.registry import ModelParameter, record
from components.registry import PAGES, page
from components.ui.guide.lesson import lesson
from components.ui.text_fit import unread_languages
from tests.app.opening import example_of, faults, open_page, parameters_of, views_of

SLUGS = [entry.slug for entry in PAGES if entry.concept and not entry.is_draft]
OTHERS = [code for code in LANGUAGES if code != DEFAULT_LANGUAGE]
browse = partial(open_page, lang=None)


def shown(at: AppTest, slug: str) -> dict[str, str]:
    """Return what the page holds of each of its parameters, as a link writes it."""
    assert faults(at) == []
    return {each.name: write_value(at.session_state[each.name]) for each in parameters_of(slug)}


def lang(at: AppTest) -> str:
    return at.session_state["lang"]


def texts_of(slug: str) -> list[str]:
    """Return the link parameters that hold an example text."""
    return [each.name for each in parameters_of(slug) if isinstance(each, Text) and each.default]


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("slug", SLUGS)
def test_a_page_without_its_guide_has_a_model_and_a_text_in_the_visitors_language(slug, code):
    own = shown(browse(slug, browser=code, step="explore"), slug)
    assert own == shown(browse(slug, lang=code, step="explore"), slug)
    for model in (each.name for each in parameters_of(slug) if isinstance(each, ModelParameter)):
        assert code in record(own[model]).languages
    others = [each for each in LANGUAGES if each != code]
    texts = texts_of(slug)
    assert page(slug).text_parameter in (None, *texts), "its `text_parameter` in components/registry.py has no example"
    for name in texts:
        assert not unread_languages(own[name], [code]), own[name]
        assert unread_languages(own[name], others), own[name]


@pytest.mark.parametrize("code", OTHERS)
@pytest.mark.parametrize("slug", SLUGS)
def test_the_model_and_the_text_of_a_language_suit_every_view(slug, code):
    views = views_of(slug)
    for view in [{}] if views is None else [{views.name: option} for option in views.options]:
        at = browse(slug, lang=code, step="explore", **view)
        assert faults(at) == [], view
        assert [element.value for element in at.warning] == [], view


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("code", OTHERS)
@pytest.mark.parametrize("slug", SLUGS)
def test_a_link_to_a_view_without_a_step_shows_what_it_showed_before_there_were_other_defaults(slug, code, named):
    view = example_of(slug)
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
    asked = {"lang": DEFAULT_LANGUAGE, "step": "explore"} | example_of(slug)
    assert shown(browse(slug, browser=code, **asked), slug) == shown(browse(slug, **asked), slug)


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("slug", SLUGS)
def test_the_address_and_the_exported_link_reopen_the_view_in_any_browser(slug, code):
    at = browse(slug, browser=code, step="explore")
    for name, value in example_of(slug).items():
        at.session_state[name] = value
    at.session_state["_held_by_page"] = {}  # as if another page had left it: a value that the address does not name yet
    at.run()
    seen = shown(at, slug)
    assert example_of(slug).items() <= seen.items()
    exported = [dict(parse_qsl(urlsplit(each.value).query, keep_blank_values=True)) for each in at.code]
    exported = [each for each in exported if "lang" in each]
    assert exported
    for address in (dict(at.query_params), *exported):
        for other in LANGUAGES.keys() - {code}:
            again = browse(slug, browser=other, **address)
            assert lang(again) == code
            assert shown(again, slug) == seen, address


@pytest.mark.parametrize("slug", SLUGS)
def test_another_language_keeps_what_the_visitor_chose_and_changes_the_rest(slug):
    [code] = OTHERS
    at = browse(slug, step="explore")
    own = shown(browse(slug, lang=code, step="explore"), slug)
    for name, value in example_of(slug).items():
        at.session_state[name] = value
    at.session_state["_held_by_page"] = {}
    at.run()
    before = shown(at, slug)
    at.session_state["lang"] = code
    assert shown(at.run(), slug) == own | example_of(slug)
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
    assert bool(defaults) is bool(texts_of(slug))
    assert defaults.keys() <= known.keys()
    for name, value in defaults.items():
        assert known[name].problem(value) is None, name
        assert value != write_value(known[name].default), f"{name} has this default in every language"
    assert lesson(page(slug).concept, DEFAULT_LANGUAGE).defaults == {}, "the English ones are the parameters' own"
