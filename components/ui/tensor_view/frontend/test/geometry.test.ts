import assert from "node:assert/strict"
import { test } from "node:test"
import { arcPath, cellAt, labelsBeside, labelStep, layOut, pan, pool, zoom } from "../src/geometry.ts"

const options = { labelWidth: 60, labelHeight: 50, mostHeight: 640 }
const whole = (count: number) => ({ row: 0, column: 0, rows: count, columns: count })

test("cells of a square matrix are square and fit the width", () => {
  for (const count of [1, 7, 64, 128, 512]) {
    const grid = layOut(700, whole(count), options)
    assert.ok(Math.abs(grid.cell - grid.cellHeight) < 1e-9, `${count}`)
    assert.ok(grid.area.left + grid.area.width <= 700.001, `${count}`)
  }
})

test("every cell is found under its own middle, and nothing outside", () => {
  const seen = { row: 2, column: 3, rows: 5, columns: 4 }
  const grid = layOut(400, seen, options)
  for (let row = 0; row < 5; row += 1) {
    for (let column = 0; column < 4; column += 1) {
      const [x, y] = [grid.area.left + (column + 0.5) * grid.cell, grid.area.top + (row + 0.5) * grid.cellHeight]
      assert.deepEqual(cellAt(x, y, grid, seen), { row: row + 2, column: column + 3 })
    }
  }
  assert.equal(cellAt(grid.area.left - 1, grid.area.top + 1, grid, seen), null)
  assert.equal(cellAt(grid.area.left + grid.area.width + 1, grid.area.top + 1, grid, seen), null)
})

test("a pooled thumbnail keeps every peak", () => {
  const levels = new Uint8Array(100 * 100)
  levels[37 * 100 + 99] = 200
  const small = pool(levels, 100, 100, 48)
  assert.equal(small.rows, 34)
  assert.equal(small.levels[12 * 34 + 33], 200)
  assert.equal(small.levels.reduce((sum, level) => sum + level, 0), 200)
})

test("a small matrix is not copied", () => {
  const levels = new Uint8Array(9)
  assert.equal(pool(levels, 3, 3, 48).levels, levels)
})

test("zoom and pan stay within the matrix", () => {
  let seen = whole(512)
  for (let step = 0; step < 12; step += 1) seen = zoom(seen, 0.5, { row: 511, column: 0 }, 512, 512)
  assert.deepEqual(seen, { row: 504, column: 0, rows: 8, columns: 8 })
  assert.deepEqual(pan(seen, 100, -100, 512, 512), seen)
  for (let step = 0; step < 12; step += 1) seen = zoom(seen, 2, { row: 0, column: 0 }, 512, 512)
  assert.deepEqual(seen, whole(512))
})

test("an arc ends at both words, on one line and on two", () => {
  const from = { left: 10, top: 20, width: 20, height: 20 }
  assert.match(arcPath(from, { ...from, left: 100 }), /^M20 20 C.* 110 20$/)
  assert.match(arcPath(from, { left: 0, top: 60, width: 10, height: 20 }), /^M20 40 C.* 5 60$/)
})

test("where there is no room for each label, groups are named in their middle", () => {
  const tokens = ["a", "a", "a", "b"].map((group, place) => ({ label: `t${place}`, group }))
  assert.deepEqual(labelsBeside(tokens, 4), [{ text: "a", middle: 1.5 }, { text: "b", middle: 3.5 }])
  assert.deepEqual(labelsBeside(tokens, 20).map(({ text }) => text), ["t0", "t1", "t2", "t3"])
  const plain = tokens.map(({ label }) => ({ label }))
  assert.deepEqual(labelsBeside(plain, 7), [{ text: "t0", middle: 0.5 }, { text: "t2", middle: 2.5 }])
})

test("a matrix that fills its width has the wanted height, whatever its shape", () => {
  for (const [rows, columns] of [[64, 12], [10, 512], [64, 64]]) {
    const { area, cell, cellHeight } = layOut(700, { row: 0, column: 0, rows, columns }, { ...options, mostHeight: 380, isFilled: true })
    assert.deepEqual([area.left + area.width, area.top + area.height], [700, 380])
    assert.deepEqual([cell * columns, cellHeight * rows].map(Math.round), [640, 330])
  }
})

test("labels stand at round steps, and at least 14 px apart", () => {
  assert.deepEqual([44, 14, 13, 7, 5, 2.5, 1.2, 0.7, 0.1].map(labelStep), [1, 1, 2, 2, 5, 10, 20, 20, 200])
})
