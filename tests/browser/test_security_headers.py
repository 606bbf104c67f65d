"""What the headers are for, seen in Chromium: it refuses to load from elsewhere and to be shown in a foreign frame."""

from __future__ import annotations

from tests.browser.visitor import Visitor

# one of each kind that could carry a visitor's text away or bring a stranger's code in
TRY = """
() => new Promise((done) => {
  const refused = new Set()
  addEventListener("securitypolicyviolation", (event) => {
    refused.add(event.effectiveDirective)
    if (refused.size === 6) done([...refused].sort())
  })
  const add = (tag, values) => document.body.append(Object.assign(document.createElement(tag), values))
  add("script", { src: "https://example.org/x.js" })
  add("img", { src: "https://example.org/x.png" })
  add("iframe", { src: "https://example.org/" })
  add("object", { data: "https://example.org/x" })
  add("link", { rel: "stylesheet", href: "https://example.org/x.css" })
  fetch("https://example.org/x").catch(() => 0)
  setTimeout(() => done([...refused].sort()), 10000)
})
"""


def test_nothing_is_loaded_from_elsewhere(tabs, app):
    visitor = Visitor(tabs, app)  # of its own: what is refused is an error on the console
    page = visitor("/")
    assert page.evaluate(TRY) == [
        "connect-src",
        "frame-src",
        "img-src",
        "object-src",
        "script-src-elem",
        "style-src-elem",
    ]
    visitor.leave()


def test_nobody_shows_it_in_a_frame(browser, app):
    page = browser.new_page()
    page.set_content(f'<iframe src="{app.origin}/"></iframe>')
    page.wait_for_function("frames.length === 1")
    frame = page.frames[1]
    frame.wait_for_load_state()
    assert frame.url.startswith("chrome-error:")
    assert frame.locator("#root").count() == 0
    page.close()
