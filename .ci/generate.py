"""Write the tables of the documents that the code knows best: `.venv/bin/python .ci/generate.py`.

With `--check` nothing is written, and the exit status says whether a table is out of date.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from components.core.i18n import _, use  # noqa: E402
from components.core.settings_reference import as_markdown  # noqa: E402
from components.registry import PAGES  # noqa: E402
from components.ui.guide import course  # noqa: E402


def pages(code: str) -> list[str]:
    """Return the rows of the README's table of pages in one language."""
    with use(code):
        made = [entry for entry in PAGES if not entry.is_draft]
        return [f"| {_(entry.title)} | `/{entry.slug}` | {_(entry.contents)} |" for entry in made]


def address(slug: str, step: int | None, words: str) -> str:
    """Return where a page or a step is, under the dashboard's own address."""
    if words == str(step):
        return f"`?step={step}`"
    return f"{words} (`/{slug}`)" if step is None else f"{words} (`/{slug}?step={step}`)"


TABLES = {
    "README.md": ("pages", ["| page | address | what you see |", "|---|---|---|", *pages("en")]),
    "README.ko.md": ("pages", ["| 페이지 | 주소 | 볼 수 있는 것 |", "|---|---|---|", *pages("ko")]),
    "docs/settings.md": ("settings", ["| variable | default | meaning |", "|---|---|---|", *as_markdown()]),
    "docs/teaching.md": ("lessons", ["", *course.as_markdown(address)]),
}


def main(arguments: list[str]) -> int:
    """Write each table between its markers, or check it."""
    stale = []
    for name, (table, lines) in TABLES.items():
        path = ROOT / name
        text = path.read_text(encoding="utf-8")
        written = "\n".join(["", *lines, ""])
        between = re.compile(
            f"(?<=<!-- {table}: written by .ci/generate.py -->).*?(?=<!-- end of {table} -->)", re.DOTALL
        )
        new, count = between.subn(lambda _match, written=written: written, text)
        if count != 1:
            raise SystemExit(f"{name} has no place for the table of {table}")
        if new != text:
            stale.append(name)
            if "--check" not in arguments:
                path.write_text(new, encoding="utf-8")
    if stale and "--check" in arguments:
        print(f"out of date: {', '.join(stale)}. Run .ci/generate.py")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
