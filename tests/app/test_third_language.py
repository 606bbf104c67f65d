"""A language is data only: an invented one, with a row, catalogues and one lesson, opens every page of a copied tree.

Its sentences are the English ones in brackets, so that what is shown in it is easily told from what falls back.
"""

from __future__ import annotations

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from components.core.i18n import LANGUAGES
from components.registry import pages_for
from tests.app.interpreter import run_scripts
from tests.unit.source_tree import copy_tree

CODE = "qps"  # no language has this code: it is set apart for pseudo-locales
SHIPPED = next(code for code in LANGUAGES if code != "en")
WITH_LESSON = "tokenizer"

OPEN_ALL = """
import logging, os, sys
import torch  # so that it runs where torch has been imported
os.chdir({root!r})
sys.path.insert(0, {root!r})
logging.disable(logging.WARNING)
from components.registry import pages_for
from tests.app.opening import faults, open_page

result = {{}}
for entry in pages_for(None):
    at = open_page(entry.slug, lang={code!r})
    result[entry.slug] = {{
        "faults": faults(at),
        "titles": [title.value for title in at.title],
        "texts": [text.value for text in at.markdown],
        "headers": [header.value for header in at.header],
        "languages": at.sidebar.get("button_group")[0].options,
    }}
"""


def bracketed(text: str) -> str:
    return f"⟦{text}⟧"


@pytest.fixture(scope="module")
def shown(tmp_path_factory, _prepared_interpreter):
    """Return what each page shows in the invented language, by its address."""
    root = tmp_path_factory.mktemp("dashboard")
    copy_tree(root)
    add_language(root)
    [shown] = run_scripts(_prepared_interpreter, root, [OPEN_ALL.format(root=str(root), code=CODE)])
    return shown


def add_language(root):
    with (root / "components/core/languages.toml").open("a", encoding="utf-8") as file:
        file.write(f'\n[{CODE}]\nname = "⟦Invented⟧"\nlanguage = "⟦language⟧"\n')
    for path in root.glob(f"components/*/messages.{SHIPPED}.po"):
        with path.open("rb") as file:
            shipped = read_po(file)
        catalogue = Catalog()
        for message in shipped:
            if message.id:
                catalogue.add(message.id, bracketed(message.id))
        with path.with_name(f"messages.{CODE}.po").open("wb") as file:
            write_po(file, catalogue)
    lesson = root / f"components/{WITH_LESSON}/lesson.en.md"
    text = lesson.read_text(encoding="utf-8").replace("## Predict first {", "## ⟦Predict first⟧ {")
    lesson.with_name(f"lesson.{CODE}.md").write_text(text, encoding="utf-8")


@pytest.mark.real_model
@pytest.mark.parametrize("entry", pages_for(None), ids=lambda entry: entry.slug or "home")
def test_every_page_is_shown_in_it(shown, entry):
    page = shown[entry.slug]
    assert page["faults"] == []
    assert page["titles"] == [bracketed(entry.title if entry.slug else "How Transformers work")]
    assert page["languages"] == [language.name for language in LANGUAGES.values()] + ["⟦Invented⟧"]


@pytest.mark.real_model
def test_its_lesson_is_shown_and_where_there_is_none_the_english_one(shown):
    assert f"**{bracketed('Predict first')}**" in shown["tokenizer"]["texts"]
    assert "**Predict first**" in shown["attention"]["texts"]


@pytest.mark.real_model
def test_words_that_it_lacks_are_english(shown):
    assert any("A piece of text that has a number of its own" in text for text in shown["tokenizer"]["texts"])
