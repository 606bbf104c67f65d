// One matrix as a table of colours: labels, the cell under the pointer, what is pinned, a closer look at a part of it.

import { cellAt, forbidden, labelsBeside, layOut, pan, zoom, type Grid, type Window } from "./geometry.ts"
import { element, imageOf, prepare } from "./dom.ts"
import { Legend } from "./legend.ts"
import type { Panel, Scene, Wishes } from "./panel.ts"
import { togglePin } from "./selection.ts"

const MOST_HEIGHT = 640
const MOST_LABEL = 110
const FONT_SIZE = 13
const ELLIPSIS = "…"
const VEIL = "rgb(128 128 128 / 0.28)"

export class MatrixPanel implements Panel {
  readonly root = element("div", "matrix")
  private readonly canvas = element("canvas", "cells")
  private readonly overlay = element("canvas", "overlay")
  private readonly axes = element("p", "axes")
  private readonly zoomBar = element("div", "zoom")
  private readonly legend = new Legend()
  private grid: Grid | null = null
  private seen: Window | null = null
  private size = ""
  private scene: Scene | null = null
  private dragged: { x: number; y: number; seen: Window; moved: boolean } | null = null

  constructor(private readonly wishes: Wishes) {
    for (const [sign, factor] of [["+", 0.5], ["−", 2]] as const) {
      const button = element("button", "", sign)
      button.type = "button"
      button.onclick = () => this.zoomBy(factor, null)
      this.zoomBar.append(button)
    }
    const stack = element("div", "stack")
    stack.append(this.canvas, this.overlay)
    const foot = element("div", "foot")
    foot.append(this.legend.root, this.zoomBar)
    this.root.append(this.axes, stack, foot)
    this.overlay.onpointermove = (event) => this.onMove(event)
    this.overlay.onpointerleave = () => this.wishes.hover(null)
    this.overlay.onpointerdown = (event) => this.onDown(event)
    this.overlay.onpointerup = (event) => this.onUp(event)
    this.overlay.ondblclick = (event) => this.zoomBy(0.5, this.cellOf(event))
  }

  draw(scene: Scene): void {
    const { header, tensor, selection, theme, width } = scene
    const size = `${tensor.rows}x${tensor.columns}`
    if (size !== this.size || this.seen === null) {
      this.seen = { row: 0, column: 0, rows: tensor.rows, columns: tensor.columns }
      this.size = size
    }
    this.scene = scene
    const measure = this.canvas.getContext("2d")
    if (measure === null) return
    measure.font = `${FONT_SIZE}px ${theme.codeFont}`
    const seen = this.seen
    const leastCell = (Math.min(width, MOST_HEIGHT) - MOST_LABEL) / Math.max(seen.rows, seen.columns)
    const widest = (tokens: typeof header.rows) => {
      const widths = labelsBeside(tokens, leastCell).map(({ text }) => measure.measureText(text).width)
      return Math.min(Math.max(0, ...widths), MOST_LABEL) + 8
    }
    const grid = layOut(width, seen, {
      labelWidth: widest(header.rows),
      labelHeight: widest(header.columns),
      mostHeight: header.height ?? MOST_HEIGHT,
      isFilled: typeof header.height === "number",
    })
    this.grid = grid
    const { area } = grid
    const height = area.top + area.height + 1
    const context = prepare(this.canvas, width, height)
    if (context === null) return
    const full = scene.isBright ? tensor.brightLevel(selection.layer, selection.head) : 255
    const table = header.scale === "diverging" ? theme.diverging : theme.sequential
    const fine = tensor.imageOfMass(selection.layer, selection.head, scene.share)
    const image = imageOf(fine.levels, fine.rows, fine.columns, table, full)
    context.imageSmoothingEnabled = false
    const by = fine.columns === tensor.columns ? 1 : 1 / header.pooled
    const source = [seen.column * by, seen.row * by, seen.columns * by, seen.rows * by] as const
    context.drawImage(image, ...source, area.left, area.top, area.width, area.height)
    this.drawVeil(context, scene, grid, seen)
    context.strokeStyle = theme.border
    context.strokeRect(area.left + 0.5, area.top + 0.5, area.width - 1, area.height - 1)
    this.drawLabels(context, scene, grid, seen)
    this.axes.textContent = `↓ ${header.rowTitle}  → ${header.columnTitle}`
    this.axes.hidden = header.kind !== "matrix"
    const [lowest, highest] = header.range
    this.legend.draw(table, lowest, lowest + ((highest - lowest) * full) / 255, theme)
    const isLarge = Math.max(tensor.rows, tensor.columns) > 24
    this.zoomBar.hidden = !isLarge
    this.zoomBar.children[0].setAttribute("aria-label", header.words.zoom_in)
    this.zoomBar.children[1].setAttribute("aria-label", header.words.zoom_out)
    this.drawHover(scene)
  }

  drawHover(scene: Scene): void {
    const { grid, seen } = this
    if (grid === null || seen === null) return
    const context = prepare(this.overlay, scene.width, grid.area.top + grid.area.height + 1)
    if (context === null) return
    const { query, key } = scene.selection
    if (query !== null) this.outline(context, grid, seen, query, key, scene.theme.accent, 2.5)
    if (scene.hovered !== null) this.outline(context, grid, seen, scene.hovered.row, scene.hovered.column, scene.theme.text, 1.5)
  }

  /** Lay grey over the cells that the mask keeps empty, to tell them from values near zero. */
  private drawVeil(context: CanvasRenderingContext2D, scene: Scene, grid: Grid, seen: Window): void {
    const reach = scene.header.reach[scene.selection.layer] ?? null
    if (reach === null) return
    const { area, cell, cellHeight } = grid
    const last = Math.min(seen.column + seen.columns, scene.tensor.rows)
    context.fillStyle = VEIL
    for (let row = seen.row; row < seen.row + seen.rows; row += 1) {
      for (const [from, to] of forbidden(row, reach, seen.column, last)) {
        context.fillRect(area.left + (from - seen.column) * cell, area.top + (row - seen.row) * cellHeight, (to - from) * cell, cellHeight)
      }
    }
  }

  private outline(
    context: CanvasRenderingContext2D,
    grid: Grid,
    seen: Window,
    row: number,
    column: number | null,
    colour: string,
    width: number,
  ): void {
    if (row < seen.row || row >= seen.row + seen.rows) return
    const top = grid.area.top + (row - seen.row) * grid.cellHeight
    context.strokeStyle = colour
    context.lineWidth = width
    if (column === null) {
      context.strokeRect(grid.area.left + 1, top, grid.area.width - 2, Math.max(grid.cellHeight, 2))
      return
    }
    if (column < seen.column || column >= seen.column + seen.columns) return
    const left = grid.area.left + (column - seen.column) * grid.cell
    context.strokeRect(left, top, Math.max(grid.cell, 3), Math.max(grid.cellHeight, 3))
    context.globalAlpha = 0.35
    context.lineWidth = 1
    context.strokeRect(grid.area.left, top, grid.area.width, grid.cellHeight)
    context.strokeRect(left, grid.area.top, grid.cell, grid.area.height)
    context.globalAlpha = 1
  }

  private drawLabels(context: CanvasRenderingContext2D, scene: Scene, grid: Grid, seen: Window): void {
    const { header, theme } = scene
    const { area, cell, cellHeight } = grid
    context.font = `${FONT_SIZE}px ${theme.codeFont}`
    context.fillStyle = theme.text
    context.textBaseline = "middle"
    context.textAlign = "right"
    for (const { text, middle } of labelsBeside(header.rows.slice(seen.row, seen.row + seen.rows), cellHeight)) {
      context.fillText(shorten(context, text), area.left - 5, area.top + middle * cellHeight)
    }
    context.textAlign = "left"
    for (const { text, middle } of labelsBeside(header.columns.slice(seen.column, seen.column + seen.columns), cell)) {
      context.save()
      context.translate(area.left + middle * cell, area.top - 5)
      context.rotate(-Math.PI / 2)
      context.fillText(shorten(context, text), 0, 0)
      context.restore()
    }
  }

  private cellOf(event: PointerEvent | MouseEvent): { row: number; column: number } | null {
    if (this.grid === null || this.seen === null) return null
    const box = this.overlay.getBoundingClientRect()
    return cellAt(event.clientX - box.left, event.clientY - box.top, this.grid, this.seen)
  }

  private onDown(event: PointerEvent): void {
    if (this.seen === null) return
    this.dragged = { x: event.clientX, y: event.clientY, seen: this.seen, moved: false }
    if (event.pointerType === "mouse") this.overlay.setPointerCapture(event.pointerId)
  }

  private onMove(event: PointerEvent): void {
    const { dragged, grid, scene } = this
    if (dragged !== null && grid !== null && scene !== null && event.buttons) {
      const [right, down] = [(dragged.x - event.clientX) / grid.cell, (dragged.y - event.clientY) / grid.cellHeight]
      dragged.moved ||= Math.abs(right) + Math.abs(down) > 0.5
      const { rows, columns } = scene.tensor
      if (dragged.moved && (dragged.seen.rows < rows || dragged.seen.columns < columns)) {
        this.seen = pan(dragged.seen, Math.round(down), Math.round(right), rows, columns)
        this.draw(scene)
        return
      }
    }
    this.wishes.hover(this.cellOf(event))
  }

  private onUp(event: PointerEvent): void {
    const { dragged, scene } = this
    this.dragged = null
    const cell = this.cellOf(event)
    if (scene === null || cell === null || dragged?.moved) return
    this.wishes.select(togglePin(scene.selection, cell.row, cell.column))
  }

  private zoomBy(factor: number, around: { row: number; column: number } | null): void {
    const { scene, seen } = this
    if (scene === null || seen === null) return
    const { query, key } = scene.selection
    const middle = around ?? { row: query ?? seen.row + seen.rows / 2, column: key ?? seen.column + seen.columns / 2 }
    this.seen = zoom(seen, factor, middle, scene.tensor.rows, scene.tensor.columns)
    this.draw(scene)
  }
}

function shorten(context: CanvasRenderingContext2D, label: string): string {
  if (context.measureText(label).width <= MOST_LABEL) return label
  const characters = [...label]
  while (characters.length > 1 && context.measureText(characters.join("") + ELLIPSIS).width > MOST_LABEL) characters.pop()
  return characters.join("") + ELLIPSIS
}
