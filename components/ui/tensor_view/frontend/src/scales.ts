// From levels to colours: the theme's own scales, which Streamlit hands over as CSS variables.

export type Colour = readonly [number, number, number]

const LIGHT: readonly string[] = ["#FFFFFF", "#C6DCF0", "#7FB2D9", "#347FB6", "#0B4A80", "#06315C"]

/** Read `#RGB`, `#RRGGBB` or `rgb(…)`; null for anything else. */
export function parseColour(text: string): Colour | null {
  const hex = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(text.trim())?.[1]
  if (hex !== undefined) {
    const full = hex.length === 3 ? [...hex].map((digit) => digit + digit).join("") : hex
    return [0, 2, 4].map((start) => parseInt(full.slice(start, start + 2), 16)) as unknown as Colour
  }
  const numbers = /^rgba?\(([^)]+)\)$/i.exec(text.trim())?.[1].split(/[\s,/]+/).map(Number)
  return numbers !== undefined && numbers.length >= 3 && numbers.slice(0, 3).every(Number.isFinite)
    ? ([numbers[0], numbers[1], numbers[2]] as const)
    : null
}

/** Return 256 colours, as the bytes of RGBA pixels, with even steps between those given. */
export function lookUpTable(names: readonly string[]): Uint8ClampedArray {
  const given = names.map(parseColour).filter((each): each is Colour => each !== null)
  const colours = given.length >= 2 ? given : (LIGHT.map(parseColour) as Colour[])
  const table = new Uint8ClampedArray(256 * 4)
  for (let level = 0; level < 256; level += 1) {
    const place = (level / 255) * (colours.length - 1)
    const left = Math.min(Math.floor(place), colours.length - 2)
    for (let channel = 0; channel < 3; channel += 1) {
      const [a, b] = [colours[left][channel], colours[left + 1][channel]]
      table[level * 4 + channel] = a + (b - a) * (place - left)
    }
    table[level * 4 + 3] = 255
  }
  return table
}

export interface Theme {
  sequential: Uint8ClampedArray
  diverging: Uint8ClampedArray
  text: string
  background: string
  border: string
  accent: string
  font: string
  codeFont: string
}

const tables = new Map<string, Uint8ClampedArray>()

function tableOf(names: string): Uint8ClampedArray {
  let table = tables.get(names)
  if (table === undefined) {
    table = lookUpTable(names.split(/,(?![^(]*\))/))
    tables.set(names, table)
  }
  return table
}

/** Read the theme in force where an element lies. */
export function readTheme(element: Element): Theme {
  const style = getComputedStyle(element)
  const read = (name: string, otherwise: string) => style.getPropertyValue(name).trim() || otherwise
  // with colours that the system forces, what is written on the canvas follows them as the text around it does
  const isForced = window.matchMedia("(forced-colors: active)").matches
  const [text, background] = isForced ? [style.color, "Canvas"] : ["", ""]
  return {
    sequential: tableOf(read("--st-chart-sequential-colors", "")),
    diverging: tableOf(read("--st-chart-diverging-colors", "")),
    text: text || read("--st-text-color", "#111821"),
    background: background || read("--st-background-color", "#FFFFFF"),
    border: text || read("--st-border-color", "#D5DBE1"),
    accent: isForced ? "Highlight" : read("--st-primary-color", "#0A66A8"),
    font: read("--st-font", "sans-serif"),
    codeFont: read("--st-code-font", "monospace"),
  }
}

/** Say whether white reads better than black on a colour of a table. */
export function isDark(table: Uint8ClampedArray, level: number): boolean {
  const [red, green, blue] = table.subarray(level * 4, level * 4 + 3)
  return 0.299 * red + 0.587 * green + 0.114 * blue < 140
}
