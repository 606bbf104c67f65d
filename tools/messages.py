"""Write the sentences that have no translation yet into the catalogues: `python -m tools.messages`.

A sentence without one gets an entry with an empty `msgstr`, which the dashboard shows in English. An empty entry whose
sentence is gone is deleted; one with a translation stays until a person deletes it.
"""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Collection, Iterable
from functools import cache
from io import StringIO
from typing import Any

from babel.messages.pofile import read_po

from components.core.i18n import DEFAULT_LANGUAGE, LANGUAGES
from components.registry import PAGES
from components.ui.notebooks import messages
from tests.unit.source_tree import ROOT, Module, modules, notebooks

REGISTRY = "components/registry.py"
EMPTY = '\nmsgstr ""'
NEW = 'msgid ""\nmsgstr ""\n"Language: {code}\\n"\n"Content-Type: text/plain; charset=UTF-8\\n"\n'
"""A catalogue without an entry."""


def is_marked(node: ast.AST, *names: str) -> bool:
    """Say whether code is a call of `_` or `N_`, whichever are named."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names


def marked(nodes: Iterable[Any]) -> set[str]:
    """Return the sentences that are marked for translation in some code."""
    calls = (node for node in nodes if is_marked(node, "_", "N_"))
    return {str(call.args[0].value) for call in calls if isinstance(call.args[0], ast.Constant)}


def package_of(module: Module) -> str:
    """Return in whose catalogue a module's sentences are: of what is outside the packages (app.py, pages/), `ui`."""
    parts = module.path.parts
    return parts[1] if parts[0] == "components" and len(parts) > 2 else "ui"


@cache
def shown_by_package() -> dict[str, set[str]]:
    """Return the sentences that each package shows; the words of a concept's row in the registry are its own."""
    shown: dict[str, set[str]] = {}
    for module in modules():
        if str(module.path) != REGISTRY:
            shown.setdefault(package_of(module), set()).update(marked(module.nodes(ast.Call)))
    for entry in PAGES:
        shown["ui"].add(entry.section)
        words = (entry.title, entry.help, entry.contents, entry.question)
        shown.setdefault(entry.concept or "ui", set()).update(filter(None, words))
    for path in notebooks():
        shown.setdefault(path.parent.name, set()).update(messages(path))
    return shown


def complete(catalogue: str, shown: Collection[str], *, elsewhere: Collection[str] = ()) -> str:
    """Return the text of a catalogue with an entry for each of these sentences.

    Parameters
    ----------
    elsewhere
        The sentences that another package translates, which need no second translation.
    """
    blocks = catalogue.strip().split("\n\n")
    empty = {empty_entry(sentence) for sentence in set(shown).difference(elsewhere, ids(catalogue, translated=True))}
    kept = [block for block in blocks if not block.endswith(EMPTY) or block in empty]
    return "\n\n".join([*kept, *sorted(empty.difference(kept))]) + "\n"


def ids(catalogue: str, *, translated: bool) -> set[str]:
    """Return the sentences that a catalogue translates, or those that it does not."""
    entries = read_po(StringIO(catalogue), abort_invalid=True)
    return {str(message.id) for message in entries if message.id and bool(message.string) is translated}


def empty_entry(sentence: str) -> str:
    """Return the entry of a sentence that nobody has translated yet."""
    return f"msgid {json.dumps(sentence, ensure_ascii=False)}{EMPTY}"


def main() -> int:
    """Complete every catalogue, and say which have entries without a translation."""
    shown = shown_by_package()
    for code in LANGUAGES.keys() - {DEFAULT_LANGUAGE}:
        paths = {package: ROOT / "components" / package / f"messages.{code}.po" for package in sorted(shown)}
        texts = {
            package: path.read_text(encoding="utf-8") if path.exists() else NEW.format(code=code)
            for package, path in paths.items()
        }
        done = {package: ids(text, translated=True) for package, text in texts.items()}
        for package, path in paths.items():
            elsewhere = set().union(*(done[each] for each in done if each != package))
            text = complete(texts[package], shown[package], elsewhere=elsewhere)
            if text != texts[package]:
                path.write_text(text, encoding="utf-8")
            if missing := ids(text, translated=False):
                print(f"{path.relative_to(ROOT)}: {len(missing)} not translated")
    return 0


if __name__ == "__main__":
    sys.exit(main())
