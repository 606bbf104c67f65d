"""Begin a page: `python -m tools.new_page letters` writes its folder, its page file, its row and a test of its numbers.

What is written is a page that works and passes the tests: it counts letters (`tools/template`). Replace its parts one
after the other by your own. The page is a draft (`is_draft` in its row): in other languages it shows its English words.
"""

from __future__ import annotations

import argparse
import ast
import keyword
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from components.core.i18n import DEFAULT_LANGUAGE, LANGUAGES
from components.registry import PAGES, PageEntry
from components.ui.notebooks import messages
from tools.messages import NEW, complete, marked

ROOT = Path(__file__).resolve().parents[1]
TEMPLATE = Path(__file__).with_name("template")
REGISTRY = "components/registry.py"
ROW = "row.py"
LAST_PAGES = {entry.section: entry for entry in PAGES if entry.concept}
"""By the name of a section, in their order: the new page comes after the last one."""
TAKEN = {"auth", "component", "healthz", "home", "media", "metrics", "oauth2callback", "readyz", "static"}
"""Addresses of the server, and the name of the home page's picture."""
MOST_CHARACTERS = 40

NEXT_STEPS = """
Look at it:     .venv/bin/python -m components.server.start, then http://localhost:8501/{slug}
Make it yours:  CONTRIBUTING.md, “Add a concept page”, says what each file is for.
Test it:        .venv/bin/python -m pytest tests/unit/{concept} tests/unit/test_guides.py
                .venv/bin/python -m pytest tests/app -k {slug}
New sentences:  .venv/bin/python -m tools.messages writes them into the catalogues.
It is a draft:  in other languages it is shown in English. Translated, take `is_draft` out of its row in {registry}.
"""


def find_problems(name: str, title: str, section: str, root: Path) -> Iterator[str]:
    """Give the reasons why there can be no such page; none if there can."""
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name) or len(name) > MOST_CHARACTERS:
        yield f"{name!r} is no name of a package: small letters and digits, words joined by _, such as byte_pairs"
    if keyword.iskeyword(name) or keyword.issoftkeyword(name):
        yield f"{name!r} is a word of Python"
    if name in TAKEN or address_of(name) in {entry.slug for entry in PAGES}:
        yield f"the address /{address_of(name)} is taken"
    there = [
        path for path in (f"components/{name}", f"components/{name}.py", f"tests/unit/{name}") if (root / path).exists()
    ]
    if there:
        yield f"{there[0]} is there already"
    if not re.fullmatch(r"[^\W_][^\W_]*([ ,:?!'’()–-]+[^\W_]+)*[?!)]?", title) or len(title) > MOST_CHARACTERS:
        yield f"{title!r} is no title: at most {MOST_CHARACTERS} letters, digits and marks, beginning with a letter"
    if title in {entry.title for entry in PAGES}:
        yield f"another page has the title {title!r}"
    if section not in LAST_PAGES:
        yield f"no section {section!r} has pages with a lesson. There are: {', '.join(LAST_PAGES)}"


def address_of(name: str) -> str:
    """Return the address of the page whose package has this name."""
    return name.replace("_", "-")


def render(name: str, title: str, last: PageEntry) -> tuple[dict[str, str], str]:
    """Return the texts of a page's files by their paths, and its row; it comes after the last page of its section."""
    values = {
        "CONCEPT": name,
        "SLUG": address_of(name),
        "TITLE": title,
        "SECTION": last.section,
        "FOLDER": last.path.split("/")[1],
    }
    texts = {
        fill(path.relative_to(TEMPLATE).as_posix(), values): sort_imports(fill(path.read_text("utf-8"), values))
        for path in sorted(TEMPLATE.rglob("*.*"))
        if path.suffix in (".py", ".md")
    }
    row = texts.pop(ROW)
    shown = marked_in(f"[\n{row}]") - {last.section} | messages(TEMPLATE / "components/CONCEPT/notebook.py")
    shown |= {sentence for path, text in texts.items() if path.endswith(".py") for sentence in marked_in(text)}
    for code in LANGUAGES.keys() - {DEFAULT_LANGUAGE}:
        texts[f"components/{name}/messages.{code}.po"] = complete(NEW.format(code=code), shown)
    return texts, row


def fill(text: str, values: Mapping[str, str]) -> str:
    """Put values in place of their names, which the template has in capitals."""
    return re.sub("|".join(values), lambda match: values[match[0]], text)


def sort_imports(text: str) -> str:
    """Put the imports of the project into their order, which depends on the name of the page."""
    lines = re.compile(r"(?:^from components\b.*\n)+", re.MULTILINE)
    return lines.sub(lambda match: "".join(sorted(match[0].splitlines(keepends=True), key=module_of)), text)


def module_of(line: str) -> str:
    """Return which module a line imports from."""
    return line.split(" ")[1]


def marked_in(code: str) -> set[str]:
    """Return the sentences of some code that are translated."""
    return marked(ast.walk(ast.parse(code)))


def insert_row(registry: str, row: str, last: PageEntry) -> str:
    """Return the table of pages with a row after another one."""
    [end] = [
        call.end_lineno
        for call in ast.walk(ast.parse(registry))
        if isinstance(call, ast.Call)
        if any(word.arg == "slug" and ast.unparse(word.value) == repr(last.slug) for word in call.keywords)
    ]
    lines = registry.splitlines(keepends=True)
    return "".join([*lines[:end], row, *lines[end:]])


def main(arguments: Sequence[str], root: Path = ROOT) -> int:
    """Write the page, or say why there can be none."""
    parser = argparse.ArgumentParser(prog="python -m tools.new_page", description="Write the files of a new page.")
    parser.add_argument("name", help="of its folder in components/, such as byte_pairs; its address is /byte-pairs")
    parser.add_argument("--title", help="of the page; by default its name")
    parser.add_argument("--section", default=list(LAST_PAGES)[-1], help=f"of the menu: {', '.join(LAST_PAGES)}")
    asked = parser.parse_args(arguments)
    title = asked.title or asked.name.replace("_", " ").capitalize()
    for problem in find_problems(asked.name, title, asked.section, root):
        parser.error(problem)
    last = LAST_PAGES[asked.section]
    texts, row = render(asked.name, title, last)
    if there := [path for path in texts if (root / path).exists()]:
        parser.error(f"{there[0]} is there already")
    texts[REGISTRY] = insert_row((root / REGISTRY).read_text(encoding="utf-8"), row, last)
    for path, text in texts.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
        print(path)
    print(NEXT_STEPS.format(concept=asked.name, slug=address_of(asked.name), registry=REGISTRY))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
