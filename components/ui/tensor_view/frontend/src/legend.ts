// What the colours mean: the scale from its lowest to its highest value.

import { element, prepare, withMinus } from "./dom.ts"
import type { Theme } from "./scales.ts"

const WIDTH = 160
const HEIGHT = 12

export class Legend {
  readonly root = element("div", "legend")
  private readonly low = element("span", "")
  private readonly high = element("span", "")
  private readonly canvas = element("canvas", "")

  constructor() {
    this.canvas.setAttribute("aria-hidden", "true")
    this.root.append(this.low, this.canvas, this.high)
  }

  draw(table: Uint8ClampedArray, lowest: number, highest: number, theme: Theme): void {
    this.low.textContent = number(lowest)
    this.high.textContent = number(highest)
    const context = prepare(this.canvas, WIDTH, HEIGHT)
    if (context === null) return
    for (let x = 0; x < WIDTH; x += 1) {
      const level = Math.round((255 * x) / (WIDTH - 1))
      const [red, green, blue] = table.subarray(level * 4, level * 4 + 3)
      context.fillStyle = `rgb(${red} ${green} ${blue})`
      context.fillRect(x, 0, 1, HEIGHT)
    }
    context.strokeStyle = theme.border
    context.strokeRect(0.5, 0.5, WIDTH - 1, HEIGHT - 1)
  }
}

function number(value: number): string {
  return withMinus(String(Number(value.toPrecision(2))))
}
