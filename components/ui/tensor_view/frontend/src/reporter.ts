// When the server is told what is selected: late and once, not for every key.

import type { Reports } from "./protocol.ts"

const AT_REST_AFTER_MS = 600
const LEAVING = ["pointerdown", "focusin"] as const

export class Reporter {
  private isUntold = false
  private timer: number | undefined

  /** `tell` is called with nothing left to tell; `root` is the view that the visitor has not left yet. */
  constructor(
    private readonly root: HTMLElement,
    private readonly tell: () => void,
  ) {
    for (const event of LEAVING) document.addEventListener(event, this.onEvent, { capture: true })
  }

  /** Take note of a move of the selection. */
  note(reports: Reports): void {
    window.clearTimeout(this.timer)
    if (reports === "never") return
    this.isUntold = true
    if (reports === "at_rest") this.timer = window.setTimeout(() => this.flush(), AT_REST_AFTER_MS)
  }

  /** Tell now what is untold. */
  flush(): void {
    window.clearTimeout(this.timer)
    if (!this.isUntold) return
    this.isUntold = false
    this.tell()
  }

  dispose(): void {
    window.clearTimeout(this.timer)
    for (const event of LEAVING) document.removeEventListener(event, this.onEvent, { capture: true })
  }

  /** Whatever the visitor turns to may need the selection: it is told before the click or the key there. */
  private readonly onEvent = (event: Event): void => {
    if (!event.composedPath().includes(this.root)) this.flush()
  }
}
