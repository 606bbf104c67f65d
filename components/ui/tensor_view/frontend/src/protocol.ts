// What the server sends: one `bytes`, since a dict with bytes in it arrives as text.
//
//     uint32 little-endian: length of the header | header as JSON | arrays, one deflate stream
//
// Python's side is components/ui/tensor_view/packing.py.

export type Kind = "attention" | "matrix" | "board"

export interface Token {
  label: string
  special?: boolean
  /** What it has in common with its neighbours; named where there is no room for single labels. */
  group?: string
  /** Said beside the number of a cell in this column. */
  note?: string
}

/** A piece of the text as it was typed; `token` is null for what lies between tokens. */
export interface Piece {
  text: string
  token: number | null
  special?: boolean
}

export interface Selection {
  layer: number
  head: number
  /** The pinned row, null where none is pinned. */
  query: number | null
  /** The pinned cell's column, null where a whole row is pinned. */
  key: number | null
  mode: string
}

/** What the server wants to be chosen: taken once, when its number is new. */
export interface Command extends Selection {
  number: number
  /** Of the server's session: another one after a restart. */
  session: string
}

/** One link in the address: which part of the selection it holds, and the value that is left out. */
export interface AddressParameter {
  name: string
  field: "layer" | "head" | "mode" | "query" | "key"
  default: string
  /** How the address writes each number; empty where it writes the number itself. */
  values?: string[]
}

/** One way to read a board: its matrix is the head of the same number. */
export interface Face {
  name: string
  scale: "sequential" | "diverging"
  range: [number, number]
  /** The text of each cell, row by row; without texts a cell has its number. */
  cells: string[]
  /** How a number is said, and how many decimals it has. */
  cell: string
  decimals: number
  /** Whether the cells that the header calls faded are drawn pale. */
  fades: boolean
}

export interface WorthALook {
  layer: number
  head: number
  query: number | null
  title: string
  note: string
}

/** A button below the view, for what the server does with the selection. */
export interface Action {
  name: string
  label: string
  /** Whether it needs a pinned row that is no special token. */
  ofWord: boolean
  /** Of a link: its address, with `{layer}`, `{head}` and `{query}` where the selection goes; else empty. */
  href: string
}

/** When the server is told what is selected. */
export type Reports = "never" | "at_rest" | "on_leaving"

export interface ArrayEntry {
  name: string
  dtype: "u1" | "f2" | "f4"
  shape: number[]
  offset: number
  length: number
}

export interface Header {
  id: string
  kind: Kind
  title: string
  arrays: ArrayEntry[]
  scale: "sequential" | "diverging"
  /** The values that the lowest and the highest level of an array of levels stand for. */
  range: [number, number]
  rows: Token[]
  columns: Token[]
  rowTitle: string
  columnTitle: string
  layers: number
  heads: number
  /** Tokens a cell of a coarse array stands for, 1 where nothing was pooled. */
  pooled: number
  /** The heads whose exact values are here, as layer * heads + head; null for all of them. */
  exactHeads: number[] | null
  pieces: Piece[]
  /** The text that is looked at, where it is another one than `pieces`; else empty. */
  keyPieces: Piece[]
  modes: { name: string; label: string }[]
  worth: WorthALook[]
  cells: string[]
  /** Of a board: the ways to read it, switched as modes. */
  faces?: Face[]
  /** Of a board: what is said of each cell beside its number, row by row. */
  notes?: string[]
  /** Of a board: a 1 for each cell that is drawn pale, row by row. */
  faded?: string
  /** Of a board: for each cell the columns of the row below that it looks at, with their shares. */
  looks?: [number, number][][]
  /** Of a board: whether rows of one group are one until they are unfolded. */
  folds?: boolean
  /** Of each layer how many places back a row may look, itself included; null where nothing is forbidden. Empty: no layer. */
  reach: (number | null)[]
  /** What is said of a head, by layer * heads + head, with `**` around what is bold; and of every other head. */
  about: Record<string, string>
  aboutOthers: string
  actions: Action[]
  reports: Reports
  /** Of a matrix that fills the width, in CSS pixels; null for square cells. */
  height?: number | null
  command: Command
  address: AddressParameter[]
  words: Record<string, string>
}

/** The ways to read a board: at least one. */
export function facesOf(header: Header): Face[] {
  const { faces, modes, scale, range, cells, words } = header
  return faces?.length ? faces : [{ name: modes[0]?.name ?? "", scale, range, cells, cell: words.cell, decimals: 4, fades: true }]
}

/** The way in which it is read now, and the head whose matrix that is: of one way alone the chosen head. */
export function chosenFace(header: Header, selection: Selection): { face: Face; head: number } {
  const faces = facesOf(header)
  if (faces.length === 1) return { face: faces[0], head: selection.head }
  const head = Math.max(0, faces.findIndex(({ name }) => name === selection.mode))
  return { face: faces[head], head }
}

export type Values = Uint8Array | Uint16Array | Float32Array

export interface Payload {
  header: Header
  arrays: Map<string, Values>
}

export class UnreadablePayload extends Error {}

/** Read the header alone: enough to see whether the arrays are known already. */
export function readHeader(bytes: Uint8Array): Header {
  if (bytes.length < 4) throw new UnreadablePayload(`${bytes.length} bytes are no payload`)
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true)
  if (4 + length > bytes.length) throw new UnreadablePayload(`a header of ${length} bytes in ${bytes.length}`)
  return JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length))) as Header
}

/** Read header and arrays. */
export async function readPayload(bytes: Uint8Array): Promise<Payload> {
  const header = readHeader(bytes)
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true)
  const packed = bytes.slice(4 + length)
  const body = packed.length ? await inflate(packed) : new ArrayBuffer(0)
  const arrays = new Map<string, Values>()
  for (const entry of header.arrays) {
    if (entry.offset + entry.length > body.byteLength) throw new UnreadablePayload(`${entry.name} ends outside the body`)
    arrays.set(entry.name, viewOf(body, entry))
  }
  return { header, arrays }
}

async function inflate(packed: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer> {
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"))
  return new Response(stream).arrayBuffer()
}

function viewOf(body: ArrayBuffer, entry: ArrayEntry): Values {
  // offsets are multiples of 8, so that every array can be read where it lies
  if (entry.dtype === "u1") return new Uint8Array(body, entry.offset, entry.length)
  if (entry.dtype === "f2") return new Uint16Array(body, entry.offset, entry.length / 2)
  return new Float32Array(body, entry.offset, entry.length / 4)
}

/** Turn the bits of an IEEE 754 half into a number. */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction ? NaN : sign * Infinity
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}
