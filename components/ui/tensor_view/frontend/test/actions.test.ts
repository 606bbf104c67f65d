import assert from "node:assert/strict"
import { test } from "node:test"
import { addressFor, isPossible } from "../src/actions.ts"
import type { Action, Header, Selection } from "../src/protocol.ts"

const header = { rows: [{ label: "[CLS]", special: true }, { label: "cat" }] } as unknown as Header
const start: Selection = { layer: 3, head: 1, query: 1, key: null, mode: "text" }
const search: Action = { name: "search", label: "", ofWord: true, href: "" }

test("an action on a word needs a pinned one, and a special token is none", () => {
  assert.equal(isPossible(search, header, start), true)
  for (const query of [null, 0, 2]) assert.equal(isPossible(search, header, { ...start, query }), false)
  assert.equal(isPossible({ ...search, ofWord: false }, header, { ...start, query: null }), true)
})

test("a link has the selection, and leaves out what is not pinned", () => {
  const href = "inside?text=%7Bhead%7D&row=attention.{layer}&position={query}&head={head}"
  assert.equal(addressFor(href, start), "inside?text=%7Bhead%7D&row=attention.3&position=1&head=1")
  assert.equal(addressFor(href, { ...start, query: null }), "inside?text=%7Bhead%7D&row=attention.3&head=1")
})
