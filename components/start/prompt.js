// What is typed is reported when the visitor pauses. The field is written to only when the server names another text
// (an example, a link), so an answer that comes late never takes typed letters away.
const PAUSE_MS = 300

function quoted(text) {
  // as Python's urlencode writes it: where both write the same, the browser's history gets no second entry
  const percent = (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`
  return encodeURIComponent(text).replace(/[!'()*]/g, percent).replaceAll("%20", "+")
}

function writeAddress(name, text, standard) {
  const url = new URL(globalThis.location.href)
  const others = url.search.slice(1).split("&").filter((part) => part !== "" && part.split("=")[0] !== name)
  url.search = [...others, ...(text === standard ? [] : [`${name}=${quoted(text)}`])].join("&")
  if (url.href !== globalThis.location.href) globalThis.history.replaceState(globalThis.history.state, "", url.href)
}

export default function ({ data: [data], parentElement, setStateValue }) {
  const label = parentElement.querySelector("label")
  const field = parentElement.querySelector("input")
  const note = parentElement.querySelector(".note")
  label.firstChild.data = data.label
  field.maxLength = data.most
  field.placeholder = data.placeholder

  const report = () => {
    clearTimeout(parentElement.pause)
    if (field.value === parentElement.reported) return
    parentElement.reported = field.value
    writeAddress(data.name, field.value, data.standard)
    setStateValue("text", field.value)
  }
  const explain = () => {
    note.textContent = field.value.length >= data.most ? data.full : data.note
  }
  if (data.number !== parentElement.number) {
    parentElement.number = data.number
    clearTimeout(parentElement.pause)
    field.value = data.text
    parentElement.reported = data.text
  }
  explain()
  field.oninput = () => {
    explain()
    clearTimeout(parentElement.pause)
    parentElement.pause = setTimeout(report, PAUSE_MS)
  }
  field.onchange = report
  field.onkeydown = (event) => {
    if (event.key === "Enter" && !event.isComposing) report()
  }
  return () => clearTimeout(parentElement.pause)
}
