// The buttons below a view: what the server does with the selection, or where a link carries it.

import { element, fill } from "./dom.ts"
import type { Action, Header, Selection } from "./protocol.ts"

type Act = (name: string) => void

export class Actions {
  readonly root = element("div", "actions")
  private shown: { action: Action; control: HTMLAnchorElement | HTMLButtonElement }[] = []

  build(header: Header, act: Act): void {
    this.shown = header.actions.map((action) => ({ action, control: action.href ? link(action, act) : button(action, act) }))
    this.root.replaceChildren(...this.shown.map(({ control }) => control))
    this.root.hidden = this.shown.length === 0
  }

  /** Bring links and buttons in line with what is selected. */
  draw(header: Header, selection: Selection): void {
    for (const { action, control } of this.shown) {
      if (control instanceof HTMLAnchorElement) control.href = addressFor(action.href, selection)
      else {
        control.disabled = !isPossible(action, header, selection)
        control.title = control.disabled ? (header.words.pin_first ?? "") : ""
      }
    }
  }
}

/** The address that a link has for a selection; a parameter without a value is left out. */
export function addressFor(href: string, { layer, head, query }: Selection): string {
  return fill(href, { layer, head, query: query ?? "" }).replace(/&\w+=(?=&|$)/g, "")
}

/** Whether a button has what it needs. */
export function isPossible(action: Action, header: Header, { query }: Selection): boolean {
  return !action.ofWord || (query !== null && query < header.rows.length && !header.rows[query].special)
}

function button(action: Action, act: Act): HTMLButtonElement {
  const made = element("button", "", action.label)
  made.type = "button"
  made.onclick = () => act(action.name)
  made.dataset.action = action.name
  return made
}

/** A link that goes to its page without loading everything anew, and into another tab as any link does. */
function link(action: Action, act: Act): HTMLAnchorElement {
  const made = element("a", "", action.label)
  made.dataset.action = action.name
  made.onclick = (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return
    event.preventDefault()
    act(action.name)
  }
  return made
}
