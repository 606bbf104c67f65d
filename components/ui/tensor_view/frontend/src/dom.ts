// Elements, built with textContent only: a token is never read as HTML.

export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  className: string,
  text?: string,
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name)
  if (className) made.className = className
  if (text !== undefined) made.textContent = text
  return made
}

/** Write a sentence in which `**` stands around what is bold. */
export function writeSentence(place: HTMLElement, sentence: string): void {
  place.replaceChildren(...sentence.split("**").map((part, at) => (at % 2 === 1 ? element("strong", "", part) : part)))
}

export function svgElement(name: string, attributes: Record<string, string>): SVGElement {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name)
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value)
  return made
}

/** A canvas of a size in CSS pixels, sharp on any screen; null where the browser has none. */
export function prepare(canvas: HTMLCanvasElement, width: number, height: number): CanvasRenderingContext2D | null {
  const ratio = Math.min(window.devicePixelRatio || 1, 3)
  const [wide, high] = [Math.max(1, Math.round(width * ratio)), Math.max(1, Math.round(height * ratio))]
  if (canvas.width !== wide) canvas.width = wide
  if (canvas.height !== high) canvas.height = high
  canvas.style.width = `${width}px`
  canvas.style.height = `${height}px`
  const context = canvas.getContext("2d")
  context?.setTransform(ratio, 0, 0, ratio, 0, 0)
  context?.clearRect(0, 0, width, height)
  return context
}

/** Whether this browser draws on a canvas; some with strict privacy settings, and text browsers, do not. */
export function hasCanvas(): boolean {
  try {
    return document.createElement("canvas").getContext("2d") !== null
  } catch {
    return false
  }
}

/** An image of levels, one pixel each, to be drawn at any size. */
export function imageOf(
  levels: Uint8Array,
  rows: number,
  columns: number,
  table: Uint8ClampedArray,
  full = 255,
): HTMLCanvasElement {
  const image = document.createElement("canvas")
  image.width = columns
  image.height = rows
  const context = image.getContext("2d")
  if (context === null) return image
  const pixels = new ImageData(columns, rows)
  const words = new Uint32Array(pixels.data.buffer)
  const colours = new Uint32Array(table.buffer.slice(table.byteOffset, table.byteOffset + table.byteLength))
  for (let place = 0; place < words.length; place += 1) {
    words[place] = colours[full === 255 ? levels[place] : Math.min(255, Math.round((levels[place] * 255) / full))]
  }
  context.putImageData(pixels, 0, 0)
  return image
}

/** A number as it is read: with a true minus sign, which is as wide as a plus. */
export function decimals(value: number, count: number): string {
  return withMinus(value.toFixed(count))
}

export function withMinus(written: string): string {
  return written.replace("-", "\u2212")
}

/** Fill `{name}` in a sentence that came from the server. */
export function fill(template: string, values: Record<string, string | number>): string {
  return template.replace(/\{(\w+)\}/g, (all, name: string) => String(values[name] ?? all))
}
