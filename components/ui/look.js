// The foot of the menu: light, dark or as the system, and presenting. Nothing here asks the server.
// It is on every page, and so does what every page needs of the browser.

const KEPT = "dashboard-theme"
const PRESENTING = "dashboard-presenting"
const DARK = /prefers-color-scheme:\s*dark/
const PHONE_PX = 768

const stored = (area, name) => { try { return area.getItem(name) } catch { return null } }
const store = (area, name, value) => { try { area.setItem(name, value) } catch { /* a browser that stores nothing */ } }

// Streamlit follows the system's theme, and has no public way to set another one. Read in Streamlit 1.67.0: on
// "afterprint" it asks `matchMedia` anew. tests/browser/test_look.py fails when that changes.
function takeTheme(choice) {
  const system = (window.__systemMatchMedia ??= window.matchMedia.bind(window))
  window.matchMedia = choice === "system" ? system : (query) => {
    const list = system(query)
    if (!DARK.test(query)) return list
    return new Proxy(list, {
      get(target, name) {
        if (name === "matches") return choice === "dark"
        const value = target[name]
        return typeof value === "function" ? value.bind(target) : value
      },
    })
  }
  window.dispatchEvent(new Event("afterprint"))
}

const figures = () =>
  [...document.querySelectorAll('[data-testid="stPlotlyChart"], [data-testid="stMain"] [data-testid^="stBidiComponent"]')]
    .filter((element) => element.matches('[data-testid="stPlotlyChart"]') || shadow(element)?.querySelector("canvas"))

const shadow = (element) =>
  element.shadowRoot ?? [...element.querySelectorAll("*")].find((inner) => inner.shadowRoot)?.shadowRoot ?? element

// Of the figures on the screen the one that shows the most of itself.
function largestFigure() {
  const area = (element) => {
    const box = element.getBoundingClientRect()
    return Math.max(0, Math.min(box.bottom, innerHeight) - Math.max(box.top, 0)) * box.width
  }
  return figures().sort((one, other) => area(other) - area(one))[0]
}

function fillScreen(figure) {
  const before = figure.closest('[data-testid="stElementContainer"], [data-testid="stFullScreenFrame"]') ?? figure
  const title = [figure, before, before.parentElement].map((element) => element.previousElementSibling)
    .map((element) => element?.querySelector(".chart-title")).find(Boolean)
  const screen = figure.querySelector(".js-plotly-plot") ? figure.parentElement.parentElement : figure
  screen.dataset.title = title?.textContent ?? ""
  screen.classList.add("full-figure")
  screen.requestFullscreen()
}

function button(label, onclick) {
  const made = document.createElement("button")
  made.type = "button"
  made.textContent = label
  made.onclick = onclick
  return made
}

function present(labels) {
  document.querySelector(".present-bar")?.remove()
  const is = stored(sessionStorage, PRESENTING) === "1"
  document.documentElement.toggleAttribute("data-present", is)
  window.dispatchEvent(new Event("resize")) // charts measure themselves again
  if (!is) return
  const bar = document.createElement("div")
  bar.className = "present-bar"
  const full = button(labels.full, () => { const figure = largestFigure(); if (figure) fillScreen(figure) })
  bar.append(full, button(labels.leave, () => leave(labels)))
  document.body.append(bar)
}

function leave(labels) {
  store(sessionStorage, PRESENTING, "0")
  present(labels)
}

// On a phone the menu lies over the page, and closes once a page was chosen.
function closeOnPhone(event) {
  if (innerWidth >= PHONE_PX || !event.target.closest?.('[data-testid="stSidebarNavLink"]')) return
  setTimeout(() => document.querySelector('[data-testid="stSidebarCollapseButton"] button')?.click(), 0)
}

// The second click of a double click would end the run that the first one started: on the button itself, which then
// starts another, or on “Stop”, which takes its place.
const ONE_CLICK = [
  '[data-testid="stBaseButton-primary"]',
  '[data-testid="stFormSubmitButton"] button',
  '[class*="st-key-generation_"] [data-testid="stButton"] button',
  '[class*="_stop"] [data-testid="stButton"] button',
].join(", ")

function ignoreSecondClick(event) {
  const pressed = event.detail > 1 && event.target.closest?.(ONE_CLICK)
  if (pressed && !pressed.closest(".st-key-guide")) event.stopPropagation() // two clicks on Next are two steps
}

// Streamlit tells the browser light or dark for the app only. What floats above it (menus, dialogs) is told here.
function spreadScheme() {
  const app = document.querySelector(".stApp")
  const spread = () => { document.documentElement.style.colorScheme = getComputedStyle(app).colorScheme }
  spread()
  const observer = new MutationObserver(spread)
  observer.observe(app, { attributes: true, attributeFilter: ["class"] })
  return observer
}

// Streamlit's own words are English on every page. Those that a visitor meets are said in the page's language; a number
// in them stays. React keeps the nodes, so only their text is set, again after each of its changes.
const STREAMLITS =
  '[data-testid="InputInstructions"], [data-testid="stFileUploaderDropzone"], [data-testid="stSkipToContent"], ' +
  '[data-testid="stElementToolbar"] *, [data-testid="stTooltipContent"], [data-testid="stMultiSelect"] input, [role="listbox"]'
const SAID = ["placeholder", "aria-label", "title"]

function translate(words) {
  const originals = Object.fromEntries(Object.entries(words).map(([text, said]) => [said, text]))
  let frame
  const observer = new MutationObserver(() => {
    frame ??= requestAnimationFrame(() => { frame = undefined; say(words) })
  })
  say(words)
  if (Object.keys(words).length > 0) observer.observe(document.body, { subtree: true, childList: true, characterData: true })
  return () => {
    observer.disconnect()
    cancelAnimationFrame(frame)
    say(originals) // what stays on the page when the language changes
  }
}

function say(words) {
  const saying = (text) => words[text.trim().replace(/\d+/, "{n}")]?.replace("{n}", /\d+/.exec(text)?.[0])
  for (const place of document.querySelectorAll(STREAMLITS)) {
    for (const name of SAID) {
      const [text, ...of] = (place.getAttribute(name) ?? "").split(": ") // "Search: what the table is called"
      const said = saying(text)
      if (said) place.setAttribute(name, [said, ...of].join(": "))
    }
    const texts = document.createTreeWalker(place, NodeFilter.SHOW_TEXT)
    while (texts.nextNode()) {
      const said = saying(texts.currentNode.nodeValue)
      if (said) texts.currentNode.nodeValue = said
    }
  }
}

let release = () => {} // Streamlit calls what is returned when the component goes, not when its data change

export default function ({ data, parentElement }) {
  release()
  document.documentElement.lang = data.language
  const choice = stored(localStorage, KEPT) ?? "system"
  const group = parentElement.querySelector("fieldset")
  group.querySelector("legend").textContent = data.theme
  for (const input of group.querySelectorAll("input")) {
    input.checked = input.value === choice
    input.parentElement.querySelector("span").textContent = data[input.value]
    input.onchange = () => {
      store(localStorage, KEPT, input.value)
      takeTheme(input.value)
    }
  }
  if (choice !== "system" && !window.__themeTaken) takeTheme(choice)
  window.__themeTaken = true
  const start = parentElement.querySelector("button")
  start.textContent = data.present
  start.onclick = () => {
    store(sessionStorage, PRESENTING, "1")
    present(data)
  }
  present(data)
  const escape = (event) => {
    if (event.key === "Escape" && !document.fullscreenElement && !event.defaultPrevented &&
      document.documentElement.hasAttribute("data-present") && !document.querySelector('[role="dialog"]')) leave(data)
  }
  document.addEventListener("keydown", escape)
  document.addEventListener("click", closeOnPhone)
  document.addEventListener("click", ignoreSecondClick, true)
  const scheme = spreadScheme()
  const stopSaying = translate(JSON.parse(data.words))
  release = () => {
    scheme.disconnect()
    stopSaying()
    document.removeEventListener("keydown", escape)
    document.removeEventListener("click", closeOnPhone)
    document.removeEventListener("click", ignoreSecondClick, true)
  }
  return release
}
