// One matrix as a table of numbers: for a browser without canvas.

import { decimals, element, fill } from "./dom.ts"
import type { Panel, Scene, Wishes } from "./panel.ts"
import { chosenFace } from "./protocol.ts"
import { hasOneMatrix, pinCell } from "./selection.ts"

const MOST = 64

export class TablePanel implements Panel {
  readonly root = element("div", "grid")

  constructor(private readonly wishes: Wishes) {}

  draw(scene: Scene): void {
    const { header, tensor, selection } = scene
    const { layer } = selection
    const { face, head } = chosenFace(header, selection)
    const first = (pinned: number | null, count: number) => Math.min(Math.max((pinned ?? 0) - MOST / 2, 0), Math.max(count - MOST, 0))
    const top = first(selection.query, tensor.rows)
    const left = first(selection.key, tensor.columns)
    const columns = header.columns.slice(left, left + MOST)
    const table = element("table", "")
    const title = hasOneMatrix(header) ? header.title : fill(header.words.layer_head, { layer, head })
    table.append(element("caption", "", `${title} · ↓ ${header.rowTitle} → ${header.columnTitle}`))
    const headings = table.createTHead().insertRow()
    headings.append(element("td", ""))
    for (const token of columns) headings.append(Object.assign(element("th", "", token.label), { scope: "col" }))
    const body = table.createTBody()
    header.rows.slice(top, top + MOST).forEach((token, below) => {
      const row = top + below
      const line = body.insertRow()
      line.append(Object.assign(element("th", "", token.label), { scope: "row" }))
      columns.forEach((_, beside) => {
        const column = left + beside
        const cell = line.insertCell()
        const { value } = tensor.read(layer, head, row, column)
        cell.textContent = face.cells[row * tensor.columns + column] ?? decimals(value, 2)
        cell.dataset.value = String(value)
        if (row === selection.query && column === selection.key) cell.className = "from"
        cell.onclick = () => this.wishes.select(pinCell(selection, row, column, header))
      })
    })
    this.root.replaceChildren(table)
  }

  drawHover(_scene: Scene): void {}
}
