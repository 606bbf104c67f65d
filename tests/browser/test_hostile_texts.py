"""The worst texts, in the link of a page and typed into every box of it: they are shown, never run."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from components.core.parameters import Text
from components.registry import PAGES, pages_for
from tests.app.opening import example_of, parameters_of
from tests.browser.chromium import settle

# each part ends what may stand around it, and would leave a mark in the page that runs it
WORST = (
    "<img src=x onerror='top.broken=1'> <svg onload='top.broken=2'> </script></style></textarea><script>top.broken=3"
    '</script> "\'><iframe srcdoc="<script>top.broken=4</script>"> <a href="javascript:top.broken=5">x</a> '
    "![x](http://example.org/x.png) [x](javascript:top.broken=6) `${top.broken=7}` {{7*7}} %s ]]> --> \\u003cscript> "
    "\\u202e $\\frac{1}{0}$ :material/home: &lt;b&gt;"
)
CONCEPTS = [entry.slug for entry in PAGES if entry.concept]


@pytest.mark.real_model
@pytest.mark.parametrize("slug", [entry.slug for entry in pages_for(None)], ids=lambda slug: slug or "home")
def test_what_is_in_a_link_or_typed_into_a_box_never_runs(visit, slug):
    linked = {each.name: WORST[: each.most_chars] for each in parameters_of(slug) if isinstance(each, Text)}
    if not linked and slug not in CONCEPTS:
        return
    page = visit(f"/{slug}", **linked)
    if not set(linked.values()) <= fields_of(page):
        page = visit(f"/{slug}", **linked, **example_of(slug))
    main = page.get_by_test_id("stMain")
    expect(page.locator("h1")).to_have_count(1)
    assert main.locator('[data-testid="stAlertContentError"], [data-testid="stException"]').all_inner_texts() == []
    assert set(linked.values()) <= fields_of(page)  # it did arrive
    assert_nothing_ran(page)
    boxes = main.locator("textarea:visible:enabled, input[type='text']:visible:enabled:not([role='combobox'])")
    for place in range(boxes.count()):
        box = boxes.nth(place)
        if not box.is_visible():  # what was typed before has closed its part of the page
            continue
        box.fill(WORST)
        box.press("Control+Enter")
        box.press("Enter")
        settle(page)
    assert_nothing_ran(page)


def fields_of(page):
    """Return what is in the text fields of a page."""
    return set(page.locator("textarea, input[type=text]").evaluate_all("fields => fields.map((field) => field.value)"))


def assert_nothing_ran(page):
    for frame in page.frames:
        assert frame.evaluate("window.broken") is None
        assert frame.locator("img[src='x'], svg[onload], a[href^='javascript']").count() == 0
