"""The catalog in Chromium: search, filter, open a record, compare, take a model apart; both languages, no network."""

from __future__ import annotations

import json
import re

from playwright.sync_api import expect

from tests.browser.chromium import settle


def test_a_filter_is_in_the_link_searching_narrows_the_list_and_a_card_opens_its_record(visit):
    page = visit("/catalog", view="table")
    page.get_by_role("combobox", name="Status").click()
    page.get_by_role("option", name="Legacy").click()
    settle(page)
    expect(page).to_have_url(re.compile("status=legacy"))
    visit.move(page, "/catalog", view="cards")
    page.get_by_label("Search", exact=True).fill("jurassic")
    page.keyboard.press("Enter")
    settle(page)
    expect(page.get_by_text("3 of 72 models")).to_be_visible()
    page.get_by_role("button", name="Jurassic-2", exact=True).click()
    settle(page)
    page.get_by_role("tab", name="Life").click()
    settle(page)
    expect(page.get_by_text("ai21.j2-ultra-v1")).to_be_visible()
    expect(page.get_by_text("ended on 2024-11-14")).to_be_visible()
    expect(page).to_have_url(re.compile("model=jurassic-2"))
    expect(page).to_have_url(re.compile("q=jurassic"))


def test_models_from_a_link_are_compared_and_exported_and_a_click_on_the_timeline_opens_a_record(visit):
    page = visit("/catalog", view="compare", compare="bert,flan-t5,gpt-oss-20b,sam")
    table = page.get_by_test_id("stTable").first
    expect(table).to_contain_text("Encoder-decoder")
    expect(table).to_contain_text("20.9B, 3.6B active per token")

    visit.move(page, "/catalog", family="falcon")
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as started:
        page.locator(".st-key-export_data button").click()
    document = json.loads(started.value.path().read_text("utf-8"))
    assert [one["id"] for one in document["result"]["models"]] == ["falcon", "falcon-180b", "falcon-3"]
    page.keyboard.press("Escape")

    visit.move(page, "/catalog", family="bloomz")
    chart = page.locator(".st-key-catalog_timeline")
    chart.locator(".scatterlayer .points path").first.click(force=True)
    expect(page).to_have_url(re.compile("model=bloomz"))
    expect(page.get_by_text("BigScience").first).to_be_visible()


def test_a_record_leads_to_its_parameters_and_into_the_playground_with_its_model(visit):
    page = visit("/catalog", model="llama-3")
    page.get_by_role("tab", name="Inside").click()
    settle(page)
    page.get_by_role("button", name="Where are its parameters?").click()
    settle(page)
    expect(page.locator(".st-key-catalog_treemap")).to_contain_text("mlp.gate_proj")
    expect(page.get_by_text("8,030,261,248")).to_be_visible()
    expect(page).to_have_url(re.compile("config=llama-3-8b"))

    visit.move(page, "/catalog", lang="ko", model="gpt-2")
    page.get_by_role("tab", name="써 보기").click()
    settle(page)
    page.get_by_role("link", name=re.compile("텍스트 생성 실습에서 써 보기")).last.click()
    settle(page)
    expect(page).to_have_url(re.compile(r"/generation\?.*model=gpt2"))
    expect(page.locator(".st-key-fetch_panel")).to_contain_text("GPT-2")


def test_on_a_phone_a_click_on_the_picture_sets_a_point_and_the_words_of_a_table_stay_in_one_piece(visit):
    page = visit("/catalog", lang="ko", view="segment", width=390)
    chart = page.locator(".st-key-catalog_segment")
    expect(page.get_by_text("물체를 클릭해 보세요")).to_be_visible()
    box = chart.locator(".plot-container").bounding_box()
    page.mouse.click(box["x"] + 100, box["y"] + 150)
    expect(chart.locator("path.point[style*='rgb(0, 158, 115)']")).to_have_count(1)
    expect(page.get_by_text("모델이 아직 이 컴퓨터에 없어요.")).to_be_visible()
    assert not page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")

    visit.move(page, "/catalog", lang="ko", view="compare")
    labels = page.get_by_test_id("stTable").locator("tbody th p")
    expect(labels.first).to_have_text("개발사")
    heights = labels.evaluate_all("all => all.map(label => label.getBoundingClientRect().height)")
    assert max(heights) < 50, "two words take two lines of about 20 pixels; broken at each letter they took five"
    assert not page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
