// Where things lie on a canvas: pure numbers, in CSS pixels.

import type { Token } from "./protocol.ts"

export interface Box {
  left: number
  top: number
  width: number
  height: number
}

/** The part of a matrix that is seen, in cells. */
export interface Window {
  row: number
  column: number
  rows: number
  columns: number
}

export interface Grid {
  /** Of the cells, inside the margins of the labels. */
  area: Box
  cell: number
  cellHeight: number
}

const MOST_CELL = 44
const LEAST_LABEL_STEP = 14

/** Lay out a matrix in a width, beside room for the labels: square cells as large as fit, or all of width and height. */
export function layOut(
  width: number,
  seen: Window,
  options: { labelWidth: number; labelHeight: number; mostHeight: number; isFilled?: boolean },
): Grid {
  const left = Math.min(options.labelWidth, width / 3)
  const top = options.labelHeight
  if (options.isFilled) {
    const [cell, cellHeight] = [(width - left) / seen.columns, (options.mostHeight - top) / seen.rows]
    return { area: { left, top, width: width - left, height: options.mostHeight - top }, cell, cellHeight }
  }
  const cell = Math.min((width - left) / seen.columns, (options.mostHeight - top) / Math.min(seen.rows, seen.columns), MOST_CELL)
  const height = Math.min(cell * seen.rows, Math.max(options.mostHeight - top, cell))
  return { area: { left, top, width: cell * seen.columns, height }, cell, cellHeight: height / seen.rows }
}

/** Every how many-th label is drawn, so that they do not run into each other: 1, 2, 5, 10, 20, 50 and so on. */
export function labelStep(cell: number): number {
  const least = Math.max(1, LEAST_LABEL_STEP / cell)
  const power = 10 ** Math.floor(Math.log10(least))
  return power * ([1, 2, 5].find((step) => step * power >= least) ?? 10)
}

/** What is written beside rows or columns: some of their labels, or their groups where there is no room for each label. */
export function labelsBeside(tokens: readonly Token[], cell: number): { text: string; middle: number }[] {
  const step = labelStep(cell)
  if (step === 1 || tokens.some((token) => token.group === undefined)) {
    return tokens.map((token, place) => ({ text: token.label, middle: place + 0.5 })).filter((_, place) => place % step === 0)
  }
  const starts = tokens.flatMap((token, place) => (token.group === tokens[place - 1]?.group ? [] : [place]))
  return starts.map((start, place) => ({
    text: tokens[start].group ?? "",
    middle: (start + (starts[place + 1] ?? tokens.length)) / 2,
  }))
}

/** The cell under a point, null outside. */
export function cellAt(x: number, y: number, grid: Grid, seen: Window): { row: number; column: number } | null {
  const column = Math.floor((x - grid.area.left) / grid.cell)
  const row = Math.floor((y - grid.area.top) / grid.cellHeight)
  if (x < grid.area.left || y < grid.area.top || column >= seen.columns || row >= seen.rows) return null
  return { row: seen.row + row, column: seen.column + column }
}

/** See half or twice as many cells around a point, within the matrix. */
export function zoom(seen: Window, factor: number, around: { row: number; column: number }, rows: number, columns: number): Window {
  const least = 8
  const next = (count: number, all: number) => Math.min(all, Math.max(Math.min(least, all), Math.round(count * factor)))
  const [newRows, newColumns] = [next(seen.rows, rows), next(seen.columns, columns)]
  const start = (middle: number, count: number, all: number) => Math.min(Math.max(Math.round(middle - count / 2), 0), all - count)
  return {
    row: start(around.row, newRows, rows),
    column: start(around.column, newColumns, columns),
    rows: newRows,
    columns: newColumns,
  }
}

/** Move the part that is seen, within the matrix. */
export function pan(seen: Window, down: number, right: number, rows: number, columns: number): Window {
  const clamp = (value: number, most: number) => Math.min(Math.max(value, 0), most)
  return { ...seen, row: clamp(seen.row + down, rows - seen.rows), column: clamp(seen.column + right, columns - seen.columns) }
}

/** How thumbnails stand: the layers as rows if all are shown, else as square as may be. */
export function thumbnailGrid(width: number, count: number, columns: number): { side: number; columns: number; rows: number } {
  const side = Math.max(8, Math.floor(width / columns) - 6)
  return { side: Math.min(side, 150), columns, rows: Math.ceil(count / columns) }
}

/** The largest level of each block of a matrix: a thumbnail that never hides a peak. */
export function pool(levels: Uint8Array, rows: number, columns: number, most: number): { levels: Uint8Array; rows: number; columns: number } {
  const factor = Math.ceil(Math.max(rows, columns) / most)
  if (factor <= 1) return { levels, rows, columns }
  const [outRows, outColumns] = [Math.ceil(rows / factor), Math.ceil(columns / factor)]
  const out = new Uint8Array(outRows * outColumns)
  for (let row = 0; row < rows; row += 1) {
    const target = Math.floor(row / factor) * outColumns
    for (let column = 0; column < columns; column += 1) {
      const place = target + Math.floor(column / factor)
      const level = levels[row * columns + column]
      if (level > out[place]) out[place] = level
    }
  }
  return { levels: out, rows: outRows, columns: outColumns }
}

/** An arc from one word to another, as an SVG path: above the line on one line, an S between two. */
export function arcPath(from: Box, to: Box): string {
  const x1 = from.left + from.width / 2
  const x2 = to.left + to.width / 2
  if (Math.abs(from.top - to.top) < from.height / 2) {
    const lift = Math.min(from.height * 1.1, 8 + Math.abs(x2 - x1) * 0.18)
    return `M${x1} ${from.top} C${x1} ${from.top - lift} ${x2} ${to.top - lift} ${x2} ${to.top}`
  }
  const isDown = to.top > from.top
  const y1 = isDown ? from.top + from.height : from.top
  const y2 = isDown ? to.top : to.top + to.height
  const middle = (y1 + y2) / 2
  return `M${x1} ${y1} C${x1} ${middle} ${x2} ${middle} ${x2} ${y2}`
}

/** The columns from `first` up to `last` that a row may not look at: those after it, and those further back than its reach. */
export function forbidden(row: number, reach: number, first: number, last: number): [number, number][] {
  const spans: [number, number][] = [
    [first, Math.min(last, row - reach + 1)],
    [Math.max(first, row + 1), last],
  ]
  return spans.filter(([from, to]) => to > from)
}
