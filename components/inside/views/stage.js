// One cell of the board at three depths: a sentence, a picture, the numbers. Everything is built with textContent.
// Whatever is said of a number is computed here from the numbers that are shown, not sent along.

const SYNC_AFTER_MS = 600
const VECTOR_HEIGHT = 18
const LEAST_CELL = 3
const MOST_CELL = 22
const PRODUCTS = 3
const MOST_IN_FULL = 64 // of more numbers, the largest two in a hundred do not set the colours

const views = new WeakMap()

export default function ({ data, parentElement, setStateValue }) {
  let view = views.get(parentElement)
  if (view === undefined) {
    view = new Stage(parentElement.querySelector(".stage"))
    views.set(parentElement, view)
  }
  view.update(data, setStateValue)
  return () => {
    view.dispose()
    views.delete(parentElement)
  }
}

class Stage {
  constructor(root) {
    this.root = root
    this.resized = new ResizeObserver(() => this.redraw())
    this.resized.observe(root)
    this.hovered = null
    this.isOpen = null
  }

  dispose() {
    this.resized.disconnect()
    clearTimeout(this.timer)
  }

  update(data, setStateValue) {
    this.tell = setStateValue
    if (data.id === this.data?.id) return
    this.isOpen ??= data.open
    this.data = data
    this.head = data.head
    this.hovered = null
    this.operations = new Map(data.operations.map((each) => [each.name, { ...each, numbers: decode(each.data) }]))
    this.build()
  }

  chooseHead(head) {
    if (head === this.head || head < 0 || head >= this.data.heads) return
    this.head = head
    if (this.data.firstHead === null) this.build()
    const url = new URL(location.href)
    url.searchParams.delete("head")
    url.searchParams.append("head", String(head))
    history.replaceState(history.state, "", url)
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.tell("head", { head, cell: this.data.cell }), this.data.firstHead === null ? SYNC_AFTER_MS : 0)
  }

  build() {
    const { data } = this
    this.canvases = []
    const active = this.root.getRootNode().activeElement?.dataset?.canvas
    this.root.dataset.row = data.row
    this.root.dataset.head = data.heads ? String(this.head) : ""
    this.root.dataset.shown = data.part
    const isWhole = data.part === "all"
    const title = isWhole ? data.title : `${data.title} · ${fill(data.words.head, { head: this.head })}`
    const parts = [element("h3", "", title)]
    const picture = element("div", "picture")
    if (data.part !== "scores") parts.push(element("p", "sentence", data.sentences[data.heads ? this.head : 0]))
    if (data.heads && data.part !== "scores") picture.append(this.headsPicture())
    if (data.top.length) picture.append(this.scoresPicture())
    if (data.part !== "scores") picture.append(...this.pushesPicture())
    if (isWhole) picture.append(...this.streamPicture())
    parts.push(picture)
    if (isWhole) parts.push(this.numbersPart())
    else parts.push(...data.listed.map((name) => this.operationCard(this.operations.get(name))))
    this.root.replaceChildren(...parts)
    this.redraw()
    if (active) this.root.querySelector(`[data-canvas="${CSS.escape(active)}"]`)?.focus()
  }

  numbersPart() {
    const { data } = this
    const numbers = element("details", "depth")
    numbers.open = this.isOpen
    numbers.dataset.part = "numbers"
    numbers.ontoggle = () => {
      this.isOpen = numbers.open
      this.redraw()
    }
    numbers.append(element("summary", "", data.words.numbers))
    for (const name of data.listed) numbers.append(this.operationCard(this.operations.get(name)))
    return numbers
  }

  headsPicture() {
    const { data } = this
    const box = element("div", "heads")
    box.append(element("h4", "", data.words.heads))
    const values = decode(data.shares)
    box.append(this.canvas({
      key: "heads", rows: data.heads, columns: data.keys.length, values, scale: "sequential", range: [0, 1],
      rowLabels: Array.from({ length: data.heads }, (_, head) => String(head)), columnLabels: data.keys, cellHeight: 16,
      say: (row, column) => fill(data.words.share, { head: row, token: data.keys[column], share: percent(values[row * data.keys.length + column]) }),
      outlined: () => [[this.head, null]],
      choose: (row) => this.chooseHead(row),
      move: (step) => this.chooseHead(this.head + step),
      row: () => this.head,
    }))
    return box
  }

  scoresPicture() {
    const { data } = this
    const box = element("div", "big")
    const shares = this.operations.get("probabilities").numbers
    data.top.forEach((word, place) => {
      const bar = element("div", "bar")
      bar.style.width = `${100 * shares[place]}%`
      box.append(element("code", "", word), bar, element("span", "", percent(shares[place])))
    })
    return box
  }

  pushesPicture() {
    const { data } = this
    if (data.heads) {
      const push = data.pushes[this.head]
      const box = element("div", "writes")
      box.append(element("h4", "", fill(data.words.head_writes, { head: this.head })), pushBox(push, data.words), element("p", "", push.said))
      return [box]
    }
    if (!data.pushes.length) return []
    const box = element("div", "writes")
    box.append(element("h4", "", data.words.neurons))
    for (const push of data.pushes) {
      const neuron = element("div", "neuron")
      neuron.append(element("span", "", push.title), pushBox(push, data.words))
      box.append(neuron)
    }
    return [box]
  }

  streamPicture() {
    const isNormed = this.operations.has("sum") // after the addition, as in BERT
    const names = isNormed ? ["below", "added", "sum", "x"] : ["below", "added", "x"]
    if (!names.every((name) => this.operations.has(name))) return []
    const { words } = this.data
    const largest = Math.max(...names.map((name) => quantile(this.operations.get(name).numbers, 0.98)))
    const box = element("div", "stream")
    box.append(element("h4", "", words.stream))
    for (const name of names) {
      const line = element("div", "row")
      line.append(element("span", "", words[name === "x" && isNormed ? "stream_normed" : `stream_${name}`]), this.canvas(this.cells(this.operations.get(name), `stream-${name}`, largest)))
      box.append(line)
    }
    return [box]
  }

  operationCard(operation) {
    const { words, tints } = this.data
    const card = element("section", "operation")
    card.dataset.operation = operation.name
    if (operation.role) card.style.setProperty("--tint", tints[operation.role])
    const name = element("div", "name")
    const { symbol, formula } = operation
    const isWhole = formula === symbol || formula.startsWith(`${symbol} =`)
    name.append(element("strong", "", operation.title), element("span", "formula", !formula ? symbol : isWhole ? formula : `${symbol} = ${formula}`))
    const how = element("div", "how")
    how.append(name)
    if (operation.code) how.append(element("pre", "", operation.code))
    if (operation.error !== null) how.append(element("p", "error", operation.error === 0 ? words.exact : fill(words.error, { error: operation.error.toExponential(0) })))
    const options = this.cells(operation, operation.name)
    const numbers = element("div", "cells")
    numbers.append(this.canvas(options))
    const said = element("p", "said", operation.sources)
    said.setAttribute("aria-live", "polite")
    said.dataset.part = "said"
    numbers.append(said)
    const table = element("details", "")
    table.append(element("summary", "", words.table))
    table.ontoggle = () => table.open && table.children.length === 1 && table.append(this.table(options))
    numbers.append(table)
    card.append(how, numbers)
    return card
  }

  /** The part of an operation's numbers that belongs to the chosen head, and how its cells are drawn and said. */
  cells(operation, key, largest) {
    const { values, rows, columns } = this.part(operation)
    const isShare = operation.kind === "softmax"
    const finite = Array.from(values).filter(Number.isFinite)
    const most = largest ?? quantile(finite, finite.length > MOST_IN_FULL ? 0.98 : 1)
    const isOver = operation.axes === "head key" || operation.axes === "token"
    const labels = operation.axes === "token" ? this.data.top : this.data.keys
    return {
      key, rows, columns, values,
      scale: isShare ? "sequential" : "diverging",
      range: isShare ? [0, 1] : [-most, most],
      rowLabels: rows > 1 ? (operation.axes === "token width" ? this.data.top : this.data.keys) : null,
      columnLabels: isOver ? labels : null,
      hasNumbers: isOver,
      cellHeight: isOver ? 26 : rows > 1 ? 16 : VECTOR_HEIGHT,
      say: (row, column) => this.explain(operation, row, column),
      outlined: () => (this.hovered?.sources ?? []).filter((each) => each.name === key).map((each) => [each.row, each.column]),
      hover: (row, column) => {
        this.hovered = row === null ? null : { sources: this.sources(operation, row, column) }
      },
    }
  }

  part(operation) {
    const { numbers, axes, shape } = operation
    const { heads, keyHeads, firstHead } = this.data
    if (!axes.startsWith("head")) return shape.length === 2 ? { values: numbers, rows: shape[0], columns: shape[1] } : { values: numbers, rows: 1, columns: shape[0] }
    const head = firstHead === null ? this.head : 0
    if (axes === "head key dim") {
      const place = firstHead === null ? Math.floor(head / (heads / keyHeads)) : 0
      const size = shape[1] * shape[2]
      return { values: numbers.subarray(place * size, (place + 1) * size), rows: shape[1], columns: shape[2] }
    }
    return { values: numbers.subarray(head * shape[1], (head + 1) * shape[1]), rows: 1, columns: shape[1] }
  }

  valuesOf(name) {
    const operation = this.operations.get(name)
    return operation === undefined ? null : this.part(operation)
  }

  /** Which numbers of other operations a number is computed from. */
  sources(operation, row, column) {
    const [first, second] = operation.inputs
    switch (operation.kind) {
      case "scores":
        return [{ name: first, row: 0, column: null }, { name: second, row: column, column: null }]
      case "mix":
        return [{ name: first, row: 0, column: null }, { name: second, row: null, column }]
      case "sum":
      case "activation":
      case "scale":
      case "cap":
      case "mask":
        return operation.inputs.map((name) => ({ name, row, column }))
      case "turn": {
        const half = operation.shape.at(-1) / 2
        return [{ name: first, row, column }, { name: first, row, column: (column + half) % (2 * half) }]
      }
      case "linear":
        if (operation.axes === "token") return [{ name: first, row: 0, column: null }, { name: second, row: column, column: null }]
        return operation.inputs.map((name) => ({ name, row: this.operations.get(name)?.axes === "width" ? 0 : row, column: null }))
      default:
        return operation.inputs.map((name) => ({ name, row, column: null }))
    }
  }

  /** Say how a number comes about, computed again from the numbers shown. */
  explain(operation, row, column) {
    const { words, keys, top, scaling } = this.data
    const { values, columns } = this.part(operation)
    const value = values[row * columns + column]
    const [first, second] = operation.inputs.map((name) => this.valuesOf(name))
    const label = operation.axes === "token" ? top[column] : operation.axes === "head key" ? keys[column] : String(column)
    const said = { label, value: short(value), token: keys[row] ?? "", column, symbol: operation.symbol }
    const dot = (left, right) => {
      let sum = 0
      for (let place = 0; place < left.length; place += 1) sum += left[place] * right[place]
      const shown = Array.from({ length: Math.min(PRODUCTS, left.length) }, (_, place) => `${short(left[place])} · ${short(right[place])}`)
      return { sum, shown: `${shown.join(" + ")} + …`, count: left.length }
    }
    if (operation.kind === "scores" && first && second) {
      const { sum, shown, count } = dot(first.values, second.values.subarray(column * second.columns, (column + 1) * second.columns))
      return fill(words.say_scores, { ...said, products: shown, count, sum: short(sum), scaling: short(scaling), again: short(sum * scaling) })
    }
    if (operation.kind === "mix" && first && second) {
      let sum = 0
      const parts = Array.from(first.values, (share, place) => [share, second.values[place * second.columns + column], keys[place]])
      for (const [share, number] of parts) sum += share * number
      const shown = [...parts].sort((a, b) => b[0] - a[0]).slice(0, PRODUCTS).map(([share, number, token]) => `${short(share)} · ${short(number)} (${token})`)
      return fill(words.say_mix, { ...said, products: shown.join(" + "), again: short(sum) })
    }
    if (operation.kind === "softmax" && first && operation.axes !== "token") {
      const most = Math.max(...first.values)
      let sum = 0
      for (const score of first.values) sum += Math.exp(score - most)
      return fill(words.say_softmax, { ...said, score: short(first.values[column]), most: short(most), sum: short(sum), again: short(Math.exp(first.values[column] - most) / sum) })
    }
    if (operation.kind === "softmax") return fill(words.say_probability, { ...said, value: percent(value) })
    if (operation.kind === "sum" && operation.inputs.every((name) => this.operations.has(name))) {
      const parts = operation.inputs.map((name) => this.valuesOf(name).values[row * columns + column])
      return fill(words.say_sum, { ...said, parts: parts.map(short).join(" + "), again: short(parts.reduce((a, b) => a + b, 0)) })
    }
    if (operation.kind === "norm" && first) {
      const own = first.values.subarray(row * columns, (row + 1) * columns)
      const mean = own.reduce((a, b) => a + b, 0) / own.length
      const squares = own.reduce((a, b) => a + b * b, 0) / own.length
      const spread = Math.sqrt(operation.formula.includes("mean(x))") ? squares - mean * mean : squares)
      return fill(words.say_norm, { ...said, input: short(own[column]), mean: short(mean), spread: short(spread) })
    }
    if (operation.kind === "activation" && first) {
      const inputs = operation.inputs.map((name) => short(this.valuesOf(name)?.values[column] ?? NaN))
      return fill(words.say_activation, { ...said, inputs: inputs.join(", ") })
    }
    if (operation.kind === "mask") return fill(Number.isFinite(value) ? words.say_seen : words.say_hidden, said)
    if (operation.kind === "linear" && operation.axes === "token" && first && second) {
      const { sum, shown, count } = dot(first.values, second.values.subarray(column * second.columns, (column + 1) * second.columns))
      return fill(words.say_logit, { ...said, products: shown, count, again: short(sum) })
    }
    if (operation.kind === "linear") return fill(operation.axes === "head key dim" ? words.say_linear_of : words.say_linear, { ...said, count: operation.products })
    if (operation.kind === "lookup") return fill(words.say_lookup, said)
    return fill(words.say_value, said)
  }

  table({ rows, columns, values, rowLabels, columnLabels }) {
    const scroll = element("div", "scroll")
    const table = element("table", "")
    const heading = table.createTHead().insertRow()
    heading.append(element("td", ""))
    for (let column = 0; column < columns; column += 1) heading.append(Object.assign(element("th", "", columnLabels?.[column] ?? String(column)), { scope: "col" }))
    const body = table.createTBody()
    for (let row = 0; row < rows; row += 1) {
      const line = body.insertRow()
      line.append(Object.assign(element("th", "", rowLabels?.[row] ?? ""), { scope: "row" }))
      for (let column = 0; column < columns; column += 1) line.insertCell().textContent = short(values[row * columns + column])
    }
    scroll.append(table)
    return scroll
  }

  canvas(options) {
    const scroll = element("div", "scroll")
    const canvas = element("canvas", "")
    canvas.dataset.canvas = options.key
    canvas.tabIndex = 0
    canvas.setAttribute("role", "img")
    const entry = { canvas, options, at: null }
    const label = () => canvas.setAttribute("aria-label", entry.at ? options.say(...entry.at) : fill(this.data.words.numbers_in, { rows: options.rows, columns: options.columns }))
    const point = (at) => {
      if (at?.[0] === entry.at?.[0] && at?.[1] === entry.at?.[1]) return
      entry.at = at
      options.hover?.(at?.[0] ?? null, at?.[1] ?? null)
      const said = canvas.closest(".operation")?.querySelector(".said") ?? canvas.closest(".heads, .stream")?.querySelector(".said")
      if (at !== null && said) said.textContent = options.say(...at)
      label()
      this.redraw()
    }
    canvas.onpointermove = (event) => point(cellAt(entry, event))
    canvas.onpointerleave = () => point(null)
    canvas.onclick = (event) => {
      const at = cellAt(entry, event)
      if (at) options.choose?.(at[0])
    }
    canvas.onkeydown = (event) => {
      const step = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] }[event.key]
      if (step === undefined || event.ctrlKey || event.metaKey || event.altKey) return
      event.preventDefault()
      if (options.move && step[0]) return options.move(step[0])
      const [row, column] = entry.at ?? [options.row?.() ?? 0, step[1] > 0 ? -1 : 0]
      point([clamp(row + step[0], options.rows), clamp(column + step[1], options.columns)])
    }
    label()
    this.canvases.push(entry)
    scroll.append(canvas)
    if (options.choose) {
      const said = element("p", "said", this.data.words.choose_head)
      said.setAttribute("aria-live", "polite")
      const box = element("div", "")
      box.append(scroll, said)
      return box
    }
    return scroll
  }

  redraw() {
    const style = getComputedStyle(this.root)
    for (const entry of this.canvases ?? []) draw(entry, style)
  }
}

function draw(entry, style) {
  const { canvas, options } = entry
  const width = canvas.parentElement.clientWidth
  if (width === 0) return
  const font = `12.5px ${style.getPropertyValue("--st-font") || "sans-serif"}`
  const probe = canvas.getContext("2d")
  if (probe === null) return
  probe.font = font
  const left = options.rowLabels ? Math.min(Math.max(...options.rowLabels.map((each) => probe.measureText(each).width)) + 8, width / 3) : 0
  const top = options.columnLabels ? 18 : 0
  const least = options.hasNumbers ? 50 : options.columnLabels ? 34 : LEAST_CELL
  const most = options.hasNumbers ? 96 : options.columnLabels ? 90 : MOST_CELL
  const isWrapped = options.rows === 1 && !options.columnLabels && options.columns * LEAST_CELL > width
  const across = isWrapped ? Math.floor(width / LEAST_CELL) : options.columns
  const lines = isWrapped ? Math.ceil(options.columns / across) : options.rows
  const cell = Math.min(Math.max((width - left - 1) / across, least), most)
  const height = options.cellHeight
  Object.assign(entry, { left, top, cell, across, isWrapped })
  const ratio = Math.min(devicePixelRatio || 1, 3)
  const [wide, high] = [Math.ceil(left + cell * across), top + lines * height + 1]
  canvas.width = Math.round(wide * ratio)
  canvas.height = Math.round(high * ratio)
  canvas.style.width = `${wide}px`
  canvas.style.height = `${high}px`
  const context = canvas.getContext("2d")
  context.setTransform(ratio, 0, 0, ratio, 0, 0)
  context.font = font
  context.textBaseline = "middle"
  const text = style.getPropertyValue("--st-text-color") || "#111"
  const colours = colourTable(style.getPropertyValue(`--st-chart-${options.scale}-colors`))
  const [lowest, highest] = options.range
  const gap = cell > 8 ? 1 : 0
  for (let place = 0; place < options.rows * options.columns; place += 1) {
    const value = options.values[place]
    const [row, column] = isWrapped ? [Math.floor(place / across), place % across] : [Math.floor(place / options.columns), place % options.columns]
    const [x, y] = [left + column * cell, top + row * height]
    if (!Number.isFinite(value)) {
      context.strokeStyle = text
      context.globalAlpha = 0.35
      context.strokeRect(x + 0.5, y + 0.5, cell - 2, height - 2)
      context.globalAlpha = 1
      if (options.hasNumbers) write(context, "−∞", text, x + cell / 2, y + height / 2, cell)
      continue
    }
    const level = clamp(Math.round((255 * (value - lowest)) / (highest - lowest)), 256)
    const colour = colours[level]
    context.fillStyle = `rgb(${colour.join(" ")})`
    context.fillRect(x, y, cell - gap, height - 1)
    if (options.hasNumbers) write(context, options.scale === "sequential" ? percent(value) : short(value), brightness(colour) < 140 ? "#fff" : "#111", x + cell / 2, y + height / 2, cell)
  }
  context.fillStyle = text
  context.textAlign = "right"
  options.rowLabels?.forEach((label, row) => context.fillText(label, left - 5, top + (row + 0.5) * height, left - 5))
  context.textAlign = "center"
  options.columnLabels?.forEach((label, column) => context.fillText(label, left + (column + 0.5) * cell, 9, cell - 2))
  const accent = style.getPropertyValue("--st-primary-color") || "#0A66A8"
  const outline = (row, column, colour) => {
    context.strokeStyle = colour
    context.lineWidth = 2
    if (isWrapped && column === null) return context.strokeRect(1, 1, wide - 2, high - 2)
    const [line, at] = isWrapped ? [Math.floor(column / across), column % across] : [row, column]
    const [x, y] = [left + (at ?? 0) * cell, top + (line ?? 0) * height]
    context.strokeRect(x + 1, y + 1, Math.max((at === null ? cell * across : cell) - 2, 2), (line === null ? height * lines : height) - 2)
  }
  for (const [row, column] of options.outlined?.() ?? []) outline(row, column, accent)
  if (entry.at) outline(...entry.at, text)
}

function write(context, said, colour, x, y, cell) {
  context.fillStyle = colour
  context.textAlign = "center"
  context.fillText(said, x, y, cell - 4)
}

function cellAt({ canvas, options, left, top, cell, across, isWrapped }, event) {
  const box = canvas.getBoundingClientRect()
  const column = Math.floor((event.clientX - box.left - left) / cell)
  const row = Math.floor((event.clientY - box.top - top) / options.cellHeight)
  if (column < 0 || row < 0 || column >= across) return null
  if (isWrapped) {
    const place = row * across + column
    return place < options.columns ? [0, place] : null
  }
  return row < options.rows ? [row, column] : null
}

function pushBox({ up, down }, words) {
  const box = element("div", "pushes")
  const most = Math.max(...[...up, ...down].map(([, value]) => Math.abs(value)), 1e-9)
  for (const [name, list] of [["up", up], ["down", down]]) {
    const side = element("ol", name)
    side.setAttribute("aria-label", words[name])
    for (const [word, value] of list) {
      const line = element("li", "")
      const bar = element("span", "bar")
      bar.style.width = `${(100 * Math.abs(value)) / most}%`
      line.append(element("code", "", word), bar, element("span", "value", (value >= 0 ? "+" : "−") + Math.abs(value).toFixed(2)))
      side.append(line)
    }
    box.append(side)
  }
  return box
}

function decode(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))
  return new Float32Array(bytes.buffer)
}

const tables = new Map()
function colourTable(names) {
  let table = tables.get(names)
  if (table === undefined) {
    const given = names.split(/,(?![^(]*\))/).map((name) => {
      const hex = /#([0-9a-f]{6})/i.exec(name)?.[1]
      return hex ? [0, 2, 4].map((start) => parseInt(hex.slice(start, start + 2), 16)) : (name.match(/\d+/g) ?? [128, 128, 128]).slice(0, 3).map(Number)
    })
    table = Array.from({ length: 256 }, (_, level) => {
      const place = (level / 255) * (given.length - 1)
      const lower = Math.min(Math.floor(place), given.length - 2)
      return [0, 1, 2].map((channel) => Math.round(given[lower][channel] + (given[lower + 1][channel] - given[lower][channel]) * (place - lower)))
    })
    tables.set(names, table)
  }
  return table
}

function element(name, className, text) {
  const made = document.createElement(name)
  if (className) made.className = className
  if (text !== undefined) made.textContent = text
  return made
}

function fill(template, values) {
  return template.replace(/\{(\w+)\}/g, (all, name) => String(values[name] ?? all))
}

function quantile(values, share) {
  const sorted = Array.from(values, Math.abs).sort((a, b) => a - b)
  return sorted[Math.floor(share * (sorted.length - 1))] || 1
}

const clamp = (value, count) => Math.min(Math.max(value, 0), count - 1)
const brightness = ([red, green, blue]) => 0.299 * red + 0.587 * green + 0.114 * blue
const short = (value) => (Number.isFinite(value) ? (Math.abs(value) >= 1000 ? value.toFixed(0) : Math.abs(value) >= 100 ? value.toFixed(1) : Math.abs(value) >= 0.01 || value === 0 ? value.toFixed(2) : value.toExponential(0)).replace("-", "−") : value < 0 ? "−∞" : "–")
const percent = (share) => (share > 0 && share < 0.0005 ? "<0.1%" : `${(100 * share).toFixed(share < 0.1 || share > 0.99 ? 1 : 0)}%`)
