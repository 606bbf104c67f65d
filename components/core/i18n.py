"""Translation: the English sentence is the key, gettext catalogues hold the other languages.

Each package has its own catalogue (`components/<package>/messages.<language>.po`) beside the code that shows the
sentences; here they are read once and joined. Lessons are Markdown files of their own. Which languages there
are is data too (languages.toml); where a text is missing in one, English is shown.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

DEFAULT_LANGUAGE: Final = "en"
"""The language of the sentences in the code."""
SESSION_KEY: Final = "lang"  # also the link parameter: Streamlit binds a widget's key to the address

_COMPONENTS: Final = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Language:
    """A language of the interface: a table of languages.toml, which says what the fields mean."""

    name: str
    language: str
    keeps_words: bool = False


LANGUAGES: Final[Mapping[str, Language]] = {
    code: Language(**row)
    for code, row in tomllib.loads(Path(__file__).with_name("languages.toml").read_text(encoding="utf-8")).items()
}
_Entry = TypeVar("_Entry")
_chosen: ContextVar[str | None] = ContextVar("language", default=None)


def N_(message: str) -> str:  # noqa: N802 (gettext's own name)
    """Mark a sentence for translation where it is defined; `_` translates it where it is shown."""
    return message


def _(message: str) -> str:
    """Give a sentence in the visitor's language, or the sentence itself where no translation exists."""
    return catalogue(language()).get(message) or message


def in_language(entries: Mapping[str, _Entry]) -> _Entry:
    """Return the entry of a data file, which has one for each language, in the visitor's language, or in English."""
    return entries.get(language()) or entries[DEFAULT_LANGUAGE]


def read_in_language(file: Path) -> dict[str, Any]:
    """Return the table in the visitor's language of a TOML file that has one for each language, or the English one."""
    return in_language(_tables_of(file))


@cache
def _tables_of(file: Path) -> dict[str, dict[str, Any]]:
    return tomllib.loads(file.read_text(encoding="utf-8"))


def name_languages(codes: Iterable[str]) -> str:
    """Return the names of languages in the visitor's language, separated by commas."""
    names = _locale().languages
    return ", ".join(str(names.get(code, code)) for code in codes)


def count_in_words(count: float) -> str:
    """Return a large number as people say it in the visitor's language: 300.8 million, 3억."""
    from babel.numbers import format_compact_decimal

    locale = _locale()
    form: Literal["short", "long"] = "long" if "long" in locale.compact_decimal_formats else "short"
    said: str = format_compact_decimal(count, format_type=form, locale=locale, fraction_digits=1)
    return said


def _locale() -> Any:  # noqa: ANN401 (Babel's)
    """Return what Babel knows of the visitor's language, or of English."""
    from babel import Locale, UnknownLocaleError  # half a MB of names that few pages need

    try:
        return Locale.parse(language())
    except UnknownLocaleError:
        return Locale.parse(DEFAULT_LANGUAGE)


def language() -> str:
    """Return the visitor's language code, one of `LANGUAGES`.

    `use` sets it, else the session: a fragment reruns in a thread that never passed through app.py.
    """
    return _chosen.get() or _session_language() or DEFAULT_LANGUAGE


@contextmanager
def use(code: str) -> Iterator[None]:
    """Set the language inside a `with` block: for a page, for exports outside a session's thread, for tests."""
    token = _chosen.set(code)
    try:
        yield
    finally:
        _chosen.reset(token)


@cache
def catalogue(code: str) -> dict[str, str]:
    """Return the sentences of one language, joined over all packages.

    Raises
    ------
    ValueError
        If two packages translate the same sentence differently: a reader would see either, by chance.
    """
    if code == DEFAULT_LANGUAGE:
        return {}
    from babel.messages.pofile import read_po  # half a MB of code that English never needs

    joined: dict[str, str] = {}
    for path in sorted(_COMPONENTS.glob(f"*/messages.{code}.po")):
        with path.open("rb") as file:
            messages = read_po(file, locale=code)
        for message in messages:
            if not message.id or not message.string or message.fuzzy:
                continue
            source, target = str(message.id), str(message.string)
            if joined.setdefault(source, target) != target:
                raise ValueError(f"{path.name} of {path.parent.name} translates {source!r} a second way: {target!r}")
    return joined


def _session_language() -> str | None:
    """Return the language this session chose, or None outside a session (tests, scripts)."""
    if "streamlit" not in sys.modules:
        return None
    import streamlit as st
    from streamlit.runtime.scriptrunner import get_script_run_ctx

    if get_script_run_ctx(suppress_warning=True) is None:
        return None
    chosen = st.session_state.get(SESSION_KEY)
    return chosen if chosen in LANGUAGES else None
