"""What the browser keeps of a student's progress, played in Node with a storage of its own."""

from __future__ import annotations

import json
import subprocess

import pytest

from tests.tools import tool
from tests.unit.source_tree import ROOT

SCRIPT = ROOT / "components" / "ui" / "guide" / "guide.js"
PLAY = """
const [script, stored, calls, state] = process.argv.slice(1)
const kept = new Map(stored === "" ? [] : [["transformer-dashboard-progress", stored]])
const localStorage = {
  getItem: (key) => kept.get(key) ?? null,
  setItem: (key, value) => kept.set(key, value),
  removeItem: (key) => kept.delete(key),
}
const page = { dataset: { testScriptState: state } }
const timers = []
const window = {
  localStorage,
  matchMedia: () => ({}),
  setTimeout: (call) => timers.push(call),
  clearTimeout: () => timers.splice(0),
}
const document = { querySelector: (selector) => (selector.includes("stApp") ? page : null) }
Object.assign(globalThis, { window, document })
const { default: draw } = await import(script)
const seen = JSON.parse(calls).map(([session, known, progress]) => {
  const told = []
  const data = [{ keeps: true, session, known, progress }]
  draw({ parentElement: null, data, setStateValue: (_name, value) => told.push(value) })
  timers.splice(0).forEach((call) => call())
  const early = told.length
  page.dataset.testScriptState = "notRunning"
  timers.splice(0).forEach((call) => call())
  if (state !== "notRunning") told.unshift(early)
  return [told, [...kept.values()][0] ?? ""]
})
console.log(JSON.stringify(seen))
"""


@pytest.fixture
def play(tmp_path):
    """Return what the script told the server, and what was kept, after each drawing of a tab."""
    node, module = tool("node"), tmp_path / "guide.mjs"
    module.write_text(SCRIPT.read_text("utf-8"), "utf-8")

    def run(stored: str, *drawings: tuple[str, bool, str], state: str = "notRunning") -> list[list[object]]:
        command = [node, "--input-type=module", "-e", PLAY, str(module), stored, json.dumps(drawings), state]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
        found: list[list[object]] = json.loads(done.stdout)
        return found

    return run


def test_what_is_done_is_kept_and_what_is_deleted_is_gone(play):
    assert play("", ("1", False, "a"), ("1", False, "a b"), ("1", True, "")) == [[[], "a"], [[], "a b"], [[], ""]]


def test_what_was_kept_is_told_once_and_stays_until_the_server_knows_it(play):
    drawings = ("1", False, "c"), ("1", False, "c d"), ("1", True, "a b c d")
    assert play("a b", *drawings) == [[["a b"], "a b"], [[], "a b"], [[], "a b c d"]]


def test_a_tab_that_outlives_its_session_tells_the_next_one_and_loses_nothing(play):
    drawings = ("1", False, "a"), ("1", False, "a b"), ("2", False, "c"), ("2", True, "a b c"), ("2", True, "a b c d")
    assert play("", *drawings)[2:] == [[["a b"], "a b"], [[], "a b c"], [[], "a b c d"]]


@pytest.mark.parametrize("state", ["running", "rerunRequested"])
def test_a_page_that_is_being_drawn_is_told_when_it_is_done(play, state):
    assert play("a b", ("1", False, ""), state=state) == [[[0, "a b"], "a b"]]
