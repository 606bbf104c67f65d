"""A visitor's own list, one text a line, made safe to embed, with a note of everything that was changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from components.core.text import sanitize
from components.embeddings.corpus import Corpus, Item

LEAST_ITEMS: Final = 3
"""With fewer there is no map to draw and nothing to compare."""
MOST_ITEMS: Final = 120
MOST_ITEM_CHARS: Final = 600
_TITLE_CHARS: Final = 36


@dataclass(frozen=True)
class Pasted:
    """What became of a list.

    Attributes
    ----------
    corpus
        The texts; their ids are "line-1", "line-2", ... as counted in the list.
    repeated
        How many lines were left out because the same text stands above them.
    left_over
        How many lines were left out because there were `MOST_ITEMS` already.
    cut
        How many lines were longer than `MOST_ITEM_CHARS` and lost their end.
    replaced
        How many lone surrogates stand as U+FFFD.
    """

    corpus: Corpus
    repeated: int = 0
    left_over: int = 0
    cut: int = 0
    replaced: int = 0

    @property
    def too_few(self) -> bool:
        """Whether there is too little to search."""
        return len(self.corpus.items) < LEAST_ITEMS


def parse(text: str) -> Pasted:
    """Return the texts of a list. Only line feeds and carriage returns end a line; blank lines are left out."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    items: dict[str, Item] = {}
    repeated = left_over = cut = replaced = 0
    for number, line in enumerate(lines, start=1):
        source = sanitize(line.strip(), most_characters=MOST_ITEM_CHARS)
        if not source.text:
            continue
        if source.text in items:
            repeated += 1
        elif len(items) == MOST_ITEMS:
            left_over += 1
        else:
            items[source.text] = Item(f"line-{number}", _title(source.text), source.text)
            cut += bool(source.cut_characters)
            replaced += source.replaced_surrogates
    return Pasted(Corpus(tuple(items.values())), repeated, left_over, cut, replaced)


def _title(text: str) -> str:
    return text if len(text) <= _TITLE_CHARS else text[: _TITLE_CHARS - 1].rstrip() + "…"
