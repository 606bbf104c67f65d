// Many heads at a glance, of a layer or of the whole model; a click chooses one.

import { element, fill, imageOf, prepare } from "./dom.ts"
import { pool, thumbnailGrid } from "./geometry.ts"
import type { Panel, Scene, Wishes } from "./panel.ts"

const MOST_CELLS = 96
const MARGIN = 26

export class ThumbnailPanel implements Panel {
  readonly root = element("div", "thumbnails")
  private readonly canvas = element("canvas", "cells")
  private readonly overlay = element("canvas", "overlay")
  private readonly tip = element("div", "tip")
  private drawn: { first: number; columns: number; side: number; count: number } | null = null
  private scene: Scene | null = null
  private key = ""
  private tiles = ""
  private table: Uint8ClampedArray | null = null

  constructor(
    private readonly wishes: Wishes,
    private readonly extent: "layer" | "all",
  ) {
    const stack = element("div", "stack")
    stack.append(this.canvas, this.overlay)
    this.root.append(stack, this.tip)
    this.canvas.onclick = (event) => {
      const head = this.headAt(event)
      if (head !== null && this.scene !== null) this.wishes.select({ ...this.scene.selection, ...head, mode: "one" })
    }
    this.canvas.onpointermove = (event) => {
      const head = this.headAt(event)
      this.canvas.style.cursor = head === null ? "default" : "pointer"
      this.tip.textContent = head === null || this.scene === null ? "" : fill(this.scene.header.words.layer_head, { ...head })
    }
    this.canvas.onpointerleave = () => {
      this.tip.textContent = ""
    }
  }

  draw(scene: Scene): void {
    const { header, tensor, selection, theme, width } = scene
    this.scene = scene
    const isModel = this.extent === "all"
    const count = isModel ? header.layers * header.heads : header.heads
    const narrow = width < 480 ? 3 : width < 800 ? 4 : 6
    const columns = isModel ? header.heads : Math.min(header.heads, narrow)
    const first = isModel ? 0 : selection.layer * header.heads
    const grid = thumbnailGrid(width - MARGIN, count, columns)
    const [stepX, stepY] = [grid.side + 6, grid.side + (isModel ? 6 : 20)]
    const table = header.scale === "diverging" ? theme.diverging : theme.sequential
    const height = MARGIN + grid.rows * stepY
    this.drawn = { first, columns, side: grid.side, count }
    this.key = `${stepX},${stepY}`
    this.drawFrame(scene, grid.side, width, height, stepX, stepY)
    // another head of the same tiles moves the frame alone
    const tiles = `${header.id} ${first} ${width} ${scene.isBright} ${theme.text}`
    if (tiles === this.tiles && table === this.table) return
    this.tiles = tiles
    this.table = table
    const context = prepare(this.canvas, width, height)
    if (context === null) return
    context.font = `13px ${theme.font}`
    context.textBaseline = "middle"
    for (let place = 0; place < count; place += 1) {
      const [layer, head] = [Math.floor((first + place) / header.heads), (first + place) % header.heads]
      const x = MARGIN + (place % columns) * stepX
      const y = MARGIN + Math.floor(place / columns) * stepY
      const small = pool(tensor.levelsOf(layer, head), tensor.levelRows, tensor.levelColumns, MOST_CELLS)
      context.imageSmoothingEnabled = small.columns > grid.side
      const full = scene.isBright ? tensor.brightLevel(layer, head) : 255
      context.drawImage(imageOf(small.levels, small.rows, small.columns, table, full), x, y, grid.side, grid.side)
      context.strokeStyle = theme.border
      context.strokeRect(x - 0.5, y - 0.5, grid.side + 1, grid.side + 1)
      context.fillStyle = theme.text
      context.textAlign = "center"
      if (!isModel) context.fillText(String(head), x + grid.side / 2, y + grid.side + 11)
      else if (layer === 0) context.fillText(String(head), x + grid.side / 2, MARGIN / 2)
      if (isModel && head === 0) context.fillText(String(layer), MARGIN / 2 - 3, y + grid.side / 2)
    }
  }

  drawHover(_scene: Scene): void {}

  private drawFrame(scene: Scene, side: number, width: number, height: number, stepX: number, stepY: number): void {
    const { drawn } = this
    const context = prepare(this.overlay, width, height)
    if (context === null || drawn === null) return
    const place = scene.selection.layer * scene.header.heads + scene.selection.head - drawn.first
    const [x, y] = [MARGIN + (place % drawn.columns) * stepX, MARGIN + Math.floor(place / drawn.columns) * stepY]
    this.drawPinned(context, scene, side, stepX, stepY)
    context.strokeStyle = scene.theme.accent
    context.lineWidth = 3
    context.strokeRect(x - 0.5, y - 0.5, side + 1, side + 1)
  }

  /** Mark the pinned word in every tile: its row, and the column of a pinned cell. */
  private drawPinned(context: CanvasRenderingContext2D, scene: Scene, side: number, stepX: number, stepY: number): void {
    const { drawn } = this
    const { query, key } = scene.selection
    if (drawn === null || query === null) return
    context.fillStyle = scene.theme.accent
    context.globalAlpha = 0.55
    for (let place = 0; place < drawn.count; place += 1) {
      const [x, y] = [MARGIN + (place % drawn.columns) * stepX, MARGIN + Math.floor(place / drawn.columns) * stepY]
      context.fillRect(x, y + ((query + 0.5) / scene.tensor.rows) * side - 0.75, side, 1.5)
      if (key !== null) context.fillRect(x + ((key + 0.5) / scene.tensor.columns) * side - 0.75, y, 1.5, side)
    }
    context.globalAlpha = 1
  }

  private headAt(event: MouseEvent): { layer: number; head: number } | null {
    const { drawn, scene } = this
    if (drawn === null || scene === null) return null
    const box = this.canvas.getBoundingClientRect()
    const [stepX, stepY] = this.key.split(",").map(Number)
    const column = Math.floor((event.clientX - box.left - MARGIN) / stepX)
    const row = Math.floor((event.clientY - box.top - MARGIN) / stepY)
    const place = row * drawn.columns + column
    if (column < 0 || row < 0 || column >= drawn.columns || place >= drawn.count) return null
    const flat = drawn.first + place
    return { layer: Math.floor(flat / scene.header.heads), head: flat % scene.header.heads }
  }
}
