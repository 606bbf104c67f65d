// A stack of matrices [layer, head, row, column]: levels of 0 to 255 for the colours, exact values where they are here.

import { halfToNumber, type Header, type Payload, type Values } from "./protocol.ts"

const ROUNDING = 1e-6

export interface Reading {
  value: number
  /** False for a value that was read back from a level: off by up to half a level. */
  exact: boolean
}

export interface Image {
  levels: Uint8Array
  rows: number
  columns: number
}

export class Tensor {
  readonly rows: number
  readonly columns: number
  /** Of the levels, which may be coarser than the matrix. */
  readonly levelRows: number
  readonly levelColumns: number
  private readonly levels: Uint8Array
  private exact: Values | undefined
  private exactPlace: Map<number, number> | null
  private fine: { flat: number; levels: Uint8Array } | undefined
  private kept: { of: string; image: Image } | undefined

  constructor(
    private readonly header: Header,
    arrays: Map<string, Values>,
  ) {
    this.levels = arrays.get("levels") as Uint8Array
    this.exact = arrays.get("exact")
    this.exactPlace = header.exactHeads && new Map(header.exactHeads.map((head, place) => [head, place]))
    this.rows = header.rows.length
    this.columns = header.columns.length
    const entry = header.arrays.find((each) => each.name === "levels")
    this.levelRows = entry?.shape.at(-2) ?? 0
    this.levelColumns = entry?.shape.at(-1) ?? 0
  }

  /** Take in exact values that came later, with a payload of their own. */
  addExact(payload: Payload): void {
    this.exact = payload.arrays.get("exact")
    this.fine = undefined
    this.kept = undefined
    this.exactPlace = new Map((payload.header.exactHeads ?? []).map((head, place) => [head, place]))
  }

  /** The levels of one head, `[levelRows, levelColumns]`, shared and not copied. */
  levelsOf(layer: number, head: number): Uint8Array {
    const size = this.levelRows * this.levelColumns
    const start = (layer * this.header.heads + head) * size
    return this.levels.subarray(start, start + size)
  }

  /** What to draw of one head: as fine as it is here. */
  imageOf(layer: number, head: number): Image {
    if (this.header.pooled === 1 || !this.isExact(layer, head)) {
      return { levels: this.levelsOf(layer, head), rows: this.levelRows, columns: this.levelColumns }
    }
    const flat = layer * this.header.heads + head
    if (this.fine?.flat !== flat) {
      const [lowest, highest] = this.header.range
      const levels = new Uint8Array(this.rows * this.columns)
      for (let place = 0; place < levels.length; place += 1) {
        const { value } = this.read(layer, head, Math.floor(place / this.columns), place % this.columns)
        levels[place] = Math.min(255, Math.max(0, Math.round((255 * (value - lowest)) / (highest - lowest))))
      }
      this.fine = { flat, levels }
    }
    return { levels: this.fine.levels, rows: this.rows, columns: this.columns }
  }

  /** The same, but of each row only the fewest largest cells that together hold a share of it. */
  imageOfMass(layer: number, head: number, share: number): Image {
    const image = this.imageOf(layer, head)
    if (share >= 1) return image
    const of = `${layer},${head},${share}`
    if (this.kept?.of !== of) this.kept = { of, image: { ...image, levels: this.levelsOfMass(image, layer, head, share) } }
    return this.kept.image
  }

  private levelsOfMass(image: Image, layer: number, head: number, share: number): Uint8Array {
    const { levels, rows, columns } = image
    const isExact = rows === this.rows && columns === this.columns && this.isExact(layer, head)
    const out = new Uint8Array(levels.length)
    const row = new Float32Array(columns)
    for (let place = 0; place < rows; place += 1) {
      const start = place * columns
      for (let column = 0; column < columns; column += 1) {
        row[column] = isExact ? this.read(layer, head, place, column).value : levels[start + column]
      }
      for (const column of placesOfMass(row, share)) out[start + column] = levels[start + column]
    }
    return out
  }

  isExact(layer: number, head: number): boolean {
    return this.exact !== undefined && (this.exactPlace === null || this.exactPlace.has(layer * this.header.heads + head))
  }

  read(layer: number, head: number, row: number, column: number): Reading {
    if (this.exact !== undefined && this.isExact(layer, head)) {
      const flat = layer * this.header.heads + head
      const place = this.exactPlace === null ? flat : (this.exactPlace.get(flat) as number)
      const found = this.exact[(place * this.rows + row) * this.columns + column]
      return { value: this.exact instanceof Uint16Array ? halfToNumber(found) : found, exact: true }
    }
    const { pooled, range } = this.header
    const level = this.levelsOf(layer, head)[Math.floor(row / pooled) * this.levelColumns + Math.floor(column / pooled)]
    return { value: range[0] + (level / 255) * (range[1] - range[0]), exact: false }
  }

  /** One row of a head, from the left. */
  row(layer: number, head: number, row: number): Reading[] {
    return Array.from({ length: this.columns }, (_, column) => this.read(layer, head, row, column))
  }

  /** The level that gets the full colour if a head is to be brightened: the largest but the top hundredth. */
  brightLevel(layer: number, head: number): number {
    const counts = new Uint32Array(256)
    const levels = this.levelsOf(layer, head)
    for (const level of levels) counts[level] += 1
    let left = Math.floor(levels.length / 100)
    for (let level = 255; level > 0; level -= 1) {
      left -= counts[level]
      if (left < 0) return level
    }
    return 255
  }
}

/** The largest values of a row, largest first; equal ones from the left. */
export function strongest(row: readonly Reading[], most: number): { column: number; value: number }[] {
  return row
    .map((reading, column) => ({ column, value: reading.value }))
    .sort((a, b) => Math.abs(b.value) - Math.abs(a.value) || a.column - b.column)
    .slice(0, most)
}

/** The places of the fewest largest values that together hold a share of a row, largest first, equal ones from the left.
 *
 * As the threshold of exBERT (Hoover et al. 2020, arXiv 1910.05276); a value of 0 is never among them.
 */
export function placesOfMass(row: ArrayLike<number>, share: number): number[] {
  const places = Array.from({ length: row.length }, (_, place) => place)
  places.sort((a, b) => row[b] - row[a] || a - b)
  let total = 0
  for (const place of places) total += row[place]
  let before = 0
  for (const [count, place] of places.entries()) {
    if (before >= share * total - ROUNDING || row[place] <= 0) return places.slice(0, count)
    before += row[place]
  }
  return places
}
