"""The glossary: each word of the field once, in English and Korean side by side (glossary.toml)."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Final

import streamlit as st
from pydantic import ConfigDict, TypeAdapter
from pydantic.dataclasses import dataclass

from components.core.i18n import LANGUAGES, _, language
from components.registry import PAGES

FILE: Final = Path(__file__).with_name("glossary.toml")


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Term:
    """One word.

    Attributes
    ----------
    en, ko
        The word in each language.
    concepts
        Rooms whose page uses it.
    means
        One or two sentences in each language, by language code.
    """

    en: str
    ko: str
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
    first, second = sorted(LANGUAGES, key=lambda code: code != language())
    entries = []
    for term in shown:
        words = {"en": term.en, "ko": term.ko}
        other = f" · {words[second]}" if words[second] != words[first] else ""
        entries.append(f"**{words[first]}**{other}  \n{term.means[first]}")
    with st.expander(_("Words of the field"), icon=":material/menu_book:"):
        st.markdown("\n\n".join(entries))
