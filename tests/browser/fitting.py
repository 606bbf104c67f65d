"""Whether a page fits its window, and words their boxes."""

from __future__ import annotations

from playwright.sync_api import Page

# What sticks out to the right of the window and is in no box that scrolls sideways can't be reached by anyone.
CUT = """
() => [...document.querySelectorAll('[data-testid="stMain"] *')].filter((element) => {
  const box = element.getBoundingClientRect()
  if (!box.width || !box.height || box.right <= innerWidth + 1 || !element.checkVisibility()) return false
  for (let at = element.parentElement; at && at.dataset.testid !== "stMain"; at = at.parentElement)
    if (/auto|scroll/.test(getComputedStyle(at).overflowX) || getComputedStyle(at).clip !== "auto") return false
  return true
}).map((element) => `${element.tagName} ${element.className} ${element.textContent.slice(0, 40)}`).slice(0, 5)
"""

# words that a box cuts off, or that are broken in the middle of a button
CUT_WORDS = """
() => [...document.querySelectorAll('[data-testid="stMain"] :is(button, [role="tab"]) p')].filter((text) => {
  if (!text.checkVisibility() || !text.getBoundingClientRect().width) return false
  const label = text.getBoundingClientRect()
  const control = text.closest('button, [role="tab"]').getBoundingClientRect()
  return text.scrollWidth > text.clientWidth + 1 || label.right > control.right + 1
}).map((text) => text.textContent)
"""


def assert_fits(page: Page, width: int) -> None:
    """Nothing is wider than the window, and nothing out of reach beside it."""
    for scroller in ("document.documentElement", "document.querySelector('[data-testid=\"stMain\"]')"):
        assert page.evaluate(f"{scroller}.scrollWidth") <= width
    assert page.evaluate(CUT) == []


def cut_words(page: Page) -> list[str]:
    """Return what buttons and tabs say, of those whose words have no room."""
    found: list[str] = page.evaluate(CUT_WORDS)
    return found
