"""What a visitor takes home from this page: the numbers of the view, and a notebook that recomputes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

from components.CONCEPT.counts import LetterCount
from components.ui.notebooks import render

NOTEBOOK: Final = Path(__file__).with_name("notebook.py")


def result(counts: Sequence[LetterCount]) -> dict[str, object]:
    """Return `{total, letters}`, each letter as `{letter, count, share}`."""
    return {"total": sum(each.count for each in counts), "letters": [asdict(each) for each in counts]}


def script(text: str) -> str:
    """Return the notebook of a view in percent format. Its `result` equals the exported numbers."""
    return render(NOTEBOOK, {"TEXT": text})
