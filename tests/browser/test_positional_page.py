"""The positional page as a student meets it: what is on the first screen, what hovering tells, what a key does."""

import re
import xml.etree.ElementTree as ET

import pytest
from playwright.sync_api import expect

from tests.browser.chromium import settle
from tests.browser.visitor import HEIGHT_PX

ADDRESS = "/positional-encoding"
TABLE = ".st-key-positional_table .js-plotly-plot"
TAB_NUMBERS = {"claims": 1, "addition": 2, "comparison": 3, "shuffle": 4}


@pytest.mark.parametrize("scheme", ["sinusoidal", "learned", "rotary", "alibi"])
def test_the_table_is_on_the_first_screen(visit, scheme):
    box = visit(ADDRESS, scheme=scheme).locator(TABLE).bounding_box()
    assert box["y"] + box["height"] < HEIGHT_PX
    assert box["width"] > 500


def test_hovering_a_cell_names_its_wave(visit):
    page = visit(ADDRESS)
    box = page.locator(f"{TABLE} .nsewdrag").bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + box["height"] / 2)
    label = page.locator(f"{TABLE} .hoverlayer")
    for word in ("position", "dimension", "radians a position", "wavelength", "value"):
        expect(label).to_contain_text(word)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_positive_and_negative_numbers_have_the_two_ends_of_the_themes_scale(visit, theme):
    scale = visit(ADDRESS, theme=theme).locator(TABLE).evaluate("plot => plot._fullData[0].colorscale")
    ends = {"light": ("#7f3b08", "#053061"), "dark": ("#fdb863", "#a6d3f2")}[theme]
    assert (scale[0][1].lower(), scale[-1][1].lower()) == ends


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("lang", ["en", "ko"])
def test_no_tab_is_wider_than_the_screen(visit, width, lang):
    page = visit(ADDRESS, width=width, lang=lang, length="24")
    for tab in TAB_NUMBERS.values():
        page.get_by_role("tab").nth(tab).click()
        settle(page)
        assert page.get_by_test_id("stMain").evaluate("main => main.scrollWidth <= main.clientWidth")


def test_square_matrices_have_square_cells(visit):
    page = visit(ADDRESS)
    for tab, chart in ((1, "rotation"), (3, "pairs_learned")):
        page.get_by_role("tab").nth(tab).click()
        settle(page)
        box = page.locator(f".st-key-positional_{chart} .nsewdrag").bounding_box()
        assert box["width"] == pytest.approx(box["height"], abs=1.5)


def test_a_key_moves_the_width_and_the_link_follows(visit):
    page = visit(ADDRESS)
    page.get_by_role("slider", name="Dimensions (d_model)").press("ArrowRight")
    settle(page)
    expect(page).to_have_url(re.compile("d_model=256"))
    assert page.locator(TABLE).evaluate("plot => plot.data[0].x.length") == 256


def test_a_step_of_the_path_sets_the_page_up(visit):
    page = visit(ADDRESS)
    page.get_by_role("button", name="Show me").nth(3).click()
    settle(page)
    expect(page.get_by_text("Each row was learned by Classroom BERT")).to_be_visible()
    expect(page).to_have_url(re.compile("scheme=learned"))


def test_the_shuffle_is_run_with_the_real_model(visit):
    page = visit(ADDRESS)
    page.get_by_role("tab").nth(TAB_NUMBERS["shuffle"]).click()
    settle(page)
    page.get_by_role("button", name="Run the model").click()
    expect(page.get_by_text("a sentence is a set of words")).to_be_visible(timeout=60_000)


def test_the_figure_is_saved_as_svg(visit, tmp_path):
    page = visit(ADDRESS)
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as saved:
        page.get_by_role("button", name="Figure (SVG)").click()
    saved.value.save_as(tmp_path / "figure.svg")
    assert ET.parse(tmp_path / "figure.svg").getroot().tag.endswith("svg")
