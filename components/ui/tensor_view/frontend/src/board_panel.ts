// A grid of cells with a text each, shaded by a number: what a model would say at each token and depth.

import { decimals, element, prepare } from "./dom.ts"
import { Legend } from "./legend.ts"
import type { Panel, Scene, Wishes } from "./panel.ts"
import { chosenFace } from "./protocol.ts"
import { isDark, parseColour } from "./scales.ts"
import { pinCell, type Cell } from "./selection.ts"

const HEAD_HEIGHT = 28
const MOST_ROW = 28
const LEAST_ROW = 20
const MOST_HEIGHT = 520
const LEAST_COLUMN = 50
const MOST_COLUMN = 120
const FONT_SIZE = 13
const FADED = 0.3

export class BoardPanel implements Panel {
  readonly root = element("div", "board")
  private readonly labels = element("canvas", "labels")
  private readonly canvas = element("canvas", "cells")
  private readonly overlay = element("canvas", "overlay")
  private readonly legend = new Legend()
  private readonly unfolded = new Set<string>()
  private inSight: number | null = null
  private left = 0
  private cell = 0
  private rowHeight = MOST_ROW
  private shown: number[] = []
  private scene: Scene | null = null

  constructor(private readonly wishes: Wishes) {
    const stack = element("div", "stack")
    stack.append(this.canvas, this.overlay)
    const wide = element("div", "wide")
    wide.append(this.labels, stack)
    this.root.append(wide, this.legend.root)
    this.overlay.onpointermove = (event) => this.wishes.hover(this.cellOf(event))
    this.overlay.onpointerleave = () => this.wishes.hover(null)
    this.overlay.onclick = (event) => {
      const at = this.cellOf(event)
      if (at === null || this.scene === null) return
      const { header, selection } = this.scene
      this.wishes.select(pinCell(selection, at.row, at.column, header))
    }
    this.labels.onclick = (event) => this.onLabel(event)
  }

  draw(scene: Scene): void {
    const { header, tensor, theme, selection } = scene
    const { face, head } = chosenFace(header, selection)
    const pinned = selection.query === null ? undefined : header.rows[selection.query]?.group
    if (header.folds && pinned !== undefined && !this.rowsShown(scene).includes(selection.query ?? 0)) this.unfolded.add(pinned)
    this.scene = scene
    this.shown = this.rowsShown(scene)
    this.rowHeight = Math.min(Math.max(Math.floor(MOST_HEIGHT / this.shown.length), LEAST_ROW), MOST_ROW)
    const measure = this.canvas.getContext("2d")
    if (measure === null) return
    measure.font = `${FONT_SIZE}px ${theme.font}`
    this.left = Math.ceil(Math.max(...this.shown.map((row) => measure.measureText(this.labelOf(scene, row)).width))) + 12
    this.cell = Math.floor(Math.min(Math.max((scene.width - this.left - 1) / tensor.columns, LEAST_COLUMN), MOST_COLUMN))
    const [width, height] = [this.cell * tensor.columns + 1, HEAD_HEIGHT + this.rowHeight * this.shown.length + 1]
    const context = prepare(this.canvas, width, height)
    if (context === null) return
    this.drawLabels(scene, height)
    const table = face.scale === "diverging" ? theme.diverging : theme.sequential
    const levels = tensor.levelsOf(0, head)
    context.textBaseline = "middle"
    context.textAlign = "center"
    context.font = `${FONT_SIZE}px ${theme.codeFont}`
    this.shown.forEach((row, line) => {
      const y = HEAD_HEIGHT + line * this.rowHeight
      for (let column = 0; column < tensor.columns; column += 1) {
        const at = row * tensor.columns + column
        const level = levels[at]
        const x = column * this.cell
        const isFaded = face.fades && header.faded?.[at] === "1"
        const rgb = Array.from(table.subarray(level * 4, level * 4 + 3))
        const ground = parseColour(theme.background)
        const colour = isFaded && ground !== null ? rgb.map((part, channel) => part * FADED + ground[channel] * (1 - FADED)) : rgb
        context.fillStyle = `rgb(${colour.map(Math.round).join(" ")})`
        context.fillRect(x, y, this.cell - 1, this.rowHeight - 1)
        context.fillStyle = isFaded ? theme.text : isDark(table, level) ? "#fff" : "#111"
        if (isFaded) context.font = `italic ${FONT_SIZE}px ${theme.codeFont}`
        const text = face.cells[at] ?? decimals(tensor.read(0, head, row, column).value, 2)
        context.fillText(text, x + this.cell / 2, y + this.rowHeight / 2, this.cell - 4)
        if (isFaded) context.font = `${FONT_SIZE}px ${theme.codeFont}`
      }
    })
    context.fillStyle = theme.text
    header.columns.forEach((token, column) => context.fillText(token.label, (column + 0.5) * this.cell, HEAD_HEIGHT / 2, this.cell - 4))
    this.legend.root.hidden = header.faces === undefined || header.faces.length === 0
    this.legend.draw(table, face.range[0], face.range[1], theme)
    this.drawHover(scene)
    this.bringIntoSight(selection.key)
  }

  /** Scroll to the chosen column, once for each choice. */
  private bringIntoSight(column: number | null): void {
    const place = this.root.parentElement
    if (column === null || place === null || column === this.inSight) return
    this.inSight = column
    const [start, end] = [column * this.cell, (column + 1) * this.cell + this.left]
    if (start < place.scrollLeft) place.scrollLeft = start
    else if (end > place.scrollLeft + place.clientWidth) place.scrollLeft = end - place.clientWidth + 2
  }

  drawHover(scene: Scene): void {
    if (this.cell === 0) return
    const { tensor, theme, selection } = scene
    const context = prepare(this.overlay, this.cell * tensor.columns + 1, HEAD_HEIGHT + this.rowHeight * this.shown.length + 1)
    if (context === null) return
    const outline = (at: Cell, colour: string) => {
      const line = this.shown.indexOf(at.row)
      if (line < 0) return
      context.strokeStyle = colour
      context.lineWidth = 2.5
      context.strokeRect(at.column * this.cell + 1, HEAD_HEIGHT + line * this.rowHeight + 1, this.cell - 3, this.rowHeight - 3)
    }
    const { query, key } = selection
    const pinned = query !== null && key !== null ? { row: query, column: key } : null
    const shown = scene.hovered ?? pinned
    if (shown !== null) this.drawLooks(scene, context, shown)
    if (pinned !== null) outline(pinned, theme.accent)
    if (scene.hovered !== null) outline(scene.hovered, theme.text)
  }

  /** Arcs from the cells below that the attention of a cell looks at most. */
  private drawLooks(scene: Scene, context: CanvasRenderingContext2D, at: Cell): void {
    const { header, tensor, theme } = scene
    const line = this.shown.indexOf(at.row)
    const looks = header.looks?.[at.row * tensor.columns + at.column] ?? []
    if (line < 0 || line + 1 >= this.shown.length) return
    const y = HEAD_HEIGHT + (line + 0.5) * this.rowHeight
    context.strokeStyle = theme.accent
    for (const [column, share] of looks) {
      context.globalAlpha = 0.35 + 0.65 * share
      context.lineWidth = 1 + 2 * share
      const [from, to] = [(column + 0.5) * this.cell, (at.column + 0.5) * this.cell]
      context.beginPath()
      context.moveTo(from, y + this.rowHeight)
      context.bezierCurveTo(from, y, to, y + this.rowHeight, to, y)
      context.stroke()
    }
    context.globalAlpha = 1
  }

  private drawLabels(scene: Scene, height: number): void {
    const { theme } = scene
    const context = prepare(this.labels, this.left, height)
    if (context === null) return
    context.fillStyle = theme.background
    context.fillRect(0, 0, this.left, height)
    context.font = `${FONT_SIZE}px ${theme.font}`
    context.fillStyle = theme.text
    context.textAlign = "right"
    context.textBaseline = "middle"
    this.shown.forEach((row, line) => {
      context.fillText(this.labelOf(scene, row), this.left - 6, HEAD_HEIGHT + (line + 0.5) * this.rowHeight)
    })
    this.labels.classList.toggle("folds", Boolean(scene.header.folds))
  }

  /** The rows that are drawn: of a folded group only the highest, which is what the group leaves behind. */
  private rowsShown({ header }: Scene): number[] {
    const all = header.rows.map((_, row) => row)
    if (!header.folds) return all
    return all.filter((row) => {
      const { group } = header.rows[row]
      return group === undefined || this.unfolded.has(group) || isTop(header.rows, row)
    })
  }

  private labelOf({ header }: Scene, row: number): string {
    const { label, group } = header.rows[row]
    if (!header.folds || group === undefined || !isTop(header.rows, row)) return label
    return this.unfolded.has(group) ? `▾ ${label}` : `▸ ${group}`
  }

  private onLabel(event: MouseEvent): void {
    const { scene } = this
    if (scene === null || !scene.header.folds) return
    const row = this.shown[Math.floor((event.offsetY - HEAD_HEIGHT) / this.rowHeight)]
    const group = row === undefined ? undefined : scene.header.rows[row].group
    if (group === undefined) return
    const isOpen = this.unfolded.delete(group)
    if (!isOpen) this.unfolded.add(group)
    const { query } = scene.selection
    const isHidden = isOpen && query !== null && !this.rowsShown(scene).includes(query)
    if (isHidden) this.wishes.select({ ...scene.selection, query: scene.header.rows.findIndex((each) => each.group === group) })
    else this.draw(scene)
  }

  private cellOf(event: MouseEvent): Cell | null {
    const { scene } = this
    if (scene === null || this.cell === 0) return null
    const box = this.overlay.getBoundingClientRect()
    const [x, y] = [event.clientX - box.left, event.clientY - box.top - HEAD_HEIGHT]
    const row = y < 0 ? undefined : this.shown[Math.floor(y / this.rowHeight)]
    const column = Math.floor(x / this.cell)
    return row === undefined || x < 0 || column >= scene.tensor.columns ? null : { row, column }
  }
}

function isTop(rows: readonly { group?: string }[], row: number): boolean {
  return rows[row - 1]?.group !== rows[row].group
}
