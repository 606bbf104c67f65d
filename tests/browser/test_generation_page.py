"""The playground as a student meets it: text that streams, Stop, clicks on tokens, links, hostile prompts, a phone."""

import re

import pytest
from playwright.sync_api import expect

from components.generation.views import anatomy, search
from tests.browser.chromium import settle

pytestmark = pytest.mark.real_model

HOSTILE = "</script><img src=x onerror=window.top.broken=1> <b>bold</b> [x](javascript:alert(1)) $\\frac{1}{0}$"
LONG = "512"


def generate(page):
    page.get_by_role("button", name="Generate").click()
    settle(page)
    expect(page.locator(".heat .token").first).to_be_visible()
    return page


def start_a_long_run(page):
    """Start a run that is not over soon, and return once its text grows."""
    page.get_by_role("button", name="Generate").click()
    expect(page.locator(".st-key-generation_stop button")).to_be_visible()
    expect(page.get_by_text("▌")).to_be_visible()


def written(page):
    """Return how many tokens a run that was ended by its reader left on the page."""
    expect(page.get_by_text("stopped by you")).to_be_visible()
    return page.locator(".heat .token").count()


def test_what_comes_next_is_in_sight_before_and_what_was_written_after_a_run_that_was_ended(visit):
    """By its button, and by another page."""
    page = visit("/generation", step="explore")
    box = page.locator(".st-key-generation_anatomy .js-plotly-plot").bounding_box()
    assert box["y"] + box["height"] <= 900
    visit.move(page, "/generation", max_new_tokens=LONG, prompt="This movie was", seed="3")
    start_a_long_run(page)
    page.locator(".st-key-generation_stop button").click()
    settle(page)
    assert 0 < written(page) < int(LONG)
    visit.move(page, "/generation", max_new_tokens=LONG, prompt="This movie is", seed="3")
    expect(page.get_by_text("stopped by you")).to_be_hidden()
    start_a_long_run(page)
    page.get_by_role("link", name="Tokenizer explorer").first.click()
    settle(page)
    page.go_back()  # the menu leads to the guide, Back to what was there
    settle(page)
    assert 0 < written(page) < int(LONG)


def test_the_address_opens_what_was_set_a_token_opens_its_step_and_a_branch_leaves_the_first_text(visit):
    page = visit("/generation", strategy="greedy", max_new_tokens="8")
    page.get_by_role("radio", name="Sample").click()
    page.wait_for_url(lambda url: "strategy" not in url)
    settle(page)
    assert "max_new_tokens=8" in page.url
    page.reload()
    settle(page)
    tokens = generate(page).locator(".heat .token")
    expect(tokens).to_have_count(8)

    name = tokens.nth(3).text_content().strip()
    tokens.nth(3).click()
    settle(page)
    expect(tokens.nth(3)).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".st-key-view_steps").get_by_text(re.compile(rf"Step 3: .*{re.escape(name)}"))).to_be_visible()

    first = page.locator(".heat").text_content()
    page.get_by_role("button", name="Branch", exact=True).click()
    settle(page)
    expect(page.locator(".heat")).not_to_have_text(first)
    page.get_by_role("radio", name="Branches").click()
    settle(page)
    page.locator(".st-key-generation_shown_branch label").filter(has_text=re.compile("^0 ·")).click()
    settle(page)
    expect(page.locator(".heat")).to_have_text(first)


def test_a_hostile_prompt_is_only_text(visit):
    page = generate(visit("/generation", prompt=HOSTILE, max_new_tokens="4"))
    assert page.evaluate("window.broken") is None
    assert page.locator("img[src='x']").count() == 0
    assert page.locator("a[href^='javascript']").count() == 0
    expect(page.locator(".heat .prompt")).to_have_text(HOSTILE)


def test_settings_are_written_side_by_side(visit):
    page = visit("/generation", max_new_tokens="6")
    page.get_by_role("radio", name="Compare").click()
    settle(page)
    page.get_by_role("button", name="Write side by side").click()
    settle(page)
    for number in (1, 2):
        title = re.compile(rf"^{number} · Classroom GPT-2")
        expect(page.get_by_role("strong").filter(has_text=title)).to_be_visible()


def test_on_a_phone_nothing_sticks_out_and_a_wide_drawing_is_scrolled_in_its_place(visit):
    page = visit("/generation", width=390, run="1", max_new_tokens="6", tab="search")
    for lang, tab, chart, least_px in (
        ("en", "search", search.CHART, search.STEP_PX * 6),
        ("ko", "steps", anatomy.CHART, anatomy.TOKENS_PX + anatomy.STAGE_PX * 3),
    ):
        visit.move(page, "/generation", lang=lang, run="1", max_new_tokens="6", tab=tab)
        place = page.locator(f".st-key-{chart}")
        expect(place.locator("svg.main-svg").first).to_have_css("width", f"{least_px}px")
        assert place.evaluate("place => place.clientWidth") < least_px
        widest = page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
        assert widest <= 390
