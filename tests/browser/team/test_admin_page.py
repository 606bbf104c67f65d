"""The admin page in Chromium: what was used stands there, a model leaves the memory, a phone has room for it."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.chromium import settle

WIDER_THAN_THE_WINDOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def tab(page: Page, name: str) -> None:
    page.get_by_role("tab", name=name, exact=True).click()
    settle(page)


def test_an_admin_sees_what_is_used_and_unloads_a_model_whose_page_is_open(people):
    student = people.signed_in("mina", "/generation", run="1", max_new_tokens="4")
    student.get_by_role("button", name="Generate").click()  # in a team a link does not do it
    tokens = student.locator(".heat .token")
    expect(tokens).to_have_count(4)
    settle(student)  # a model that still loads would come back after it was unloaded

    page = people.signed_in("head", "/admin")
    unload = page.locator(".st-key-admin_unload_classroom-gpt2 button")
    unload.click()
    expect(unload).to_have_count(0)
    tab(page, "Usage and limits")
    assert int(page.get_by_test_id("stMetricValue").nth(1).inner_text().replace(",", "")) >= 4

    student.get_by_role("button", name="Try again").click()  # a visitor who needs the model gets it again
    settle(student)
    expect(tokens).to_have_count(4)
    assert student.locator("[data-testid=stAlertContentError]").count() == 0


def test_on_a_phone_in_korean_every_tab_fits(people):
    page = people.signed_in("head", "/admin", lang="ko", width=390)
    menu = page.locator("[class*='st-key-narrow_'] input")
    for place in range(6):
        menu.click()
        choices = page.get_by_role("option")
        expect(choices).to_have_count(6)
        choices.nth(place).click()
        settle(page)
        assert page.evaluate(WIDER_THAN_THE_WINDOW) <= 0, place
