// One row a place, likeliest first. The rows stay and only their words and widths change, so a bar moves to its new length.
function build(row) {
  const parts = ["token", "track", "share"].map((name) => {
    const part = document.createElement("span")
    part.className = name
    return part
  })
  const bar = document.createElement("span")
  bar.className = "bar"
  parts[1].append(bar)
  row.replaceChildren(...parts)
  return row
}

function fill(row, { token, space, width, share, rest }) {
  const [label, track, number] = row.children
  const gap = document.createElement("span")
  gap.className = "gap"
  gap.textContent = space
  label.replaceChildren(gap, token)
  row.classList.toggle("rest", rest)
  track.firstChild.style.inlineSize = `${width}%`
  number.textContent = share
}

export default function ({ data: [data], parentElement }) {
  const title = parentElement.querySelector(".title")
  const list = parentElement.querySelector("ol")
  const said = parentElement.querySelector("[role=status]")
  title.textContent = data.title
  list.setAttribute("aria-label", data.title)
  const isNew = list.children.length === 0
  while (list.children.length > data.rows.length) list.lastChild.remove()
  while (list.children.length < data.rows.length) list.append(build(document.createElement("li")))
  data.rows.forEach((row, place) => fill(list.children[place], row))
  // what the page opens with is read with the page; only a change is announced
  if (!isNew && said.textContent !== data.said) said.textContent = data.said
}
