// The way of a text through the model: each stage is a link. A plain click presses Streamlit's own link to the same page,
// which keeps the session; without one, or into another tab, the browser follows the address.
function node(tag, className, text) {
  const element = document.createElement(tag)
  element.className = className
  if (text !== undefined) element.textContent = text
  return element
}

function drawStage(stage) {
  const link = node("a", "stage")
  const base = globalThis.location.pathname.replace(/[^/]*$/, "")
  link.href = `${base}${stage.slug}?${new URLSearchParams(stage.parameters)}`
  link.dataset.stage = stage.name
  link.onclick = (event) => {
    const ways = document.querySelectorAll('.st-key-home_ways [data-testid="stPageLink"]')
    const way = ways[stage.way]?.querySelector("a") ?? null
    if (way === null || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return
    event.preventDefault()
    way.click()
  }
  link.append(node("span", "name", stage.title))
  const body = node("span", "body")
  if (stage.big) body.append(node("span", "big", stage.big))
  if (stage.layers) {
    const layers = node("span", "layers")
    for (let layer = 0; layer < stage.layers; layer += 1) layers.append(node("span", "layer"))
    body.append(layers)
  }
  if (stage.chips.length > 0) {
    const chips = node("span", "chips")
    chips.append(...stage.chips.map((chip) => drawChip(chip)))
    body.append(chips)
  }
  link.append(body, node("span", "words", stage.words), node("span", "to", stage.to))
  return link
}

function drawChip({ label, id }) {
  const chip = node("span", id === null ? "chip plain" : "chip")
  chip.append(node("span", "label", label))
  if (id !== null) {
    chip.style.setProperty("--hue", `${(id * 137.508) % 360}`)
    chip.append(node("span", "id", String(id)))
  }
  return chip
}

export default function ({ data: [data], parentElement }) {
  const list = parentElement.querySelector("ol")
  list.setAttribute("aria-label", data.label)
  const active = list.getRootNode().activeElement
  const focused = [...list.children].findIndex((item) => item.contains(active))
  list.replaceChildren(
    ...data.stages.map((stage) => {
      const item = document.createElement("li")
      item.append(drawStage(stage))
      return item
    }),
  )
  list.children[focused]?.firstChild.focus()
}
