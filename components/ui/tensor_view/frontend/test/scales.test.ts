import assert from "node:assert/strict"
import { test } from "node:test"
import { isDark, lookUpTable, parseColour } from "../src/scales.ts"

test("colours are read in the forms that a theme may have", () => {
  assert.deepEqual(parseColour(" #0A66a8 "), [10, 102, 168])
  assert.deepEqual(parseColour("#fff"), [255, 255, 255])
  assert.deepEqual(parseColour("rgb(1, 2, 3)"), [1, 2, 3])
  assert.deepEqual(parseColour("rgba(1 2 3 / 50%)"), [1, 2, 3])
  assert.equal(parseColour("url(x)"), null)
})

test("a scale begins and ends with its own colours, in even steps", () => {
  const table = lookUpTable(["#000000", "#646464", "#ffffff"])
  assert.deepEqual([...table.subarray(0, 4)], [0, 0, 0, 255])
  assert.deepEqual([...table.subarray(255 * 4)], [255, 255, 255, 255])
  for (let level = 1; level < 256; level += 1) assert.ok(table[level * 4] >= table[(level - 1) * 4])
})

test("without a theme there is a scale all the same", () => {
  const table = lookUpTable([""])
  assert.deepEqual([...table.subarray(0, 3)], [255, 255, 255])
  assert.ok(isDark(table, 255))
  assert.ok(!isDark(table, 0))
})
