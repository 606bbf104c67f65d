// The text itself, with arcs from one word to where the chosen head looks.
//
// The words are laid out by the browser: lines break, Korean and right-to-left text stand as they should. The arcs are
// drawn over them, from where each word came to lie.

import { element, svgElement } from "./dom.ts"
import { arcPath, type Box } from "./geometry.ts"
import type { Panel, Scene, Wishes } from "./panel.ts"
import type { Piece } from "./protocol.ts"
import { isDark } from "./scales.ts"
import { togglePin } from "./selection.ts"
import { placesOfMass, strongest } from "./tensor.ts"

const LEAST_ARC = 0.005
const LONG = 400

export class TextPanel implements Panel {
  readonly root = element("div", "text")
  private readonly lines = element("div", "lines")
  private readonly arcs = svgElement("svg", { class: "arcs", "aria-hidden": "true" })
  private queries: HTMLElement[] = []
  private keys: HTMLElement[] = []
  private laidOut = ""
  private scene: Scene | null = null

  constructor(private readonly wishes: Wishes) {
    const stack = element("div", "stack")
    stack.append(this.lines, this.arcs)
    this.root.append(stack)
    this.lines.onpointerover = (event) => this.wishes.hover(this.rowOf(event))
    this.lines.onpointerleave = () => this.wishes.hover(null)
    this.lines.onclick = (event) => {
      const cell = this.rowOf(event)
      if (cell !== null && this.scene !== null) this.wishes.select(togglePin(this.scene.selection, cell.row, null))
    }
  }

  draw(scene: Scene): void {
    const { header } = scene
    this.scene = scene
    if (this.laidOut !== header.id) {
      this.laidOut = header.id
      const isOneText = header.keyPieces.length === 0
      const paragraphs = [this.paragraph(header.pieces, "query")]
      if (!isOneText) paragraphs.push(this.paragraph(header.keyPieces, "key"))
      this.lines.replaceChildren(...paragraphs)
      const length = [...header.pieces, ...header.keyPieces].reduce((sum, piece) => sum + piece.text.length, 0)
      this.root.classList.toggle("long", length > LONG)
      this.queries = spansOf(paragraphs[0], header.rows.length)
      this.keys = isOneText ? this.queries : spansOf(paragraphs[1], header.columns.length)
    }
    this.drawHover(scene)
  }

  drawHover(scene: Scene): void {
    const { header, tensor, selection, theme, hovered } = scene
    const row = hovered?.row ?? selection.query
    for (const word of new Set([...this.queries, ...this.keys])) {
      word?.classList.remove("from")
      word?.style.removeProperty("background")
      word?.style.removeProperty("color")
    }
    this.arcs.replaceChildren()
    if (row === null || row >= this.queries.length) return
    const readings = tensor.row(selection.layer, selection.head, row)
    const [lowest, highest] = header.range
    const kept = new Set(placesOfMass(readings.map(({ value }) => value), scene.share))
    const largest = scene.isBright ? Math.max(...readings.map((each) => each.value)) || 1 : highest
    readings.forEach(({ value }, column) => {
      const word = this.keys[column]
      const level = Math.min(255, Math.round((255 * (value - lowest)) / (largest - lowest)))
      if (!word || level <= 2 || !kept.has(column)) return
      const [red, green, blue] = theme.sequential.subarray(level * 4, level * 4 + 3)
      word.style.background = `rgb(${red} ${green} ${blue})`
      word.style.color = isDark(theme.sequential, level) ? "#fff" : "#111"
    })
    const from = this.queries[row]
    if (!from) return
    from.classList.add("from")
    const around = this.lines.getBoundingClientRect()
    this.arcs.setAttribute("viewBox", `0 0 ${around.width} ${around.height}`)
    this.arcs.setAttribute("width", String(around.width))
    this.arcs.setAttribute("height", String(around.height))
    const boxOf = (word: HTMLElement): Box => {
      const box = word.getClientRects()[0] ?? word.getBoundingClientRect()
      return { left: box.left - around.left, top: box.top - around.top, width: box.width, height: box.height }
    }
    for (const { column, value } of strongest(readings, scene.most)) {
      const to = this.keys[column]
      if (!to || to === from || value <= LEAST_ARC || !kept.has(column)) continue
      const width = 1 + 4 * Math.min(1, value / largest)
      const opacity = 0.35 + 0.65 * Math.min(1, value / largest)
      this.arcs.append(
        svgElement("path", {
          d: arcPath(boxOf(from), boxOf(to)),
          fill: "none",
          stroke: theme.accent,
          "stroke-width": width.toFixed(2),
          "stroke-opacity": opacity.toFixed(2),
          "stroke-linecap": "round",
        }),
      )
    }
  }

  private paragraph(pieces: readonly Piece[], side: "query" | "key"): HTMLElement {
    const paragraph = element("p", "")
    paragraph.dir = "auto"
    for (const piece of pieces) {
      if (piece.token === null) {
        paragraph.append(piece.text)
        continue
      }
      const word = element("span", piece.special ? "word special" : "word", piece.text)
      word.dataset[side] = String(piece.token)
      if (piece.special) word.dir = "ltr" // so that [CLS] does not decide which way the text runs
      paragraph.append(word)
    }
    return paragraph
  }

  private rowOf(event: Event): { row: number; column: number } | null {
    const found = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-query]") : null
    return found === null ? null : { row: Number(found.dataset.query), column: -1 }
  }
}

function spansOf(paragraph: HTMLElement, count: number): HTMLElement[] {
  const spans = new Array<HTMLElement>(count)
  for (const word of paragraph.querySelectorAll<HTMLElement>(".word")) {
    spans[Number(word.dataset.query ?? word.dataset.key)] ??= word
  }
  // the bytes of one character are several tokens and one piece of text
  for (let place = 1; place < count; place += 1) spans[place] ??= spans[place - 1]
  return spans
}
