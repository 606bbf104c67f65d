// Everything is built with textContent: a token is never read as HTML.
// The component is asked to draw again after every rerun; which token is chosen comes from the page.
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
    button.style.setProperty("--heat", `${Math.round(token.heat * 100)}%`)
    button.tabIndex = index === (data.chosen ?? 0) ? 0 : -1
    return button
  })
  const prompt = document.createElement("span")
  prompt.className = "prompt"
  prompt.textContent = data.prompt
  // a line break inside a button would not break the line around it: it stands after its token
  const parts = tokens.flatMap((button, index) => {
    const breaks = (data.tokens[index].breaks ?? 0)
    return [button, ...Array.from({ length: breaks }, () => document.createElement("br"))]
  })
  text.replaceChildren(prompt, ...parts)

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
