// What the guide needs the browser for: the part of the page that a card is about comes into sight and has an outline,
// keys turn the cards, a small screen folds them away, and the student's progress is kept.

const STORED = "transformer-dashboard-progress"
const OUTLINE_MS = 2000
const WAIT_MS = 60000 // a model may have to be loaded first
const SETTLED_MS = 4000
const SEEN_AT_FIRST = 0.5 // of the target: a page opens with its title in sight
const OWN_ARROWS = "input, textarea, [role=slider], [role=radio]" // there an arrow moves within the field or the row
const phone = window.matchMedia("(max-width: 640px)")

let moment = null
let session = null
let waits = false // for the server to know what was kept
let send = () => {}
let telling = 0
let watching = 0

export default function ({ parentElement, data: [data], setStateValue }) {
  keepProgress(data, setStateValue)
  const guide = document.querySelector(".st-key-guide")
  if (guide === null) return
  const nameFold = prepare(guide, data, parentElement)
  guide.dataset.guideTarget = data.look
  guide.dataset.guideStep = data.step
  const look = () => {
    window.clearInterval(watching)
    if (data.look !== "") watching = show(data.look, guide, data.step === 0 ? SEEN_AT_FIRST : 1)
  }
  phone.onchange = () => {
    if (!guide.isConnected) return // another page has none
    guide.dataset.folded = String(phone.matches)
    nameFold()
    look()
  }
  if (data.moment === moment) return
  moment = data.moment
  look()
}

function keepProgress({ keeps, known, progress, session: current }, setStateValue) {
  if (!keeps) return
  send = setStateValue
  try {
    const stored = window.localStorage.getItem(STORED) ?? ""
    // Once a session: a message between Next and its answer would take back what Next has set up. A tab that outlives its
    // session tells the next one too, whose own progress is only what was done since.
    const isNews = session !== current && !known && stored !== ""
    waits = !known && (isNews || waits)
    session = current
    if (isNews) tell(stored)
    else if (waits) return
    else if (progress !== "") window.localStorage.setItem(STORED, progress)
    else if (known) window.localStorage.removeItem(STORED)
  } catch (error) {
    if (!(error instanceof DOMException)) throw error // a browser that keeps nothing: the session does
  }
}

// Not while the page is being drawn: the message would end the text that a card has the model write.
function tell(stored) {
  window.clearTimeout(telling)
  if (isBeingDrawn()) telling = window.setTimeout(() => tell(stored), 50)
  else send("stored", stored)
}

function isBeingDrawn() {
  const state = document.querySelector("[data-testid=stApp]")?.dataset.testScriptState ?? "notRunning"
  return ["running", "rerunRequested"].includes(state)
}

/** Set up what is the guide's own, and return a function that labels its fold button. */
function prepare(guide, { label, fold, unfold }, parentElement) {
  guide.tabIndex = 0
  guide.setAttribute("role", "region")
  guide.setAttribute("aria-label", label)
  const card = guide.querySelector(".st-key-guide_card")
  card?.setAttribute("aria-live", "polite")
  const theme = parentElement.querySelector(".guide-theme")
  const paint = () => {
    const { backgroundColor, borderTopColor, color } = window.getComputedStyle(theme)
    guide.style.setProperty("--guide-paper", backgroundColor)
    guide.style.setProperty("--guide-line", borderTopColor)
    guide.style.setProperty("--guide-accent", color)
  }
  paint()
  theme.ontransitionend = paint
  const button = guide.querySelector(":scope > .guide-fold") ?? guide.appendChild(document.createElement("button"))
  button.className = "guide-fold"
  guide.dataset.folded ??= String(phone.matches)
  const name = () => {
    const folded = guide.dataset.folded === "true"
    button.textContent = folded ? "+" : "–"
    button.title = folded ? unfold : fold
    button.setAttribute("aria-label", button.title)
    button.setAttribute("aria-expanded", String(!folded))
  }
  name()
  button.onclick = () => {
    guide.dataset.folded = String(guide.dataset.folded !== "true")
    name()
  }
  guide.onkeydown = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest(OWN_ARROWS)) return
    const isOnGuide = event.target === guide
    const key = { ArrowRight: "next", ArrowLeft: "back", " ": isOnGuide ? "next" : "" }[event.key]
    const target = key && guide.querySelector(`.st-key-guide_${key} button:not(:disabled)`)
    if (!target) return
    event.preventDefault()
    target.click()
  }
  return name
}

/** Bring the target into sight once it is drawn, and again until the page has settled; then outline it. */
function show(look, guide, share) {
  const began = performance.now()
  let seen = null
  let drawn = began // what is drawn above the target moves it: a model may have to be loaded for that
  const timer = window.setInterval(() => {
    const now = performance.now()
    const target = document.querySelector(`.st-key-${CSS.escape(look)}`)
    if (now - began > WAIT_MS) window.clearInterval(timer)
    if (target === null || target.getBoundingClientRect().height === 0) return
    if (seen === null) {
      seen = now
      target.dataset.guideLook = ""
      window.setTimeout(() => delete target.dataset.guideLook, OUTLINE_MS)
    }
    bringIntoSight(target, guide, share)
    if (isBeingDrawn()) drawn = now
    if (now - Math.max(seen, drawn) > SETTLED_MS) window.clearInterval(timer)
  }, 100)
  for (const kind of ["wheel", "touchmove", "pointerdown", "keydown"])
    window.addEventListener(kind, () => window.clearInterval(timer), { once: true, passive: true })
  return timer
}

function bringIntoSight(target, guide, share) {
  const bar = guide.getBoundingClientRect()
  const isAtBottom = phone.matches
  const top = isAtBottom ? 60 : Math.max(bar.bottom, 60)
  const bottom = isAtBottom ? bar.top : window.innerHeight
  const { top: from, bottom: to, height } = target.getBoundingClientRect()
  const fits = height <= bottom - top
  const seen = Math.min(to, bottom) - Math.max(from, top)
  const wanted = share * (fits ? height : 0.6 * (bottom - top))
  if (from >= top - 1 && seen >= wanted - 1) return
  const scroller = target.closest("[data-testid=stMain]") ?? document.scrollingElement
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches
  const by = fits && to > bottom ? Math.min(to - bottom + 16, from - top - 8) : from - top - 8
  scroller.scrollBy({ top: by, behavior: calm ? "auto" : "smooth" })
}
