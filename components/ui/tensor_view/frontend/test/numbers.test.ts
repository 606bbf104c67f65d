import assert from "node:assert/strict"
import { test } from "node:test"

import { decimals } from "../src/dom.ts"

test("a number below zero has a true minus sign", () => {
  assert.equal(decimals(-0.125, 2), "\u22120.13")
  assert.equal(decimals(0.125, 3), "0.125")
})
