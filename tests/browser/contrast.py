"""How well words stand out from what is behind them, as WCAG 2.2 measures it (success criterion 1.4.3)."""

from __future__ import annotations

from typing import Final

from playwright.sync_api import Page

# Of each piece of text that is seen: its colour over the backgrounds of what holds it. Text that stands on a picture
# (inside a bar, on a canvas) is left out: what is behind it is no background that can be asked for. Disabled controls
# are exempt in WCAG.
_FAINT: Final = """
(least) => {
  const channels = (colour) => {
    const canvas = (window.__contrast ??= new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true }))
    canvas.clearRect(0, 0, 1, 1)
    canvas.fillStyle = colour
    canvas.fillRect(0, 0, 1, 1)
    const [red, green, blue, alpha] = canvas.getImageData(0, 0, 1, 1).data
    return [red, green, blue, alpha / 255]
  }
  const over = (top, below) => top.slice(0, 3).map((value, at) => value * top[3] + below[at] * (1 - top[3])).concat(1)
  const luminance = (colour) => colour.slice(0, 3)
    .map((value) => value / 255).map((value) => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
    .reduce((sum, value, at) => sum + value * [0.2126, 0.7152, 0.0722][at], 0)
  const up = (element) => element.assignedSlot ?? element.parentElement ?? element.getRootNode().host ?? null
  const behind = (element) => {
    const layers = []
    const box = element.getBoundingClientRect()
    for (let at = element; at; at = up(at)) {
      const holds = at.getBoundingClientRect() // the number of a slider stands above the knob that it belongs to
      const apart = holds.height < 40 && (box.bottom <= holds.top || box.top >= holds.bottom)
      if (!apart) layers.push(channels(getComputedStyle(at).backgroundColor))
    }
    return layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255, 1])
  }
  const opacity = (element) => {
    let all = 1
    for (let at = element; at; at = up(at)) all *= getComputedStyle(at).opacity
    return all
  }
  const found = {}
  const check = (element, text) => {
    const box = element.getBoundingClientRect()
    if (!box.width || !box.height || !element.checkVisibility({ visibilityProperty: true })) return
    if (element.closest(":disabled, [aria-disabled='true'], [data-disabled]")) return
    const svg = element.closest("svg")
    if (svg && element.closest(".bartext-inside, .slicetext, .trace, .heatmaplayer, .treemaplayer")) return
    const style = getComputedStyle(element)
    const ground = behind(svg ?? element)
    const colour = channels(svg ? style.fill : style.color)
    colour[3] *= opacity(element)
    if (!colour[3]) return
    const [light, dark] = [luminance(over(colour, ground)), luminance(ground)].sort((a, b) => b - a)
    const ratio = (light + 0.05) / (dark + 0.05)
    const size = parseFloat(style.fontSize)
    const large = size >= 24 || (size >= 18.66 && style.fontWeight >= 600)
    if (ratio < (large ? 3 : least) - 0.005)
      found[`${ratio.toFixed(2)} ${size} px ${element.tagName} ${element.closest("[data-testid]")?.dataset.testid}`]
        ??= text.slice(0, 40)
  }
  const walk = (root) => {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT)
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (node.shadowRoot) walk(node.shadowRoot)
      const [text, holder] = [node.textContent.trim(), node.parentElement]
      if (node.nodeType !== Node.TEXT_NODE || !text || !holder) continue
      if (!["STYLE", "SCRIPT"].includes(holder.tagName)) check(holder, text)
    }
  }
  walk(document.body)
  return found
}
"""


def find_faint_text(page: Page, least: float = 4.5) -> dict[str, str]:
    """Return the text with less contrast than that, by ratio, size and element. Large text may have 3 to 1."""
    found: dict[str, str] = page.evaluate(_FAINT, least)
    return found
