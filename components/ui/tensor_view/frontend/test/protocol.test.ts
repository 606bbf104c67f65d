import assert from "node:assert/strict"
import { test } from "node:test"
import { deflateSync } from "node:zlib"
import { halfToNumber, readPayload, UnreadablePayload, type Header } from "../src/protocol.ts"
import { countOfMass, strongest, Tensor } from "../src/tensor.ts"

function packed(header: Partial<Header>, body: Uint8Array): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(header))
  const length = new Uint8Array(new Uint32Array([text.length]).buffer)
  return new Uint8Array(Buffer.concat([length, text, deflateSync(body)]))
}

const tokens = [{ label: "a" }, { label: "b" }]
const base: Partial<Header> = { layers: 1, heads: 2, pooled: 1, range: [0, 1], rows: tokens, columns: tokens, exactHeads: [1] }

test("levels and exact values come back as they were sent", async () => {
  const body = new Uint8Array(16)
  body.set([0, 255, 51, 102, 255, 0, 0, 255])
  body.set(new Uint8Array(new Uint16Array([0x3800, 0x3400, 0x0001, 0x3c00]).buffer), 8)
  const arrays: Header["arrays"] = [
    { name: "levels", dtype: "u1", shape: [1, 2, 2, 2], offset: 0, length: 8 },
    { name: "exact", dtype: "f2", shape: [1, 2, 2], offset: 8, length: 8 },
  ]
  const payload = await readPayload(packed({ ...base, arrays }, body))
  const tensor = new Tensor(payload.header, payload.arrays)
  assert.deepEqual(tensor.read(0, 0, 1, 0), { value: 0.2, exact: false })
  assert.deepEqual(tensor.row(0, 1, 0), [{ value: 0.5, exact: true }, { value: 0.25, exact: true }])
  assert.deepEqual([...tensor.levelsOf(0, 1)], [255, 0, 0, 255])
})

test("what is cut short is refused, not drawn", async () => {
  await assert.rejects(readPayload(new Uint8Array([1, 2])), UnreadablePayload)
  await assert.rejects(readPayload(new Uint8Array([255, 0, 0, 0, 123])), UnreadablePayload)
  const arrays: Header["arrays"] = [{ name: "levels", dtype: "u1", shape: [1], offset: 0, length: 99 }]
  await assert.rejects(readPayload(packed({ ...base, arrays }, new Uint8Array(8))), UnreadablePayload)
})

test("halves are read as IEEE 754 has them", () => {
  for (const [bits, value] of [[0x0000, 0], [0x0001, 2 ** -24], [0x3c00, 1], [0xc000, -2], [0x7bff, 65504], [0x7c00, Infinity]]) {
    assert.equal(halfToNumber(bits), value)
  }
  assert.ok(Number.isNaN(halfToNumber(0x7e00)))
})

const readings = (...values: number[]) => values.map((value) => ({ value, exact: true }))

test("the strongest come first, equal ones from the left", () => {
  assert.deepEqual(strongest(readings(0.2, 0.5, 0.2, 0.1), 3).map((each) => each.column), [1, 0, 2])
})

test("a share of the mass takes as few as can be", () => {
  assert.equal(countOfMass(readings(0.5, 0.3, 0.2), 0.8), 2)
  assert.equal(countOfMass(readings(0.5, 0.3, 0.2), 0), 0)
  assert.equal(countOfMass(readings(0.5, 0.3, 0.2), 1), 3)
})
