"""What the Tab key reaches, and what it should."""

from __future__ import annotations

from typing import Final

from playwright.sync_api import Page

MOST_STOPS: Final = 400

# A group is one stop: Tab goes in and out, arrow keys move inside (ARIA Authoring Practices, "Keyboard navigation
# inside components"). The small buttons of a box repeat what the arrow keys do in its input: no stops of their own.
_TOOLS: Final = """
window.__tabOrder = (() => {
  const GROUPS = ["toolbar", "radiogroup", "tablist", "listbox", "grid", "menu"].map((role) => `[role=${role}]`).join()
  const BOXES = ".stSelectbox, .stMultiSelect, .stNumberInput"
  const CONTROLS = 'a[href], button, input:not([type="hidden"]), select, textarea, summary, [contenteditable], ' +
    "[role=slider], [role=combobox], [role=button], [role=tab], [role=checkbox], [role=switch]"
  const up = (element) => element.parentElement ?? element.getRootNode().host ?? null
  const closest = (element, selector) => {
    for (let at = element; at; at = up(at)) if (at.matches(selector)) return at
    return null
  }
  const stop = (element) => closest(element, GROUPS) ?? ((element.tabIndex < 0 && closest(element, BOXES)) || element)
  const visible = (element) => {
    const box = element.getBoundingClientRect()
    const drawn = element.matches("input") ? closest(element, "label") ?? element : element
    return box.width && box.height && drawn.checkVisibility({ opacityProperty: true, visibilityProperty: true }) &&
      !closest(element, "[inert], [aria-hidden=true], :disabled, [aria-disabled=true]")
  }
  const all = (root) => [...root.querySelectorAll("*")].flatMap((e) => [e, ...(e.shadowRoot ? all(e.shadowRoot) : [])])
  const describe = (element) =>
    `<${element.tagName.toLowerCase()} ${element.getAttribute("role") ?? element.type ?? ""}> ` +
    (element.getAttribute("aria-label") || element.textContent || element.id || element.className).trim().slice(0, 60)
  const reached = new Set()
  return {
    note: () => {
      let active = document.activeElement
      while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement
      if (!active || active === document.body) return null
      reached.add(stop(active))
      reached.add(closest(active, BOXES))
      return describe(active)
    },
    missed: () => [...new Set(all(document).filter((e) => e.matches(CONTROLS) && visible(e)).map(stop))]
      .filter((element) => !reached.has(element)).map(describe),
  }
})()
"""


def walk(page: Page) -> list[str]:
    """Press Tab on a page nobody has clicked yet, from its top to its end, and return what had the focus on the way."""
    page.evaluate(_TOOLS)
    stops = []
    for _press in range(MOST_STOPS):
        page.keyboard.press("Tab")
        stop = page.evaluate("__tabOrder.note()")
        if stop is None:  # past the last one: the browser's own bar comes next
            return stops
        stops.append(stop)
    raise AssertionError(f"Tab does not leave the page after {MOST_STOPS} stops; the last ones: {stops[-5:]}")


def missed(page: Page) -> list[str]:
    """Return the visible controls that `walk` did not reach."""
    found: list[str] = page.evaluate("__tabOrder.missed()")
    return found
