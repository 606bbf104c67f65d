"""BertViz's views in a real browser with no network: they draw, they stay quiet, a token stays text."""

import numpy as np
import pytest

from components.attention.bertviz_html import Labels, head_view, lines, model_view, neuron_view

VIEWS = ("head", "model", "neuron")
HOSTILE = "</script><img src=x onerror=window.broken=1>"
TOKENS = ["[CLS]", "i", HOSTILE, "[SEP]", "novel"]
WEIGHTS = np.random.default_rng(0).dirichlet(np.full(5, 0.3), size=(2, 3, 5))
WEIGHTS[:, :, 0] = [0, 0, 0, 0, 1]


def made(view, *, dark=True):
    labels = Labels(TOKENS, TOKENS, second_from=3)
    if view == "head":
        return head_view(WEIGHTS[1], labels, layer=1, heads=[2], dark=dark)
    if view == "model":
        return model_view(WEIGHTS, labels, layers=[0, 1], dark=dark)
    vectors = np.random.default_rng(1).normal(size=(3, 5, 8))
    return neuron_view(WEIGHTS[1], vectors, vectors, labels, layer=1, head=2, causal=False, dark=dark)


@pytest.fixture
def opened(browser):
    """Draw a view without a network; what it asks for and what fails is written on the page object."""
    context = browser.new_context(viewport={"width": 1100, "height": 800}, offline=True)

    def open_view(view, *, dark=True):
        page = context.new_page()
        page.asked, page.faults = [], []
        page.on("request", lambda asked: page.asked.append(asked.url))
        page.on("pageerror", lambda fault: page.faults.append(str(fault)))
        page.set_content(made(view, dark=dark).html)
        page.wait_for_selector("html[data-drawn]", state="attached")
        return page

    yield open_view
    context.close()


@pytest.mark.parametrize(
    ("view", "selector", "shown"),
    [
        ("head", "#attention line", WEIGHTS[1]),
        ("model", "#vis line", WEIGHTS),
        ("neuron", "#collapsed .attn-line-group line", WEIGHTS[1, 2]),
    ],
)
def test_a_view_draws_what_can_be_seen_fetches_nothing_and_shows_a_hostile_token_as_text(opened, view, selector, shown):
    page = opened(view)
    assert page.locator(selector).count() == lines(shown) < shown.size
    before = page.locator("#vis line").count()
    page.select_option("#filter", index=3)
    assert 0 < page.locator("#vis line").count() < before, "from one text to the other: only its lines"
    page.select_option("#filter", index=0)
    if view == "model":
        page.locator("#vis rect[style*='opacity: 0']").first.click()
    else:
        assert page.locator("#layer option").all_text_contents() == ["1"], "the real number of the layer"
    assert page.locator("#vis text", has_text=HOSTILE).count() > 0
    assert page.locator("img").count() == 0
    assert page.evaluate("window.broken") is None
    assert [url for url in page.asked if not url.startswith(("data:", "about:"))] == []
    assert page.faults == []


def test_an_opacity_on_the_screen_is_the_weight(opened):
    shown = (
        opened("head")
        .locator("#attention .headAttention[head-index='2'] line")
        .evaluate_all(
            """found => found.map(line => [
            +line.getAttribute("left-token-index"), +line.getAttribute("right-token-index"),
            +line.getAttribute("stroke-opacity")])"""
        )
    )
    assert len(shown) == lines(WEIGHTS[1, 2])
    for query, key, opacity in shown:
        assert opacity == pytest.approx(WEIGHTS[1, 2, query, key], abs=0.5 / 255 + 1e-6)


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_stands_on_the_ground_of_the_page_around_it(opened, view):
    for dark, ground in ((True, "rgb(18, 23, 29)"), (False, "rgb(255, 255, 255)")):
        page = opened(view, dark=dark)
        assert page.evaluate("getComputedStyle(document.querySelector('body > div')).backgroundColor") == ground


@pytest.mark.parametrize(("view", "zoom"), [("neuron", 0.75), ("model", 390 / 980)])
def test_on_a_phone_an_overview_shrinks_and_a_view_one_reads_scrolls(opened, view, zoom):
    page = opened(view)
    page.set_viewport_size({"width": 390, "height": 800})
    page.wait_for_function(
        "wanted => Math.abs(document.querySelector('body > div').style.zoom - wanted) < 0.01", arg=zoom
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
