import assert from "node:assert/strict"
import { mock, test } from "node:test"
import { Reporter } from "../src/reporter.ts"

/** A document of which only its listeners matter. */
const page = new EventTarget()
Object.assign(globalThis, { document: page, window: globalThis })
const root = {} as HTMLElement

function turnTo(target: unknown): void {
  const event = new Event("pointerdown")
  event.composedPath = () => [target as EventTarget]
  page.dispatchEvent(event)
}

function reporting(): { reporter: Reporter; count: () => number } {
  let told = 0
  return { reporter: new Reporter(root, () => (told += 1)), count: () => told }
}

test("moves are told once, when the selection rests", () => {
  mock.timers.enable({ apis: ["setTimeout"] })
  const { reporter, count } = reporting()
  for (let move = 0; move < 5; move += 1) {
    reporter.note("at_rest")
    mock.timers.tick(500)
  }
  assert.equal(count(), 0)
  mock.timers.tick(200)
  assert.equal(count(), 1)
  turnTo("elsewhere")
  assert.equal(count(), 1)
  reporter.dispose()
  mock.timers.reset()
})

test("what is told on leaving waits for a turn to another part of the page, however long", () => {
  mock.timers.enable({ apis: ["setTimeout"] })
  const { reporter, count } = reporting()
  reporter.note("on_leaving")
  reporter.note("on_leaving")
  mock.timers.tick(60_000)
  turnTo(root)
  assert.equal(count(), 0)
  turnTo("elsewhere")
  turnTo("elsewhere")
  assert.equal(count(), 1)
  reporter.dispose()
  mock.timers.reset()
})

test("a view that is gone tells nothing, and neither does one that never reports", () => {
  const { reporter, count } = reporting()
  reporter.note("never")
  turnTo("elsewhere")
  reporter.note("on_leaving")
  reporter.dispose()
  turnTo("elsewhere")
  assert.equal(count(), 0)
})
