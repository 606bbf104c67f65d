"""The positional page as a student meets it: what is on the first screen, what hovering tells, what a key does."""

import re
import xml.etree.ElementTree as ET

import pytest
from playwright.sync_api import expect

from components.positional.schemes import sinusoidal_encoding
from tests.browser.chromium import settle
from tests.browser.visitor import HEIGHT_PX

ADDRESS = "/positional-encoding"
VIEW = "[data-testid=tensor-view]"
TABLE = f".st-key-positional_table {VIEW}"
READOUT = f"{TABLE} [data-part=readout]"


def test_the_table_of_every_scheme_is_on_the_first_screen_and_a_cell_names_its_wave(visit):
    page = visit(ADDRESS, scheme="rotary")
    for scheme in ("rotary", "learned", "alibi", "sinusoidal"):
        visit.move(page, ADDRESS, scheme=scheme)
        box = page.locator(TABLE).bounding_box()
        assert box["y"] + box["height"] < HEIGHT_PX
        assert box["width"] > 500
    box = page.locator(f"{TABLE} canvas.overlay").bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + box["height"] / 2)
    for word in ("position", "dimension", "radians a position", "wavelength", "value"):
        expect(page.locator(READOUT)).to_contain_text(word)


def test_every_number_can_be_read_back_from_the_browser(visit):
    page = visit(ADDRESS, d_model="8", length="6")
    view = page.locator(TABLE)
    view.focus()
    expected = sinusoidal_encoding(d_model=8, length=6, base=10_000, layout="interleaved").matrix
    view.press("ArrowRight")  # pins the first cell
    for row in range(6):
        for step in range(8):
            column = step if row % 2 == 0 else 7 - step
            expect(view).to_have_attribute("data-pinned", f"{row},{column}")
            assert page.locator(READOUT).get_attribute("data-exact") == "true"
            value = float(page.locator(READOUT).get_attribute("data-value"))
            assert value == pytest.approx(expected[row, column], abs=1e-6)
            view.press("ArrowDown" if step == 7 else "ArrowRight" if row % 2 == 0 else "ArrowLeft")

    visit.move(page, ADDRESS, d_model="256", length="200")  # a large table is exact too
    expect(page.locator(READOUT)).to_have_attribute("data-exact", "true")
    box = page.locator(f"{TABLE} canvas.overlay").bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.3, box["y"] + box["height"] * 0.6)
    expect(page.locator(TABLE)).to_have_attribute("data-pinned", re.compile(r"\d+,\d+"))
    row, column = map(int, page.locator(TABLE).get_attribute("data-pinned").split(","))
    expected = sinusoidal_encoding(d_model=256, length=200, base=10_000, layout="interleaved").matrix[row, column]
    expect(page.locator(READOUT)).to_have_attribute("data-exact", "true")
    assert float(page.locator(READOUT).get_attribute("data-value")) == pytest.approx(expected, abs=1e-6)


def test_positive_and_negative_numbers_have_the_two_ends_of_the_themes_scale(visit):
    page = visit(ADDRESS, theme="light")
    legend = page.locator(f"{TABLE} .legend canvas")
    for theme, ends in (("light", ("7f3b08", "053061")), ("dark", ("fdb863", "a6d3f2"))):
        page.emulate_media(color_scheme=theme)
        settle(page)
        colours = legend.evaluate("""canvas => {
          const pixel = x => [...canvas.getContext('2d').getImageData(x, 6, 1, 1).data].slice(0, 3)
          return [pixel(1), pixel(canvas.width - 2)]
        }""")
        for colour, end in zip(colours, ends, strict=True):
            assert colour == pytest.approx(list(bytes.fromhex(end)), abs=10)


def square_cells(canvas):
    """Say whether the frame around the cells is a square: the coloured part of the canvas, beside its labels."""
    box = canvas.bounding_box()
    edges = canvas.evaluate("""canvas => {
      const { width, height } = canvas
      const { data } = canvas.getContext('2d').getImageData(0, 0, width, height)
      const filled = (x, y) => data[4 * (y * width + x) + 3] > 0
      const rows = [...Array(height).keys()].filter(y => filled(width - 3, y))
      const columns = [...Array(width).keys()].filter(x => filled(x, height - 4))
      return [rows.at(-1) - rows[0], columns.at(-1) - columns[0]]
    }""")
    return box["width"] > 0 and edges[0] == pytest.approx(edges[1], abs=3)


def test_square_matrices_have_square_cells_and_the_shuffle_is_run_with_the_real_model(visit):
    page = visit(ADDRESS)
    for tab, chart in (("claims", "rotation"), ("comparison", "pairs_learned")):
        visit.move(page, ADDRESS, tab=tab)
        assert square_cells(page.locator(f".st-key-positional_{chart} canvas.cells"))
    visit.move(page, ADDRESS, tab="shuffle")
    expect(page.get_by_text("a sentence is a bag of words")).to_be_visible()


def test_a_key_moves_the_width_and_the_link_and_the_saved_figure_follow(visit):
    page = visit(ADDRESS)
    page.get_by_role("slider", name="Dimensions (d_model)").press("ArrowRight")
    settle(page)
    expect(page).to_have_url(re.compile("d_model=256"))
    box = page.locator(f"{TABLE} canvas.overlay").bounding_box()
    page.mouse.move(box["x"] + box["width"] - 2, box["y"] + box["height"] / 2)
    expect(page.locator(READOUT)).to_contain_text("dimension 255")
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as saved:
        page.get_by_role("button", name="Figure (SVG)").click()
    assert ET.parse(saved.value.path()).getroot().tag.endswith("svg")
