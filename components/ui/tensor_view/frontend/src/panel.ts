// What all panels are given, and what they can ask for.

import type { Header, Selection } from "./protocol.ts"
import type { Theme } from "./scales.ts"
import type { Cell } from "./selection.ts"
import type { Tensor } from "./tensor.ts"

export interface Scene {
  header: Header
  tensor: Tensor
  selection: Selection
  hovered: Cell | null
  theme: Theme
  /** Full colour from the largest hundredth of the levels. */
  isBright: boolean
  /** How many of a row's strongest connections are drawn as arcs. */
  most: number
  /** Of each row only the largest weights that together hold this share of it are drawn. */
  share: number
  width: number
}

export interface Wishes {
  select(selection: Selection): void
  hover(cell: Cell | null): void
}

export interface Panel {
  readonly root: HTMLElement
  /** Draw what is selected. */
  draw(scene: Scene): void
  /** Draw what follows the pointer alone: called at every move of it. */
  drawHover(scene: Scene): void
}
