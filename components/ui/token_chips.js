// Everything is built with textContent: a token is never read as HTML.
// The component is asked to draw again after every rerun; the pinned chip lives in its own state.
const GOLDEN_ANGLE = 137.508

function node(tag, className, text) {
  const element = document.createElement(tag)
  element.className = className
  if (text !== undefined) element.textContent = text
  return element
}

export default function ({ data, parentElement, setStateValue }) {
  const text = parentElement.querySelector(".text")
  const row = parentElement.querySelector(".chips")
  const previous = parentElement.pinned ?? null
  let pinned = previous !== null && previous < data.chips.length ? previous : null

  row.setAttribute("aria-label", data.label)
  text.setAttribute("aria-label", data.textLabel)
  text.hidden = data.pieces.length === 0

  const hue = (chip) => `${(chip.ids[0] * GOLDEN_ANGLE) % 360}`
  const chips = data.chips.map((chip, index) => {
    const button = node("button", "chip")
    button.type = "button"
    button.dataset.chip = index
    button.classList.toggle("special", chip.special)
    button.classList.toggle("bare", chip.ids.length === 0)
    button.classList.toggle("marked", chip.marked)
    button.style.setProperty("--hue", hue(chip))
    button.append(node("span", "label", chip.label))
    if (chip.ids.length > 0) button.append(node("span", "ids", chip.ids.join(" ")))
    button.tabIndex = index === (pinned ?? 0) ? 0 : -1
    // on each chip: Chromium knows no "onfocusin", and "focus" does not bubble up to the row
    button.onfocus = () => light(index, true)
    button.onblur = () => light(index, false)
    return button
  })
  row.replaceChildren(...chips)
  text.replaceChildren(
    ...data.pieces.map((piece) => {
      if (piece.chip === null) return document.createTextNode(piece.text)
      const span = node("span", "piece", piece.text)
      span.dataset.chip = piece.chip
      span.classList.toggle("marked", data.chips[piece.chip].marked)
      span.style.setProperty("--hue", hue(data.chips[piece.chip]))
      return span
    }),
  )

  const each = (index) => parentElement.querySelectorAll(`[data-chip="${index}"]`)
  const light = (index, on) => each(index).forEach((element) => element.classList.toggle("lit", on))
  const indexOf = (event) => event.target.closest?.("[data-chip]")?.dataset.chip
  const show = () =>
    chips.forEach((chip, index) => {
      chip.setAttribute("aria-pressed", index === pinned)
      each(index).forEach((element) => element.classList.toggle("pinned", index === pinned))
    })
  const pin = (index) => {
    pinned = pinned === index ? null : index
    parentElement.pinned = pinned
    show()
    setStateValue("pinned", pinned)
  }
  show()

  for (const area of [text, row]) {
    area.onpointerover = (event) => indexOf(event) && light(indexOf(event), true)
    area.onpointerout = (event) => indexOf(event) && light(indexOf(event), false)
    area.onclick = (event) => indexOf(event) && pin(Number(indexOf(event)))
  }
  // one tab stop for the whole row, arrow keys inside it
  row.onkeydown = (event) => {
    const last = chips.length - 1
    const here = Number(indexOf(event))
    const next = { ArrowRight: here + 1, ArrowLeft: here - 1, Home: 0, End: last }[event.key]
    if (next === undefined || next < 0 || next > last) return
    event.preventDefault()
    chips[here].tabIndex = -1
    chips[next].tabIndex = 0
    chips[next].focus()
  }
}
