"""The glossary: each word of the field once, in the visitor's language and beside it in the others (glossary.toml)."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Final

import streamlit as st
from pydantic import ConfigDict, TypeAdapter
from pydantic.dataclasses import dataclass

from components.core.i18n import LANGUAGES, _, choose_text
from components.registry import PAGES

FILE: Final = Path(__file__).with_name("glossary.toml")


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Term:
    """One word.

    Attributes
    ----------
    word
        By language code, as `means` is.
    concepts
        Rooms whose page uses it.
    means
        One or two sentences.
    """

    word: dict[str, str]
    concepts: tuple[str, ...]
    means: dict[str, str]


@cache
def terms() -> tuple[Term, ...]:
    """Return all words, in the order in which a student meets them."""
    return TypeAdapter(tuple[Term, ...]).validate_python(tomllib.loads(FILE.read_text(encoding="utf-8"))["terms"])


def glossary(concept: str | None = None) -> None:
    """Draw the words of one room, or of those that the dashboard has a page for."""
    rooms = {concept} if concept else {entry.concept for entry in PAGES}
    shown = [term for term in terms() if rooms & set(term.concepts)]
    if not shown:
        return
    entries = []
    for term in shown:
        word = choose_text(term.word)
        others = dict.fromkeys(term.word[code] for code in LANGUAGES if code in term.word)
        beside = "".join(f" · {other}" for other in others if other != word)
        entries.append(f"**{word}**{beside}  \n{choose_text(term.means)}")
    with st.expander(_("Words of the field"), icon=":material/menu_book:"):
        st.markdown("\n\n".join(entries))
