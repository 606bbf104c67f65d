// A card for each page with a lesson: its question, how long it takes, how much of it is done. The whole card is the link.
// A plain click presses Streamlit's own link in the menu, which keeps the session; without one, or into another tab, the
// browser follows the address.
function node(tag, className, text) {
  const element = document.createElement(tag)
  element.className = className
  if (text !== undefined) element.textContent = text
  return element
}

function inMenu({ pathname }) {
  return [...document.querySelectorAll('[data-testid="stSidebarNavLink"]')].find((each) => each.pathname === pathname)
}

function drawCard(card) {
  const item = node("li", "card")
  item.dataset.card = card.slug
  const head = node("p", "head")
  const number = node("span", "number", String(card.number))
  if (card.done !== "") {
    const ring = node("b", "ring")
    ring.setAttribute("role", "img")
    ring.setAttribute("aria-label", card.done)
    ring.title = card.done
    ring.style.setProperty("--done", card.share)
    number.append(ring)
  }
  head.append(number, node("span", "minutes", card.minutes))
  const link = node("a", "to")
  link.href = `${globalThis.location.pathname.replace(/[^/]*$/, "")}${card.slug}?${new URLSearchParams(card.parameters)}`
  link.title = card.help
  link.onclick = (event) => {
    const way = inMenu(link)
    if (way === undefined || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return
    event.preventDefault()
    way.click()
  }
  const icon = node("span", "icon", card.icon)
  icon.setAttribute("aria-hidden", "true")
  link.append(icon, node("span", "title", card.title))
  item.append(head, node("h3", "question", card.question), link)
  return item
}

export default function ({ data: [cards], parentElement }) {
  const list = parentElement.querySelector("ol")
  const active = list.getRootNode().activeElement
  const focused = [...list.children].findIndex((item) => item.contains(active))
  list.replaceChildren(...cards.map(drawCard))
  list.children[focused]?.querySelector("a").focus()
}
