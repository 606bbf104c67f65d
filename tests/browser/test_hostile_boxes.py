"""The worst texts typed into every box of every concept page: they are shown, never run."""

from __future__ import annotations

import pytest

from components.registry import PAGES
from tests.browser.chromium import settle

CONCEPTS = [entry.slug for entry in PAGES if entry.concept]
# one text: each of them ends what may stand around it, and would leave a mark in the page that shows it
WORST = (
    "</script></style></textarea><img src=x onerror=window.top.broken=1><svg onload=window.top.broken=2> "
    "\"'><script>window.top.broken=3</script> [x](javascript:window.top.broken=4) `${window.top.broken=5}` "
    "{{7*7}} %s \\u202e $\\frac{1}{0}$ :material/home: &lt;b&gt;"
)


@pytest.mark.real_model
@pytest.mark.parametrize("slug", CONCEPTS)
def test_what_is_typed_into_a_box_never_runs(visit, slug):
    page = visit(f"/{slug}")
    main = page.get_by_test_id("stMain")
    boxes = main.locator("textarea:visible:enabled, input[type='text']:visible:enabled:not([role='combobox'])")
    for place in range(boxes.count()):
        box = boxes.nth(place)
        if not box.is_visible():  # what was typed before has closed its part of the page
            continue
        box.fill(WORST)
        box.press("Control+Enter")
        box.press("Enter")
        settle(page)
    for frame in page.frames:
        assert frame.evaluate("window.broken") is None
        assert frame.locator("img[src='x'], svg[onload], a[href^='javascript']").count() == 0
