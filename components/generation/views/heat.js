// Everything is built with textContent: a token is never read as HTML.
// The component is asked to draw again after every rerun; which token is chosen comes from the page, which measure is
// shown only the browser knows.
let measure = 0

export default function ({ data, parentElement, setTriggerValue }) {
  const text = parentElement.querySelector(".heat")
  text.setAttribute("aria-label", data.label)
  const tokens = data.tokens.map((token, index) => {
    const button = document.createElement("button")
    button.type = "button"
    button.className = "token"
    button.dataset.token = index
    button.textContent = token.text
    button.title = token.about
    button.setAttribute("aria-label", `${token.text} ${token.about}`)
    button.setAttribute("aria-pressed", index === data.chosen)
    button.classList.toggle("given", token.given)
    button.tabIndex = index === (data.chosen ?? 0) ? 0 : -1
    return button
  })
  const faint = (name, content) => {
    const span = document.createElement("span")
    span.className = name
    span.textContent = content
    return span
  }
  // a line break inside a button would not break the line around it: it stands after its token
  const parts = tokens.flatMap((button, index) => {
    const breaks = (data.tokens[index].breaks ?? 0)
    return [button, ...Array.from({ length: breaks }, () => document.createElement("br"))]
  })
  text.replaceChildren(faint("prompt", data.prompt), ...parts, faint("end", data.end))

  const about = parentElement.querySelector(".key p")
  const choice = parentElement.querySelector(".key div")
  choice.setAttribute("aria-label", data.choice)
  const colour = (chosen) => {
    measure = chosen
    const shown = chosen < data.measures.length ? chosen : 0
    tokens.forEach((button, index) =>
      button.style.setProperty("--heat", `${Math.round((data.tokens[index].heats[shown] ?? 0) * 100)}%`))
    about.textContent = data.measures[shown]?.about ?? data.about
    for (const [index, option] of [...choice.children].entries()) {
      option.setAttribute("aria-checked", index === shown)
      option.tabIndex = index === shown ? 0 : -1
    }
  }
  choice.replaceChildren(...data.measures.map(({ title }, index) => {
    const option = document.createElement("button")
    option.type = "button"
    option.setAttribute("role", "radio")
    option.textContent = title
    option.onclick = () => colour(index)
    return option
  }))
  choice.onkeydown = (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key]
    if (step === undefined) return
    event.preventDefault()
    const count = choice.children.length
    colour((measure + step + count) % count)
    choice.children[measure].focus()
  }
  colour(measure)

  const indexOf = (event) => event.target.closest?.("[data-token]")?.dataset.token
  text.onclick = (event) => indexOf(event) !== undefined && setTriggerValue("picked", Number(indexOf(event)))
  // one tab stop for the whole text, arrow keys inside it
  text.onkeydown = (event) => {
    if (indexOf(event) === undefined) return
    const here = Number(indexOf(event))
    const last = tokens.length - 1
    const next = { ArrowRight: here + 1, ArrowLeft: here - 1, Home: 0, End: last }[event.key]
    if (next === undefined || next < 0 || next > last) return
    event.preventDefault()
    tokens[here].tabIndex = -1
    tokens[next].tabIndex = 0
    tokens[next].focus()
  }
}
