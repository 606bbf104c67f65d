"""Whether a model has learned the language of a text, and one line under the text field where it has not."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

import streamlit as st

from components.core.i18n import _, name_languages
from components.core.text import escape_markdown, sanitize
from components.models.errors import ModelError
from components.models.records import ModelRecord, Task
from components.models.registry import ModelParameter, records
from components.ui.model_picker import offer_models

LANGUAGES: Final = {
    "HANGUL": ("ko",),
    "HIRAGANA": ("ja",),
    "KATAKANA": ("ja",),
    "CJK": ("zh", "ja", "ko"),
    "DEVANAGARI": ("hi",),
    "ARABIC": ("ar",),
    "HEBREW": ("he",),
    "CYRILLIC": ("ru",),
    "GREEK": ("el",),
    "THAI": ("th",),
}
"""Of each script, as Unicode begins the names of its letters, the languages written in it; the first one is named."""
MOST_CHARACTERS: Final = 4_000
"""Of a longer text only the beginning is looked at."""
_UNKNOWN: Final = ("[UNK]", "<unk>")
_OTHER_THAN_LATIN: Final = frozenset(code for codes in LANGUAGES.values() for code in codes)
_LATIN_WORD: Final = re.compile(r"[A-Za-z]{2}")
_SPECIAL_TOKEN: Final = re.compile(r"\[[A-Z]+\]")


def unread_languages(text: str, languages: Iterable[str]) -> tuple[str, ...]:
    """Return the languages in whose script parts of a text are written and which a model of these has not learned.

    Words in Latin letters occur in texts of every language, so they count only for a model that has learned no
    language written in them, and only where the text has no other words. Of a model whose languages nobody knows
    nothing is said.
    """
    known = set(languages)
    if not known:
        return ()
    scripts = dict.fromkeys(
        unicodedata.name(letter, "").split(" ")[0].split("-")[0] for letter in text if ord(letter) > 0x24F
    )
    written_in = [LANGUAGES[script] for script in scripts if script in LANGUAGES]
    if not written_in and known <= _OTHER_THAN_LATIN and _LATIN_WORD.search(_SPECIAL_TOKEN.sub("", text)):
        return ("en",)
    return tuple(dict.fromkeys(each[0] for each in written_in if not known & set(each)))


def built_in_reader(text: str, task: Task) -> ModelRecord:
    """Return the built-in model for a task that has learned the language of a text; the first one if none has."""
    models = [model for model in records(tasks=(task,)) if model.embedded]
    return next((model for model in models if not unread_languages(text, model.languages)), models[0])


def warn_of_unread_text(model: ModelRecord, text: str, menu: tuple[str, ModelParameter] | None = None) -> None:
    """Say in one line that a text is in a language the model has not learned, and how much of it is unknown.

    Parameters
    ----------
    menu
        The page's slug and its `model` parameter, if the menu's models that have learned the language are to be
        offered: one click takes one that is here, or leads to its download.
    """
    readable = sanitize(text).text[:MOST_CHARACTERS]
    languages = unread_languages(readable, model.languages)
    if not languages:
        return
    from components.models import cached  # a page without such a text loads no tokenizer

    try:
        tokenizer = cached.tokenizer(model.id)
    except ModelError:  # the page itself says what is wrong with the model
        return
    ids = tokenizer.encode(readable, add_special_tokens=False).ids
    unknown = sum(ids.count(each) for token in _UNKNOWN if (each := tokenizer.token_id(token)) is not None)
    st.caption(
        _(
            ":material/translate: {model} has not learned {languages}: the text reaches it in pieces that mean nothing "
            "to it. [UNK], unknown: {unknown} of {tokens} tokens."
        ).format(
            model=escape_markdown(model.title),
            languages=name_languages(languages),
            unknown=unknown,
            tokens=len(ids),
        )
    )
    if menu is not None:
        offer_models(*menu, languages)
