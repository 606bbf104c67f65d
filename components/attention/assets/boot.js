// Unpacks what the page was sent and hands it to BertViz's own script, which is loaded unchanged.
"use strict"
const input = JSON.parse(document.getElementById("input").textContent)

const unpacked = async (base64) => {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"))
  return new Response(stream).arrayBuffer()
}

const run = (source) => {
  const script = document.createElement("script")
  script.textContent = source
  document.head.append(script)
}

// [layer][head][row][column] of one byte each, every head with its own step, as the nested arrays BertViz expects.
const decoded = async ({ data, shape, steps, signed }) => {
  const buffer = await unpacked(data)
  const levels = signed ? new Int8Array(buffer) : new Uint8Array(buffer)
  const [layers, heads, rows, columns] = shape
  const range = (count, make) => Array.from({ length: count }, (_, index) => make(index))
  return range(layers, (layer) => range(heads, (head) => range(rows, (row) => {
    const start = ((layer * heads + head) * rows + row) * columns
    return Array.from(levels.subarray(start, start + columns), (level) => level * steps[layer][head])
  })))
}

const cut = (array, rows, columns) =>
  array.map((layer) => layer.map((head) => head.slice(...rows).map((row) => (columns ? row.slice(...columns) : row))))

// A line for a weight of exactly 0 is drawn by BertViz with opacity 0. Leaving a hole where its element would be
// keeps every index and every pixel, and most of the elements of a long text are never made.
const leaveOutInvisible = (d3) => {
  const append = d3.selection.prototype.append
  d3.selection.prototype.append = function (name) {
    if (name === "line" || name === "path") {
      for (const group of this._groups) {
        group.forEach((node, index) => { if (node && node.__data__ === 0) group[index] = undefined })
      }
    }
    return append.call(this, name)
  }
}

// The page's own slider chooses the layer; a menu that offers the one layer that was sent only looks like a choice.
const leaveOutChoicesOfOne = (root) => {
  for (const menu of root.querySelectorAll("select")) {
    if (menu.options.length !== 1) continue
    menu.previousSibling.remove() // its label
    menu.hidden = true
  }
}

const start = async () => {
  const arrays = {}
  for (const [name, packed] of Object.entries(input.arrays)) arrays[name] = await decoded(packed)
  for (const part of Object.values(input.params.attention)) {
    const { queries: rows, keys: columns } = part.span
    part.attn = cut(arrays.attention, rows, columns)
    if (!arrays.queries) continue
    part.queries = cut(arrays.queries, rows)
    part.keys = cut(arrays.keys, columns)
  }
  window.bertviz_params = input.params
  for (const packed of input.scripts) run(new TextDecoder().decode(await unpacked(packed)))
  leaveOutInvisible(window.d3)
  d3.schemeCategory10 = input.colours
  window.require = { config() {} }
  window.requirejs = (_names, view) => view(window.jQuery, window.d3)
  run(new TextDecoder().decode(await unpacked(input.view)))
  const root = document.querySelector("body > div")
  const fit = () => { root.style.zoom = Math.max(input.least_zoom, Math.min(1, window.innerWidth / input.width)) }
  fit()
  window.addEventListener("resize", fit)
  if (input.layer !== null) document.querySelector("#layer option").textContent = input.layer
  leaveOutChoicesOfOne(root)
  document.documentElement.dataset.drawn = "true"
}
start()
