"""The page of masked language modelling as a student meets it: hide a word, fill it in, play the game."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.visitor import HEIGHT_PX

ADDRESS = "/masked-language-model"
CHIPS = ".st-key-masked_chips .chips .chip"


def test_the_candidates_are_on_the_first_screen_and_a_word_is_hidden_and_filled_with_three_clicks(visit):
    page = visit(ADDRESS, step="explore")
    for lang, likeliest in (("ko", "서울"), ("en", "paris")):
        visit.move(page, ADDRESS, lang=lang, step="explore")
        chart = page.locator(".st-key-masked_candidates .js-plotly-plot")
        expect(chart).to_contain_text(likeliest)
        box = chart.bounding_box()
        assert box["y"] + box["height"] < HEIGHT_PX

    visit.move(page, ADDRESS, text="The sky is blue.")
    page.locator(CHIPS).filter(has_text="blue").click()
    page.locator(".st-key-masked_hide button").click()
    field = page.locator(".st-key-text textarea")
    expect(field).to_have_value("The sky is [MASK].")
    page.locator(".st-key-masked_fill_0 button").click()
    expect(field).to_have_value("The sky is blue.")
