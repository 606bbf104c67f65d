import assert from "node:assert/strict"
import { test } from "node:test"
import type { Header, Selection } from "../src/protocol.ts"
import { addressOf, fit, isSame, move, togglePin } from "../src/selection.ts"

const tokens = (count: number) => Array.from({ length: count }, (_, place) => ({ label: `t${place}` }))
const header = { layers: 6, heads: 12, rows: tokens(5), columns: tokens(5), modes: [{ name: "text", label: "" }, { name: "matrix", label: "" }] } as unknown as Header
const start: Selection = { layer: 3, head: 1, query: null, key: null, mode: "text" }
const press = (selection: Selection, key: string, shift = false) => move(selection, key, { shift, header, hovered: null })

test("arrows choose head and layer, and stop at the ends", () => {
  assert.deepEqual(press(start, "ArrowRight"), { ...start, head: 2 })
  assert.deepEqual(press(start, "ArrowUp"), { ...start, layer: 2 })
  assert.deepEqual(press({ ...start, head: 11 }, "ArrowRight"), { ...start, head: 11 })
  assert.deepEqual(press({ ...start, layer: 0 }, "ArrowUp"), { ...start, layer: 0 })
})

test("Enter pins what is under the pointer and Escape releases it", () => {
  const pinned = move(start, "Enter", { shift: false, header, hovered: { row: 2, column: 4 } })
  assert.deepEqual(pinned, { ...start, query: 2, key: 4 })
  assert.deepEqual(press(pinned as Selection, "Escape"), start)
  assert.deepEqual(press(start, "Enter"), { ...start, query: 0, key: null })
})

test("with Shift the pinned cell moves, within the matrix", () => {
  const pinned = { ...start, query: 4, key: 4 }
  assert.deepEqual(press(pinned, "ArrowDown", true), pinned)
  assert.deepEqual(press(pinned, "ArrowLeft", true), { ...pinned, key: 3 })
  assert.deepEqual(press({ ...pinned, key: null }, "ArrowUp", true), { ...pinned, query: 3, key: null })
})

test("in a view of one matrix the arrows move the pinned cell", () => {
  const one = { ...header, layers: 1, heads: 1 } as Header
  assert.deepEqual(move({ ...start, layer: 0, head: 0 }, "ArrowDown", { shift: false, header: one, hovered: null }), {
    ...start, layer: 0, head: 0, query: 0, key: 0,
  })
})

test("in a matrix Enter pins a cell, since a row of it says nothing by itself", () => {
  const matrix = { ...header, kind: "matrix", layers: 1, heads: 1 } as Header
  const none = { ...start, layer: 0, head: 0 }
  assert.deepEqual(move(none, "Enter", { shift: false, header: matrix, hovered: null }), { ...none, query: 0, key: 0 })
})

test("other keys mean nothing", () => assert.equal(press(start, "a"), null))

test("what does not fit is brought within the bounds", () => {
  assert.deepEqual(fit({ layer: 99, head: -1, query: 7, key: 1, mode: "hostile" }, header), {
    layer: 5, head: 0, query: null, key: null, mode: "text",
  })
  assert.deepEqual(fit({ ...start, layer: NaN }, header), { ...start, layer: 0 })
})

test("a second click on the same cell releases it", () => {
  const once = togglePin(start, 1, 2)
  assert.ok(!isSame(once, start))
  assert.ok(isSame(togglePin(once, 1, 2), start))
})

test("the address has what differs from the default, and keeps all else", () => {
  const parameters = [{ name: "layer", field: "layer", default: "3" }, { name: "head", field: "head", default: "1" }] as const
  assert.equal(addressOf("http://x/attention?lang=ko&layer=2", { ...start, head: 4 }, parameters), "http://x/attention?lang=ko&head=4")
  assert.equal(addressOf("http://x/attention?text=a%26b+c", start, parameters), "http://x/attention?text=a%26b+c")
})

test("its parameters come last and in their order, whichever was moved first", () => {
  const parameters = [{ name: "layer", field: "layer", default: "3" }, { name: "head", field: "head", default: "1" }] as const
  const moved = { ...start, layer: 4, head: 2 }
  assert.equal(addressOf("http://x/a?head=2&text=q", moved, parameters), "http://x/a?text=q&layer=4&head=2")
})
