"""A button that saves a chart as SVG in the browser: what is saved is what is seen, and it needs no network."""

from __future__ import annotations

from typing import Final

import streamlit as st

# Plotly draws a chart as several <svg> layers on top of each other; the file is these layers in one <svg>.
_SCRIPT: Final = """
export default function ({ data, parentElement }) {
  const button = parentElement.querySelector("button")
  const note = parentElement.querySelector("p")
  button.querySelector("span").textContent = data.label
  button.onclick = () => {
    const plot = document.querySelector(`.st-key-${CSS.escape(data.chart)} .js-plotly-plot`)
    note.textContent = plot ? "" : data.missing
    if (!plot) return
    const title = document.querySelector(`.st-key-${CSS.escape(data.chart)}`).previousElementSibling
      ?.querySelector(".chart-title")
    const above = title ? 36 : 0
    const { offsetWidth: width, offsetHeight } = plot
    const height = offsetHeight + above
    const page = document.createElementNS("http://www.w3.org/2000/svg", "svg")
    for (const [name, value] of Object.entries({
      xmlns: "http://www.w3.org/2000/svg", width, height, viewBox: `0 0 ${width} ${height}`,
    })) page.setAttribute(name, value)
    const ground = document.createElementNS("http://www.w3.org/2000/svg", "rect")
    ground.setAttribute("width", "100%")
    ground.setAttribute("height", "100%")
    ground.setAttribute("fill", getComputedStyle(document.querySelector(".stApp")).backgroundColor)
    page.append(ground)
    if (title) {
      const words = document.createElementNS("http://www.w3.org/2000/svg", "text")
      const { color, fontFamily } = getComputedStyle(title)
      for (const [name, value] of Object.entries({
        x: 8, y: 24, fill: color, "font-family": fontFamily, "font-size": 16, "font-weight": 600,
      })) words.setAttribute(name, value)
      words.textContent = title.textContent
      page.append(words)
    }
    for (const layer of plot.querySelectorAll(".main-svg")) {
      const copy = layer.cloneNode(true)
      copy.setAttribute("y", above)
      page.append(copy)
    }
    const link = document.createElement("a")
    link.href = URL.createObjectURL(
      new Blob([new XMLSerializer().serializeToString(page)], { type: "image/svg+xml" }))
    link.download = data.file
    link.click()
    URL.revokeObjectURL(link.href)
  }
}
"""

_HTML: Final = """
<button type="button"><span></span></button>
<p role="status"></p>
"""

_CSS: Final = """
button { width: 100%; min-height: 2.5rem; padding: .25rem .75rem; font: inherit; color: inherit; cursor: pointer;
  background: transparent; border: 1px solid var(--st-border-color); border-radius: var(--st-button-radius); }
button:hover, button:focus-visible { color: var(--st-primary-color); border-color: var(--st-primary-color); }
p { margin: .25rem 0 0; font-size: .875rem; }
p:empty { display: none; }
"""

_button = st.components.v2.component("chart_download", html=_HTML, css=_CSS, js=_SCRIPT)


def chart_download(label: str, *, key: str, chart_key: str, file_name: str, missing: str) -> None:
    """Show the button.

    Parameters
    ----------
    chart_key
        Key of the `charts.draw` on the same page.
    missing
        What to say when that chart is not on the screen.
    """
    _button(data={"label": label, "chart": chart_key, "file": file_name, "missing": missing}, key=key)
