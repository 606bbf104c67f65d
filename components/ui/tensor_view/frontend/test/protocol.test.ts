import assert from "node:assert/strict"
import { test } from "node:test"
import { deflateSync } from "node:zlib"
import { halfToNumber, readPayload, UnreadablePayload, type Header } from "../src/protocol.ts"
import { placesOfMass, strongest, Tensor } from "../src/tensor.ts"

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

test("a share of the mass takes as few as can be, each row by itself, of equal ones the earlier", () => {
  assert.deepEqual(placesOfMass([0.5, 0.3, 0.2], 0.8), [0, 1])
  assert.deepEqual(placesOfMass([0.1, 0.2, 0.7], 0.7), [2])
  assert.deepEqual(placesOfMass([0.25, 0.25, 0.25, 0.25], 0.5), [0, 1])
  assert.deepEqual(placesOfMass([0.5, 0.3, 0.2], 0), [])
  assert.deepEqual(placesOfMass([0.6, 0, 0.4, 0], 1), [0, 2])
  assert.deepEqual(placesOfMass([0, 0], 1), [])
})

test("no smaller set of a row holds the share", () => {
  let state = 1
  const next = () => (state = (state * 48271) % 2147483647) / 2147483647
  for (let turn = 0; turn < 200; turn += 1) {
    const row = Array.from({ length: 1 + Math.floor(next() * 7) }, next)
    const [share, total] = [next(), row.reduce((sum, value) => sum + value, 0)]
    const values = placesOfMass(row, share).map((place) => row[place])
    const held = values.reduce((sum, value) => sum + value, 0)
    assert.ok(held >= share * total - 1e-6)
    if (values.length > 0) assert.ok(held - Math.min(...values) < share * total)
  }
})

test("cells outside the share are blank in the picture, and the others as they were", () => {
  const levels = new Uint8Array([178, 51, 26, 102, 77, 76])
  const exact = new Float32Array([0.7, 0.2, 0.1, 0.4, 0.3, 0.3])
  const arrays = [{ name: "levels", dtype: "u1", shape: [1, 1, 2, 3], offset: 0, length: 6 }]
  const tokens = (count: number) => Array.from({ length: count }, () => ({ label: "t" }))
  const header = { rows: tokens(2), columns: tokens(3), heads: 1, pooled: 1, exactHeads: null, range: [0, 1], arrays }
  const tensor = new Tensor(header as unknown as Header, new Map<string, Uint8Array | Float32Array>([["levels", levels], ["exact", exact]]))
  assert.deepEqual([...tensor.imageOfMass(0, 0, 0.7).levels], [178, 0, 0, 102, 77, 0])
  assert.deepEqual([...tensor.imageOfMass(0, 0, 1).levels], [...levels])
})
