// One view on the page: its toolbar, its panel, what it says, and how it tells server and address what is chosen.

import { Actions } from "./actions.ts"
import { BoardPanel } from "./board_panel.ts"
import { decimals, element, fill, hasCanvas, writeSentence } from "./dom.ts"
import { MatrixPanel } from "./matrix_panel.ts"
import type { Panel, Scene, Wishes } from "./panel.ts"
import { chosenFace, readHeader, readPayload, type Header, type Selection } from "./protocol.ts"
import { Reporter } from "./reporter.ts"
import { readTheme } from "./scales.ts"
import { addressOf, fit, hasOneMatrix, isSame, move, type Cell } from "./selection.ts"
import { strongest, Tensor } from "./tensor.ts"
import { TablePanel } from "./table_panel.ts"
import { TextPanel } from "./text_panel.ts"
import { ThumbnailPanel } from "./thumbnail_panel.ts"

const MOST_ARCS = 4
const MOST_ARCS_SHOWN = 12
const MOST_NAMED = 5
const LEAST_SHARE_PERCENT = 10
const EXACT_EVENT = "tensor-view-exact"
const POINTER_EVENT = "tensor-view-pointer"

/** What goes to the server: a selection, or the name of what to do with it. */
export interface Channel {
  select: (selection: Selection) => void
  act: (name: string, selection: Selection) => void
}

export class TensorView {
  private readonly root = element("div", "view")
  private readonly toolbar = element("div", "toolbar")
  private readonly place = element("div", "place")
  private readonly options = element("div", "options")
  private readonly side = element("div", "side")
  private readonly readout = element("p", "readout")
  private readonly rounding = element("p", "note")
  private readonly about = element("p", "about")
  private readonly worthHeading = element("p", "heading")
  private readonly worth = element("ol", "worth")
  private readonly table = element("details", "numbers")
  private readonly actions = new Actions()
  private readonly panels = new Map<string, Panel>()
  private readonly resized: ResizeObserver
  private header: Header | null = null
  private tensor: Tensor | null = null
  private selection: Selection = { layer: 0, head: 0, query: null, key: null, mode: "" }
  private hovered: Cell | null = null
  private isBright = false
  private most = MOST_ARCS
  private share = 1
  private readonly hasCanvas = hasCanvas()
  private command = -1
  private session = ""
  private channel: Channel | null = null
  private readonly reporter: Reporter
  private frame: number | undefined
  private controls: { layer?: HTMLInputElement; head?: HTMLInputElement } = {}

  constructor(host: HTMLElement | ShadowRoot) {
    this.root.dataset.testid = "tensor-view"
    this.root.tabIndex = 0
    this.root.setAttribute("role", "group")
    this.readout.setAttribute("aria-live", "polite")
    this.readout.dataset.part = "readout"
    this.about.dataset.part = "about"
    this.side.append(this.readout, this.rounding, this.about, this.worthHeading, this.worth, this.table)
    const body = element("div", "body")
    const main = element("div", "main")
    main.append(this.place, this.options)
    body.append(main, this.side)
    this.root.append(this.toolbar, body, this.actions.root)
    host.replaceChildren(this.root)
    this.root.onkeydown = (event) => this.onKey(event)
    this.table.ontoggle = () => this.drawTable()
    this.resized = new ResizeObserver(() => this.draw())
    this.resized.observe(this.place)
    document.fonts.addEventListener("loadingdone", this.onFonts)
    this.reporter = new Reporter(this.root, () => {
      this.noteTold()
      this.channel?.select(this.selection)
    })
    window.addEventListener(EXACT_EVENT, this.onExact)
    window.addEventListener(POINTER_EVENT, this.onPointer)
  }

  /** Take in what the server sent; the arrays are read once, however often the page runs. */
  async update(bytes: Uint8Array, channel: Channel): Promise<void> {
    this.channel = channel
    const header = readHeader(bytes)
    if (header.id !== this.header?.id) {
      const payload = await readPayload(bytes)
      this.tensor = new Tensor(payload.header, payload.arrays)
      this.panels.clear()
      this.hovered = null
      this.header = header
      this.buildToolbar(header)
      this.buildWorth(header)
      this.actions.build(header, (name) => this.act(name))
      this.selection = fit(this.selection, header)
    } else this.header = header
    const isRestarted = this.session !== "" && this.session !== header.command.session
    this.session = header.command.session
    if (isRestarted) {
      // The new server knows what its predecessor wrote to the address; what was told last may have reached nobody.
      this.command = header.command.number
      if (!isSame(this.selection, fit(header.command, header))) {
        this.reporter.note(header.reports)
        window.setTimeout(() => this.reporter.flush())
      }
    } else if (header.command.number !== this.command) {
      const told = lastTold().get(this.nameOf(header))
      const isBack = this.command < 0 && told?.number === header.command.number
      this.command = header.command.number
      this.selection = fit(isBack && told ? told.selection : header.command, header)
      this.noteTold()
    }
    this.root.dataset.kind = header.kind
    this.root.toggleAttribute("data-faces", (header.faces?.length ?? 0) > 0)
    this.root.setAttribute("aria-label", header.title)
    this.takeExact(waitingExact().get(this.nameOf(header)))
    this.draw()
  }

  dispose(): void {
    this.resized.disconnect()
    document.fonts.removeEventListener("loadingdone", this.onFonts)
    this.reporter.dispose()
    if (this.frame !== undefined) cancelAnimationFrame(this.frame)
    window.removeEventListener(EXACT_EVENT, this.onExact)
    window.removeEventListener(POINTER_EVENT, this.onPointer)
  }

  /** A canvas that was measured and drawn before its font came has another font's letters and widths. */
  private readonly onFonts = (): void => this.draw()

  private nameOf(header: Header): string {
    return header.words.view ?? ""
  }

  private readonly onExact = (event: Event): void => {
    this.takeExact((event as CustomEvent<Uint8Array>).detail)
  }

  private takeExact(bytes: Uint8Array | undefined): void {
    if (bytes === undefined || this.header === null) return
    if ((readHeader(bytes) as Header & { of: string }).of !== this.header.id) return
    void readPayload(bytes).then((payload) => {
      this.tensor?.addExact(payload)
      this.draw()
    })
  }

  private readonly wishes: Wishes = {
    select: (selection) => this.select(selection),
    hover: (cell) => this.hover(cell),
  }

  private select(next: Selection): void {
    const { header } = this
    if (header === null) return
    const fitted = fit(next, header)
    if (isSame(fitted, this.selection)) return
    this.selection = fitted
    this.draw()
    if (header.address.length > 0) {
      const address = addressOf(window.location.href, fitted, header.address)
      if (address !== window.location.href) window.history.replaceState(window.history.state, "", address)
    }
    this.reporter.note(header.reports)
  }

  private act(name: string): void {
    this.reporter.flush()
    this.channel?.act(name, this.selection)
  }

  /** Keep what the server knows, for a view of this name that takes the place of this one. */
  private noteTold(): void {
    if (this.header === null) return
    const { layer, head, query, key, mode } = this.selection
    lastTold().set(this.nameOf(this.header), { number: this.command, selection: { layer, head, query, key, mode } })
  }

  private hover(cell: Cell | null): void {
    if (cell?.row === this.hovered?.row && cell?.column === this.hovered?.column) return
    this.point(cell)
    const { tensor } = this
    if (tensor === null) return
    const detail: Pointed = { from: this, cell, rows: tensor.rows, columns: tensor.columns }
    window.dispatchEvent(new CustomEvent(POINTER_EVENT, { detail }))
  }

  /** The pointer is over a cell of another view with as many tokens: a head before and after a change, two models. */
  private readonly onPointer = (event: Event): void => {
    const { from, cell, rows, columns } = (event as CustomEvent<Pointed>).detail
    if (from !== this && rows === this.tensor?.rows && columns === this.tensor.columns) this.point(cell)
  }

  private point(cell: Cell | null): void {
    this.hovered = cell
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined
      const scene = this.scene()
      if (scene === null) return
      this.panel().drawHover(scene)
      this.say(scene)
    })
  }

  private onKey(event: KeyboardEvent): void {
    const { header } = this
    if (header === null || event.ctrlKey || event.metaKey || event.altKey) return
    const target = event.composedPath()[0]
    if (target instanceof HTMLInputElement) return
    if (target instanceof HTMLElement && target !== this.root && (event.key === "Enter" || event.key === " ")) return
    const hovered = this.hovered !== null && this.hovered.column >= 0 ? this.hovered : null
    const next = move(this.selection, event.key, { shift: event.shiftKey, header, hovered })
    if (next === null) return
    event.preventDefault()
    this.select(next)
  }

  private scene(): Scene | null {
    const { header, tensor, selection, hovered, isBright, most, share } = this
    const width = Math.floor(this.place.getBoundingClientRect().width) // clientWidth may round up: the edge is cut
    if (header === null || tensor === null || width === 0) return null
    return { header, tensor, selection, hovered, isBright, most, share, width, theme: readTheme(this.root) }
  }

  private panel(): Panel {
    const mode = this.header?.kind === "board" ? "board" : this.selection.mode
    let panel = this.panels.get(mode)
    if (panel === undefined) {
      panel = this.makePanel(mode)
      this.panels.set(mode, panel)
    }
    if (this.place.firstChild !== panel.root) this.place.replaceChildren(panel.root)
    return panel
  }

  private makePanel(mode: string): Panel {
    if (mode === "text") return new TextPanel(this.wishes)
    if (!this.hasCanvas) return new TablePanel(this.wishes)
    if (mode === "layer" || mode === "all") return new ThumbnailPanel(this.wishes, mode)
    return mode === "board" ? new BoardPanel(this.wishes) : new MatrixPanel(this.wishes)
  }

  private draw(): void {
    const scene = this.scene()
    if (scene === null) return
    const { selection, header } = scene
    const { layer, head, query, key } = selection
    Object.assign(this.root.dataset, {
      layer: String(layer),
      head: String(head),
      mode: selection.mode,
      pinned: query === null ? "" : key === null ? String(query) : `${query},${key}`,
    })
    this.drawControls(header)
    this.panel().draw(scene)
    this.say(scene)
    this.drawTable()
  }

  private drawControls(header: Header): void {
    const { layer, head, mode } = this.selection
    for (const [name, value] of [["layer", layer], ["head", head]] as const) {
      const control = this.controls[name]
      if (control === undefined) continue
      control.value = String(value)
      control.nextElementSibling?.replaceChildren(String(value))
    }
    for (const option of this.options.querySelectorAll<HTMLElement>("[data-modes]")) {
      option.hidden = !option.dataset.modes?.split(" ").includes(mode)
    }
    for (const button of this.toolbar.querySelectorAll<HTMLElement>("[data-mode]")) {
      button.setAttribute("aria-pressed", String(button.dataset.mode === mode))
    }
    this.actions.draw(header, this.selection)
    const about = header.about[String(layer * header.heads + head)] ?? header.aboutOthers
    if (this.about.dataset.sentence !== about) writeSentence(this.about, (this.about.dataset.sentence = about))
    for (const [place, button] of [...this.worth.querySelectorAll("button")].entries()) {
      const { layer: its, head: heads } = header.worth[place]
      button.setAttribute("aria-pressed", String(its === layer && heads === head))
    }
  }

  private buildToolbar(header: Header): void {
    const { words } = header
    this.controls = {}
    const parts: HTMLElement[] = []
    if (header.modes.length > 1) {
      const modes = element("div", "modes")
      modes.setAttribute("role", "group")
      modes.setAttribute("aria-label", words.show)
      for (const { name, label } of header.modes) {
        const button = element("button", "", label)
        button.type = "button"
        button.dataset.mode = name
        button.onclick = () => this.select({ ...this.selection, mode: name })
        modes.append(button)
      }
      parts.push(modes)
    }
    for (const [name, count] of [["layer", header.layers], ["head", header.heads]] as const) {
      if (count > 1 && !hasOneMatrix(header)) parts.push(this.slider(name, words[name], count))
    }
    if (header.scale === "sequential" && header.kind === "attention") {
      const label = element("label", "toggle")
      const box = element("input", "")
      box.type = "checkbox"
      box.checked = this.isBright
      box.onchange = () => {
        this.isBright = box.checked
        this.draw()
      }
      label.append(box, words.brighter)
      label.title = words.brighter_help
      parts.push(label)
    }
    this.toolbar.replaceChildren(...parts)
    this.toolbar.hidden = parts.length === 0
    this.buildOptions(header)
  }

  /** What is drawn of a row: its strongest arcs, and the largest weights up to a share of it. */
  private buildOptions(header: Header): void {
    this.options.replaceChildren()
    if (header.kind !== "attention") return
    const add = (name: string, label: string, modes: string, least: number, most: number, value: number, step: number, take: (value: number) => string) => {
      const wrapped = element("label", "slider", label)
      wrapped.dataset.modes = modes
      const input = element("input", "")
      const output = element("output", "", take(value))
      Object.assign(input, { type: "range", min: String(least), max: String(most), step: String(step), value: String(value) })
      input.dataset.control = name
      input.oninput = () => {
        output.textContent = take(Number(input.value))
        this.draw()
      }
      wrapped.append(input, output)
      this.options.append(wrapped)
    }
    add("arcs", header.words.arcs, "text", 0, MOST_ARCS_SHOWN, this.most, 1, (value) => String((this.most = value)))
    add("share", header.words.share, "text one", LEAST_SHARE_PERCENT, 100, Math.round(this.share * 100), 5, (value) => {
      this.share = value / 100
      return `${value}%`
    })
  }

  private slider(name: "layer" | "head", label: string, count: number): HTMLElement {
    const wrapped = element("label", "slider", label)
    const input = element("input", "")
    input.type = "range"
    input.min = "0"
    input.max = String(count - 1)
    input.dataset.control = name
    input.oninput = () => this.select({ ...this.selection, [name]: Number(input.value) })
    wrapped.append(input, element("output", ""))
    this.controls[name] = input
    return wrapped
  }

  private buildWorth(header: Header): void {
    this.worth.hidden = this.worthHeading.hidden = header.worth.length === 0
    this.worthHeading.textContent = header.words.worth
    this.worth.setAttribute("aria-label", header.words.worth)
    const rows = header.worth.map((each) => {
      const button = element("button", "", each.title)
      button.type = "button"
      button.onclick = () => {
        const query = each.query ?? this.selection.query
        this.select({ ...this.selection, layer: each.layer, head: each.head, query, key: null })
      }
      const row = element("li", "")
      row.append(button, element("span", "note", each.note))
      return row
    })
    this.worth.replaceChildren(...rows)
  }

  /** Say what is under the pointer, or else what is pinned. */
  private say(scene: Scene): void {
    const { header, tensor, selection } = scene
    const { words } = header
    const { layer } = selection
    const { face: shown, head } = chosenFace(header, selection)
    const row = scene.hovered?.row ?? selection.query
    const column = scene.hovered !== null ? (scene.hovered.column >= 0 ? scene.hovered.column : null) : selection.key
    const parts: string[] = hasOneMatrix(header) ? [] : [fill(words.layer_head, { layer, head })]
    delete this.readout.dataset.value
    delete this.readout.dataset.exact
    let isExact = true
    if (row === null || row >= tensor.rows) parts.push(words.nothing)
    else if (column !== null && column < tensor.columns) {
      const reading = tensor.read(layer, head, row, column)
      isExact = reading.exact
      this.readout.dataset.value = String(reading.value)
      const names = { row: header.rows[row].label, column: header.columns[column].label }
      const at = row * tensor.columns + column
      const face = (header.faces?.length ?? 0) > 1 ? shown : undefined
      const value = face === undefined ? show(reading.value, reading.exact) : decimals(reading.value, face.decimals)
      parts.push(fill(face?.cell ?? words.cell, { ...names, value, text: face?.cells[at] ?? "" }))
      const text = header.notes?.[at] ?? header.cells[at]
      const { note } = header.columns[column]
      parts.push(...[text, note].filter((each): each is string => Boolean(each)))
    } else {
      const readings = tensor.row(layer, head, row)
      isExact = readings[0]?.exact ?? true
      const named = strongest(readings, MOST_NAMED)
        .filter(({ value }) => Math.abs(value) >= 0.005)
        .map(({ column: place, value }) => `${header.columns[place].label} ${show(value, isExact)}`)
      parts.push(fill(words.row, { row: header.rows[row].label, list: named.join(", ") }))
    }
    this.readout.dataset.exact = String(isExact)
    this.readout.textContent = parts.join(" · ")
    const isCut = this.share < 1 && header.kind === "attention" && ["text", "one"].includes(selection.mode)
    const notes = [isExact ? "" : words.rounded, isCut ? words.cut : ""]
    this.rounding.textContent = notes.filter(Boolean).join(" ")
  }

  /** The pinned row as a table, for a screen reader and for anybody who wants the numbers. */
  private drawTable(): void {
    const { header, tensor, selection } = this
    if (header === null || tensor === null) return
    const summary = element("summary", "", header.words.table)
    this.table.hidden = header.kind === "board"
    if (!this.table.open) {
      if (this.table.firstElementChild?.textContent !== summary.textContent) this.table.replaceChildren(summary)
      return
    }
    const row = selection.query ?? 0
    const table = element("table", "")
    table.append(element("caption", "", fill(header.words.caption, { row: header.rows[row]?.label ?? "" })))
    const headings = table.createTHead().insertRow()
    for (const title of [header.columnTitle, header.words.value]) {
      headings.append(Object.assign(element("th", "", title), { scope: "col" }))
    }
    const body = table.createTBody()
    tensor.row(selection.layer, selection.head, row).forEach(({ value, exact }, column) => {
      const line = body.insertRow()
      line.append(Object.assign(element("th", "", header.columns[column].label), { scope: "row" }))
      const cell = line.insertCell()
      cell.textContent = show(value, exact)
      cell.dataset.value = String(value)
    })
    this.table.replaceChildren(summary, table)
  }
}

function show(value: number, isExact: boolean): string {
  return decimals(value, isExact ? 4 : 2)
}

interface Pointed {
  from: TensorView
  cell: Cell | null
  rows: number
  columns: number
}

interface Told {
  number: number
  selection: Selection
}

/** What each view and the server last told each other: a view that was left and is drawn again goes on from there. */
function lastTold(): Map<string, Told> {
  const shared = globalThis as typeof globalThis & { tensorViewTold?: Map<string, Told> }
  return (shared.tensorViewTold ??= new Map())
}

/** Exact values that came before the view that they are for, by the view's name. */
function waitingExact(): Map<string, Uint8Array> {
  const shared = globalThis as typeof globalThis & { tensorViewExact?: Map<string, Uint8Array> }
  return (shared.tensorViewExact ??= new Map())
}
