// A grid of cells with a text each, shaded by a number: what a model would say at each token and depth.

import { element, prepare } from "./dom.ts"
import { cellAt, type Grid, type Window } from "./geometry.ts"
import type { Panel, Scene, Wishes } from "./panel.ts"
import { isDark } from "./scales.ts"
import { togglePin } from "./selection.ts"

const ROW_HEIGHT = 28
const LEAST_COLUMN = 64
const MOST_COLUMN = 120
const FONT_SIZE = 13

export class BoardPanel implements Panel {
  readonly root = element("div", "board")
  private readonly canvas = element("canvas", "cells")
  private readonly overlay = element("canvas", "overlay")
  private grid: Grid | null = null
  private seen: Window | null = null
  private width = 0
  private scene: Scene | null = null

  constructor(private readonly wishes: Wishes) {
    const stack = element("div", "stack")
    stack.append(this.canvas, this.overlay)
    this.root.append(stack)
    this.overlay.onpointermove = (event) => this.wishes.hover(this.cellOf(event))
    this.overlay.onpointerleave = () => this.wishes.hover(null)
    this.overlay.onclick = (event) => {
      const cell = this.cellOf(event)
      if (cell !== null && this.scene !== null) this.wishes.select(togglePin(this.scene.selection, cell.row, cell.column))
    }
  }

  draw(scene: Scene): void {
    const { header, tensor, theme } = scene
    this.scene = scene
    const measure = this.canvas.getContext("2d")
    if (measure === null) return
    measure.font = `${FONT_SIZE}px ${theme.font}`
    const left = Math.max(...header.rows.map((row) => measure.measureText(row.label).width)) + 10
    const cell = Math.min(Math.max((scene.width - left) / tensor.columns, LEAST_COLUMN), MOST_COLUMN)
    this.width = left + cell * tensor.columns + 1
    const area = { left, top: ROW_HEIGHT, width: cell * tensor.columns, height: ROW_HEIGHT * tensor.rows }
    this.grid = { area, cell, cellHeight: ROW_HEIGHT }
    this.seen = { row: 0, column: 0, rows: tensor.rows, columns: tensor.columns }
    const context = prepare(this.canvas, this.width, area.top + area.height + 1)
    if (context === null) return
    const table = header.scale === "diverging" ? theme.diverging : theme.sequential
    const levels = tensor.levelsOf(0, 0)
    context.textBaseline = "middle"
    for (let row = 0; row < tensor.rows; row += 1) {
      const y = area.top + row * ROW_HEIGHT
      context.font = `${FONT_SIZE}px ${theme.font}`
      context.fillStyle = theme.text
      context.textAlign = "right"
      context.fillText(header.rows[row].label, left - 6, y + ROW_HEIGHT / 2)
      context.font = `${FONT_SIZE}px ${theme.codeFont}`
      context.textAlign = "center"
      for (let column = 0; column < tensor.columns; column += 1) {
        const place = row * tensor.columns + column
        const level = levels[place]
        const [red, green, blue] = table.subarray(level * 4, level * 4 + 3)
        const x = left + column * cell
        context.fillStyle = `rgb(${red} ${green} ${blue})`
        context.fillRect(x, y, cell - 1, ROW_HEIGHT - 1)
        context.fillStyle = isDark(table, level) ? "#fff" : "#111"
        context.fillText(header.cells[place] ?? tensor.read(0, 0, row, column).value.toFixed(2), x + cell / 2, y + ROW_HEIGHT / 2, cell - 4)
      }
    }
    context.fillStyle = theme.text
    header.columns.forEach((token, column) => context.fillText(token.label, left + (column + 0.5) * cell, ROW_HEIGHT / 2, cell - 4))
    this.drawHover(scene)
  }

  drawHover(scene: Scene): void {
    const { grid } = this
    if (grid === null) return
    const context = prepare(this.overlay, this.width, grid.area.top + grid.area.height + 1)
    if (context === null) return
    const outline = (row: number, column: number, colour: string) => {
      context.strokeStyle = colour
      context.lineWidth = 2.5
      const [x, y] = [grid.area.left + column * grid.cell, grid.area.top + row * ROW_HEIGHT]
      context.strokeRect(x, y, grid.cell - 1, ROW_HEIGHT - 1)
    }
    const { query, key } = scene.selection
    if (query !== null && key !== null) outline(query, key, scene.theme.accent)
    if (scene.hovered !== null) outline(scene.hovered.row, scene.hovered.column, scene.theme.text)
  }

  private cellOf(event: MouseEvent): { row: number; column: number } | null {
    if (this.grid === null || this.seen === null) return null
    const box = this.overlay.getBoundingClientRect()
    return cellAt(event.clientX - box.left, event.clientY - box.top, this.grid, this.seen)
  }
}
