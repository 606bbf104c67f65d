import assert from "node:assert/strict"
import { test } from "node:test"
import type { Scene } from "../src/panel.ts"
import type { Face, Header, Selection } from "../src/protocol.ts"
import { TablePanel } from "../src/table_panel.ts"
import { Tensor } from "../src/tensor.ts"

class Fake {
  children: Fake[] = []
  textContent = ""
  className = ""
  dataset: Record<string, string> = {}
  onclick: () => void = () => {}
  append = (...more: Fake[]) => void this.children.push(...more)
  replaceChildren = (...more: Fake[]) => void (this.children = more)
  add = () => (this.children.push(new Fake()), this.children.at(-1) as Fake)
  createTHead = this.add
  createTBody = this.add
  insertRow = this.add
  insertCell = this.add
}

const face = (name: string, cells: string[]): Face => ({ name, scale: "sequential", range: [0, 1], cells, cell: "", decimals: 2, fades: true })
const tokens = [{ label: "a" }, { label: "b" }]
const faces = [face("guess", ["one", "two", "three", "four"]), face("rank", [])]
const header = {
  arrays: [{ name: "levels", dtype: "u1", shape: [1, 2, 2, 2], offset: 0, length: 8 }],
  layers: 1, heads: 2, pooled: 1, range: [0, 1], exactHeads: null, rows: tokens, columns: tokens,
  cells: [], words: {}, title: "", rowTitle: "", columnTitle: "", faces, modes: faces.map(({ name }) => ({ name, label: name })),
} as unknown as Header
const exact = new Float32Array([0.1, 0.2, 0.3, 0.4, 5, 6, 7, 8])
const tensor = new Tensor(header, new Map<string, Uint8Array | Float32Array>([["levels", new Uint8Array(8)], ["exact", exact]]))

function drawn(mode: string): { cells: Fake[]; selected: Selection[] } {
  Object.assign(globalThis, { document: { createElement: () => new Fake() } })
  const selected: Selection[] = []
  const panel = new TablePanel({ select: (selection) => selected.push(selection), hover: () => {} })
  panel.draw({ header, tensor, selection: { layer: 0, head: 0, query: 0, key: 0, mode } } as unknown as Scene)
  const [table] = (panel.root as unknown as Fake).children
  const body = table.children.at(-1) as Fake
  return { cells: body.children.flatMap((row) => row.children.slice(1)), selected }
}

test("without a canvas a board shows the way to read it that is chosen", () => {
  assert.deepEqual(drawn("guess").cells.map((cell) => cell.textContent), ["one", "two", "three", "four"])
  assert.deepEqual(drawn("rank").cells.map((cell) => cell.textContent), ["5.00", "6.00", "7.00", "8.00"])
})

test("one cell of a board is always looked at", () => {
  const { cells, selected } = drawn("guess")
  cells[0].onclick()
  assert.deepEqual(selected.map(({ query, key }) => [query, key]), [[0, 0]])
})
