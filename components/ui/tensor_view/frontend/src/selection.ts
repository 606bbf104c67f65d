// What is chosen, and how keys move it. Pure functions: the drawing and the address follow from what they return.

import type { AddressParameter, Header, Selection } from "./protocol.ts"

/** Bring a selection within the bounds of what is shown. */
export function fit(selection: Selection, header: Header): Selection {
  const within = (value: number, count: number) => Math.min(Math.max(Math.trunc(value) || 0, 0), Math.max(count - 1, 0))
  const pinned = (value: number | null, count: number) => (value === null || !(value >= 0 && value < count) ? null : value)
  const query = pinned(selection.query, header.rows.length)
  const modes = header.modes.map((mode) => mode.name)
  return {
    layer: within(selection.layer, header.layers),
    head: within(selection.head, header.heads),
    query,
    key: query === null ? null : pinned(selection.key, header.columns.length),
    mode: modes.includes(selection.mode) ? selection.mode : (modes[0] ?? ""),
  }
}

/** Where the pointer or the keyboard is. */
export interface Cell {
  row: number
  column: number
}

/** Move a selection by a key; null for a key that means nothing here.
 *
 * Arrows choose the head (left, right) and the layer (up, down); with Shift, or where there is one matrix only, they move
 * the pinned cell. Enter pins the cell under the pointer, else row 0 (of one matrix, its first
 * cell); Escape releases.
 */
export function move(
  selection: Selection,
  key: string,
  options: { shift: boolean; header: Header; hovered: Cell | null },
): Selection | null {
  const { header, hovered } = options
  const isOneMatrix = hasOneMatrix(header)
  const step = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] }[key]
  if (step !== undefined) {
    const [down, right] = step
    if (options.shift || isOneMatrix) return movePin(selection, down, right, header)
    return fit({ ...selection, layer: selection.layer + down, head: selection.head + right }, header)
  }
  if (key === "Enter" || key === " ") {
    if (hovered !== null) return togglePin(selection, hovered.row, hovered.column)
    if (isBoard(header) && selection.query !== null) return null
    const first = header.kind === "matrix" ? 0 : null
    return selection.query === null ? { ...selection, query: 0, key: first } : { ...selection, query: null, key: null }
  }
  if (key === "Escape" && isBoard(header)) return null // one cell of a board is always looked at
  if (key === "Escape") return { ...selection, query: null, key: null }
  return null
}

function movePin(selection: Selection, down: number, right: number, header: Header): Selection {
  if (selection.query === null) return { ...selection, query: 0, key: hasOneMatrix(header) ? 0 : null }
  const clamp = (value: number, count: number) => Math.min(Math.max(value, 0), count - 1)
  const query = clamp(selection.query + down, header.rows.length)
  if (selection.key === null && right !== 0) return { ...selection, query, key: right > 0 ? 0 : header.columns.length - 1 }
  return { ...selection, query, key: selection.key === null ? null : clamp(selection.key + right, header.columns.length) }
}

function isBoard(header: Header): boolean {
  return (header.faces?.length ?? 0) > 0
}

/** Whether the arrows move the pinned cell: the matrices of a board are one thing read in several ways. */
export function hasOneMatrix(header: Header): boolean {
  return isBoard(header) || header.layers * header.heads === 1
}

/** Pin a cell, or a row (`column` null); release what is pinned already. */
export function togglePin(selection: Selection, row: number, column: number | null): Selection {
  const isPinned = selection.query === row && selection.key === column
  return { ...selection, query: isPinned ? null : row, key: isPinned ? null : column }
}

/** Pin a cell that was clicked; one cell of a board is always looked at, so a second click does not release it. */
export function pinCell(selection: Selection, row: number, column: number, header: Header): Selection {
  return isBoard(header) ? { ...selection, query: row, key: column } : togglePin(selection, row, column)
}

export function isSame(a: Selection, b: Selection): boolean {
  return a.layer === b.layer && a.head === b.head && a.query === b.query && a.key === b.key && a.mode === b.mode
}

/** Write a selection into an address; a value that is the default is left out.
 *
 * The other parameters stay letter for letter, and these come last in their order, as components.ui.links.follow has it:
 * where both write the same, the browser's history gets no second entry.
 */
export function addressOf(href: string, selection: Selection, parameters: readonly AddressParameter[]): string {
  const url = new URL(href)
  const names = new Set(parameters.map((parameter) => parameter.name))
  const others = url.search.slice(1).split("&").filter((part) => part !== "" && !names.has(part.split("=")[0]))
  const own = parameters
    .map(({ name, field, default: standard, values }) => {
      const value = selection[field]
      const written = value === null ? standard : values?.length && typeof value === "number" ? values[value] : String(value)
      return { name, written, isDefault: written === standard }
    })
    .filter(({ isDefault }) => !isDefault)
    .map(({ name, written }) => `${name}=${encodeURIComponent(written)}`)
  url.search = [...others, ...own].join("&")
  return url.href
}
