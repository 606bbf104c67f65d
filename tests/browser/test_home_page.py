"""The home page in a browser: bars move while somebody types, links carry the text, all of it by keyboard too."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

from playwright.sync_api import Locator, Page, expect

from components.core.i18n import _, use
from components.models.registry import DEFAULT_DECODER
from components.start.hero import MOST_CHARACTERS
from components.start.prediction import examples
from tests.browser.chromium import resize, settle
from tests.browser.visitor import HEIGHT_PX


def field(page: Page) -> Locator:
    return page.locator(".st-key-home_prompt input")


def bars(page: Page) -> Locator:
    return page.locator(".st-key-home_bars li")


def asked(page: Page) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(page.url).query))


def test_the_bars_move_while_somebody_types_and_jump_where_the_system_asks_for_less_motion(visit, shot):
    page = visit("/")
    expect(bars(page).first).to_have_text("·Paris91%")
    bar = bars(page).first.locator(".bar")
    for motion, seconds in (("reduce", "0s"), ("no-preference", "0.35s")):  # the other tests ask for less
        page.emulate_media(reduced_motion=motion)
        assert bar.evaluate("bar => getComputedStyle(bar).transitionDuration") == seconds
    wide = bar.bounding_box()["width"]
    bar.evaluate("bar => { globalThis.theBar = bar }")
    field(page).press("End")
    field(page).press_sequentially(" not in")
    expect(bars(page).first).to_have_text("·the64%")
    settle(page)
    assert bar.evaluate("bar => bar === globalThis.theBar"), "the bar moved; no other took its place"
    assert bar.bounding_box()["width"] < 0.8 * wide
    expect(field(page)).to_be_focused()
    expect(field(page)).to_have_value("The capital of France is not in")
    assert asked(page)["sentence"] == "The capital of France is not in"
    shot(page, "home-typed")


def test_korean_is_continued_by_the_korean_model(visit, shot):
    page = visit("/", lang="ko")
    with use("ko"):
        first, *_others = examples().values()
    expect(field(page)).to_have_value(first.prediction.text)
    expect(bars(page).first).to_contain_text(first.prediction.guesses[0].token.strip())
    field(page).fill("서울은 대한민국의")
    expect(bars(page).first).to_contain_text("·수도")
    settle(page)
    assert page.locator("[data-stage=next]").get_attribute("href").endswith("&model=classroom-gpt-ko")
    shot(page, "home-korean")


def test_typing_redraws_no_card_adds_no_steps_to_the_history_and_a_reload_keeps_the_text(visit):
    page = visit("/")
    card = page.locator(".st-key-home_cards [data-card=tokenizer]")
    card.evaluate("card => { card.dataset.untouched = 'yes' }")
    before = page.evaluate("history.length")
    for text in ("Romeo and", "Romeo and Juliet (1597) isn't *new* ~"):
        field(page).fill(text)
        field(page).press("Enter")
        settle(page)
        expect(bars(page)).to_have_count(6)
        assert asked(page)["sentence"] == text
    expect(card).to_have_attribute("data-untouched", "yes")
    assert page.evaluate("history.length") == before
    page.reload()
    settle(page)
    expect(field(page)).to_have_value(text)


def test_a_card_leads_to_its_page_and_back_also_by_keyboard_and_into_another_tab(visit):
    page = visit("/", lang="ko")
    card = page.locator(".st-key-home_cards [data-card=tokenizer]")
    assert urlsplit(card.locator("a").get_attribute("href")).path == "/tokenizer"
    with page.context.expect_page() as opened:
        card.locator("a").click(modifiers=["Control"])
    opened.value.wait_for_url("**/tokenizer?lang=ko")
    page.evaluate("globalThis.sameDocument = true")
    for turn in (lambda: card.click(position={"x": 20, "y": 20}), lambda: card.locator("a").press("Enter")):
        turn()
        page.wait_for_url("**/tokenizer")
        settle(page)
        assert page.evaluate("globalThis.sameDocument"), "the session goes on"
        expect(page.locator("html")).to_have_attribute("lang", "ko")
        page.go_back()
        settle(page)
        expect(bars(page)).to_have_count(6)


def test_an_example_fills_the_line_and_is_announced_and_back_takes_it_away(visit):
    page = visit("/", sentence="the capital of france is")
    said = page.locator(".st-key-home_bars [role=status]")
    expect(said).to_have_text("")  # what the page opens with is not announced
    page.locator(".st-key-home_example_2 button").click()
    settle(page)
    expect(said).to_have_text("Likeliest next token: France, 92%")
    expect(field(page)).to_have_value("France is the capital of")
    expect(bars(page).first).to_have_text("·France92%")
    page.go_back()
    settle(page)
    expect(field(page)).to_have_value("the capital of france is")
    expect(bars(page).first).to_have_text("·l14%")


def test_the_line_says_when_it_is_full(visit):
    page = visit("/")
    field(page).press("End")
    page.keyboard.insert_text(" a" * MOST_CHARACTERS)
    assert len(field(page).input_value()) == MOST_CHARACTERS
    expect(page.locator(".st-key-home_prompt .note")).to_contain_text(f"{MOST_CHARACTERS} characters")
    settle(page)
    expect(bars(page)).to_have_count(6)


STAGES = {
    "text": ("/tokenizer", "text"),
    "tokens": ("/tokenizer", "text"),
    "vectors": ("/positional-encoding", None),
    "layers": ("/inside", "text"),
    "scores": ("/inside", "text"),
    "next": ("/generation", "prompt"),
}


def test_a_stage_leads_to_its_page_with_the_text_and_back(visit):
    """Its address is there for another tab. A click goes on in the session, by the way that the stage names."""
    sentence = "France is the capital of"
    page = visit("/", sentence=sentence, lang="ko")
    for stage, (path, name) in STAGES.items():
        address = urlsplit(page.locator(f"[data-stage={stage}]").get_attribute("href"))
        carried = dict(parse_qsl(address.query))
        assert (address.path, carried["lang"]) == (path, "ko"), stage
        assert carried.get(name or "text") == (sentence if name else None), stage
        assert carried["model"] == DEFAULT_DECODER, stage
    for stage in ("vectors", "scores", "next"):  # vectors first: a text that another page has shown comes along
        path, name = STAGES[stage]
        page.locator(f"[data-stage={stage}]").click()
        page.wait_for_url(f"**{path}?*")
        settle(page)
        assert asked(page).get(name or "text") == (sentence if name else None), stage
        assert page.get_by_test_id("stAlertContentWarning").count() == 0
        page.go_back()
        settle(page)
        expect(field(page)).to_have_value(sentence)
        assert asked(page) == {"lang": "ko", "sentence": sentence}, stage


def test_the_word_is_followed_by_keyboard_alone(visit):
    page = visit("/", lang="ko")
    with use("ko"):
        follow = _("How did it know? Follow the word")
    page.locator("h1").click()
    for _press in range(12):
        page.keyboard.press("Tab")
        if field(page).evaluate("field => field.getRootNode().activeElement === field"):
            break
    expect(field(page)).to_be_focused()
    page.keyboard.press("Control+a")
    page.keyboard.type("Romeo and")
    expect(bars(page).first).to_have_text("·Juliet97%")
    settle(page)
    link = page.get_by_role("link", name=follow)
    for _press in range(12):
        if link.evaluate("link => link === document.activeElement"):
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/tokenizer?*")
    settle(page)
    assert asked(page)["text"] == "Romeo and"
    expect(page.locator(".st-key-text textarea")).to_have_value("Romeo and")


def test_nothing_is_wider_than_the_window_and_the_bars_are_in_sight(visit):
    page = visit("/", lang="en", width=390)
    for width in (390, 1024, 1440):
        assert_fits(page, width)
    visit.move(page, "/", lang="ko")
    for width in (1440, 1024, 390):
        assert_fits(page, width)


def assert_fits(page: Page, width: int) -> None:
    if page.viewport_size["width"] != width:
        resize(page, width, HEIGHT_PX)
    main = page.get_by_test_id("stMain")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert main.evaluate("main => main.scrollWidth <= main.clientWidth")
    last = bars(page).last.bounding_box()
    assert last["y"] + last["height"] <= HEIGHT_PX
    cut = page.locator(".st-key-home_follow p:visible, .st-key-home_cards [data-card] *:visible").evaluate_all(
        "all => all.filter((each) => each.scrollWidth > each.clientWidth + 1).map((each) => each.textContent)"
    )
    assert cut == [], width
