"""The glossary: each term of the field once, in the visitor's language and beside it in the others (glossary.toml).

A term in a sentence explains itself: `mark_terms` makes it a Markdown link whose label holds the definition, and the
style sheet of `draw_term_style` shows the definition while the term is under the pointer or has the focus (Tab, a tap).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterable
from dataclasses import field
from functools import cache
from pathlib import Path
from typing import Final

import streamlit as st
from pydantic import ConfigDict, TypeAdapter
from pydantic.dataclasses import dataclass

from components.core.i18n import DEFAULT_LANGUAGE, LANGUAGES, _, in_language, language
from components.core.text import escape_markdown
from components.registry import PAGES

FILE: Final = Path(__file__).with_name("glossary.toml")
ANCHOR: Final = "term-"
"""How the address of every marked term begins; nothing on a page has it, so that a click scrolls nowhere."""

_NO_PROSE: Final = (
    r"`+[^`]*`+|\$\$?[^$]+\$\$?|!?\[[^\]]*\]\([^)]*\)|https?://\S+|^\#{1,6} .*$|:material/\w+:|</?\w[^>]*>"
)
"""Parts of Markdown in which nothing is marked: code, formulas, links, addresses, headings, icons, tags."""
_LETTER: Final = r"[\w가-힣]"
_PARTICLES: Final = (
    "은|는|이|가|을|를|의|에|와|과|도|만|으로|로|라고|라는|란|예요|인|마다|부터|까지|보다|처럼|들|끼리|뿐|하고"
)
"""With one of these a Korean particle begins: before it a term is not a part of another word."""
_STYLE: Final = """<style>
.stApp a[href^="#term-"] {
  color: inherit; text-decoration: underline dotted; text-underline-offset: 0.2em; cursor: help }
.stApp [data-testid="stMarkdownContainer"]:has(a[href^="#term-"]) { position: relative }
.stApp a[href^="#term-"] > span { display: none }
.stApp a[href^="#term-"]:is(:hover, :focus) > span {
  display: block; position: absolute; left: 0; z-index: 1000; box-sizing: border-box; width: max-content;
  max-width: min(22rem, 100%); margin-top: 0.25rem; padding: 0.5rem 0.75rem; border-radius: 0.5rem;
  background: CanvasText; color: Canvas; font-size: 0.875rem; font-weight: 400; font-style: normal; line-height: 1.45;
  text-decoration: none; text-align: start; white-space: normal; box-shadow: 0 4px 16px rgb(0 0 0 / 0.25) }
@supports (anchor-name: --term) {
  .stApp a[href^="#term-"] { anchor-name: --term; anchor-scope: --term }
  .stApp a[href^="#term-"]:is(:hover, :focus) > span {
    position: fixed; left: auto; position-anchor: --term; position-area: bottom span-right; max-width: min(22rem, 90vw);
    position-try-fallbacks: flip-block, flip-inline, flip-block flip-inline } }
</style>"""


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Term:
    """One term.

    Attributes
    ----------
    word
        By language code, as `means` is.
    concepts
        The pages on which the word has this meaning.
    means
        One or two sentences.
    also
        Other spellings under which a sentence may use it, by language code.
    """

    word: dict[str, str]
    concepts: tuple[str, ...]
    means: dict[str, str]
    also: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def anchor(self) -> str:
        """The address of its definition: the same in every language."""
        return ANCHOR + re.sub(r"\W+", "-", self.word[DEFAULT_LANGUAGE].lower()).strip("-")

    def spellings(self, code: str) -> tuple[str, ...]:
        """Return how a sentence in a language may write it."""
        return (self.word.get(code, self.word[DEFAULT_LANGUAGE]), *self.also.get(code, ()))


@cache
def terms() -> tuple[Term, ...]:
    """Return all terms, in the order in which a student meets them."""
    return TypeAdapter(tuple[Term, ...]).validate_python(tomllib.loads(FILE.read_text(encoding="utf-8"))["terms"])


def terms_of(concept: str) -> tuple[Term, ...]:
    """Return the terms that one page uses."""
    return tuple(term for term in terms() if concept in term.concepts)


def mark_terms(text: str, concept: str, *, leave_out: Collection[str] = ()) -> str:
    """Return Markdown in which the first mention of each of a page's terms carries its definition.

    Code, formulas, links and headings stay as they are. The page needs `draw_term_style`, or every definition would be
    read in the middle of the sentence; app.py calls it.

    Parameters
    ----------
    text
        Markdown in the visitor's language.
    concept
        The page: a word that has another meaning elsewhere is marked only where it has this one.
    leave_out
        Anchors of terms that are not marked, for example where the definition would give an answer away.
    """
    pattern, by_spelling = _pattern(concept, language())
    if pattern is None:
        return text
    done = set(leave_out)

    def mark(match: re.Match[str]) -> str:
        written = match["term"]
        if written is None:
            return match[0]
        term = by_spelling[_plain(written)] if _plain(written) in by_spelling else by_spelling[_plain(written[:-1])]
        if term.anchor in done or match["closing"] not in ("", match["opening"]):
            return match[0]
        done.add(term.anchor)
        label = written.replace("[", r"\[").replace("]", r"\]")
        emphasis = match["closing"]  # inside the label: between ")" and a Korean particle Markdown would not end it
        before = match["opening"] if not emphasis else ""
        means = escape_markdown(in_language(term.means))
        return f"{before}[{emphasis}{label}{emphasis}:small[ {means}]](#{term.anchor})"

    return pattern.sub(mark, text)


def draw_term_style() -> None:
    """Write the style sheet that shows a marked term's definition on hover and focus. Once a page is enough."""
    st.html(_STYLE)


def draw_glossary_link(concept: str | None = None) -> None:
    """Draw a quiet button that opens the whole glossary over the page, the terms of this page first."""
    if st.button(_("Glossary"), key="glossary", icon=":material/menu_book:", type="tertiary"):
        here = _listed(concept) if concept else ()
        others = tuple(term for term in _listed(None) if term not in here)
        st.dialog(_("Glossary"), width="medium")(st.markdown)(_entries([*here, *others]))


def _listed(concept: str | None) -> tuple[Term, ...]:
    rooms = {concept} if concept else {entry.concept for entry in PAGES}
    return tuple(term for term in terms() if rooms & set(term.concepts))


def _entries(listed: Iterable[Term]) -> str:
    entries = []
    for term in listed:
        word = in_language(term.word)
        others = dict.fromkeys(term.word[code] for code in LANGUAGES if code in term.word)
        beside = "".join(f" · {other}" for other in others if other not in word)
        entries.append(f"**{word}**{beside}  \n{in_language(term.means)}")
    return "\n\n".join(entries)


@cache
def _pattern(concept: str, code: str) -> tuple[re.Pattern[str] | None, dict[str, Term]]:
    """Return what finds a page's terms in a sentence, and the term of each spelling."""
    by_spelling: dict[str, Term] = {}
    for term in terms_of(concept):
        for spelling in term.spellings(code):
            by_spelling.setdefault(_plain(spelling), term)
    if not by_spelling:
        return None, by_spelling
    longest_first = sorted(by_spelling, key=len, reverse=True)
    words = "|".join(re.escape(spelling) for spelling in longest_first)
    end = rf"(?=(?:{_PARTICLES})|(?!{_LETTER}))"
    pattern = rf"{_NO_PROSE}|(?<!{_LETTER})(?<!-)(?P<opening>\**)(?P<term>(?:{words})(?:s(?=\b))?){end}(?P<closing>\**)"
    return re.compile(pattern, re.IGNORECASE | re.MULTILINE), by_spelling


def _plain(spelling: str) -> str:
    return spelling.casefold()
