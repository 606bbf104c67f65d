// What Streamlit calls: once at first, again whenever data or theme changes, and the returned function at the end.

import { UnreadablePayload } from "./protocol.ts"
import { TensorView } from "./view.ts"

interface Arguments {
  data: Uint8Array | ArrayBuffer
  parentElement: HTMLElement | ShadowRoot
  setStateValue: (name: string, value: unknown) => void
  setTriggerValue: (name: string, value: unknown) => void
}

const views = new WeakMap<HTMLElement | ShadowRoot, TensorView>()

export default function ({ data, parentElement, setStateValue, setTriggerValue }: Arguments): () => void {
  let view = views.get(parentElement)
  if (view === undefined) {
    const host = parentElement.querySelector<HTMLElement>(".host") ?? parentElement
    view = new TensorView(host)
    views.set(parentElement, view)
  }
  const shown = view
  const bytes = data instanceof ArrayBuffer ? new Uint8Array(data) : data
  shown
    .update(bytes, {
      select: (selection) => setStateValue("selection", { ...selection }),
      act: (name, selection) => setTriggerValue("action", { name, selection: { ...selection } }),
    })
    .catch((error: unknown) => {
      if (!(error instanceof UnreadablePayload)) throw error
      console.error(error.message)
    })
  return () => {
    shown.dispose()
    views.delete(parentElement)
  }
}
