"""Every sentence on the screen has one in every language, in the catalogue of the package that shows it.

`tools.messages` says which catalogue that is, and writes the sentences that are missing there. A page that is being
made (`is_draft` in components/registry.py) is shown in English where it has no translation.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from components.core.i18n import DEFAULT_LANGUAGE, LANGUAGES, catalogue
from components.registry import PAGES
from tests.unit.source_tree import ROOT, Module, modules
from tools.messages import NEW, complete, is_marked, shown_by_package

CODES = [code for code in LANGUAGES if code != DEFAULT_LANGUAGE]
DRAFTS = {entry.concept for entry in PAGES if entry.is_draft}
EVERY_FILE = sorted(path for code in CODES for path in (ROOT / "components").glob(f"*/messages.{code}.po"))
FILES = [path for path in EVERY_FILE if path.parent.name not in DRAFTS]


def has_words(sentence: str) -> bool:
    """Say whether there is anything to translate: MLP, GPT-2 and {n} × {m} are written alike in every language."""
    return re.search("[a-z]{2}", re.sub(r"{.*?}", "", sentence)) is not None


def entries(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=path.suffixes[0][1:], abort_invalid=True)


def placeholders(sentence: str) -> set[str]:
    return {name for _text, name, _spec, _conversion in Formatter().parse(sentence) if name is not None}


def label(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def test_only_whole_sentences_are_marked():
    """A sentence put together at run time can't be looked up."""
    made = [
        f"{module.path}:{node.lineno}"
        for module in modules()
        for node in module.nodes(ast.Call)
        if (is_marked(node, "N_") and not isinstance(node.args[0], ast.Constant))
        or (is_marked(node, "_") and isinstance(node.args[0], (ast.JoinedStr, ast.BinOp)))
    ]
    assert made == []


SHOWING = {
    "title", "header", "subheader", "markdown", "caption", "text", "write", "info", "warning", "error", "success",
    "button", "download_button", "checkbox", "toggle", "radio", "selectbox", "multiselect", "slider", "select_slider",
    "text_input", "text_area", "number_input", "file_uploader", "segmented_control", "pills", "metric", "expander",
    "popover", "status", "spinner", "progress", "toast", "page_link", "tabs",
}  # fmt: skip
WORDS = {"help", "label", "placeholder", "alt", "caption", "title"}


def test_nothing_on_the_screen_bypasses_translation():
    """No Streamlit call shows a literal: what stands in quotes there would be English for everyone."""

    def literals(call: ast.Call) -> list[str]:
        shown = [*call.args[:1], *(word.value for word in call.keywords if word.arg in WORDS)]
        texts = [part for value in shown for part in (value.elts if isinstance(value, ast.List) else [value])]
        constants = [text.value for text in texts if isinstance(text, ast.Constant)]
        return [text for text in constants if isinstance(text, str) and re.search("[A-Za-z]{2}", text)]

    found = [
        (str(module.path), text)
        for module in modules()
        if module.imports_package("streamlit")
        for node in module.nodes(ast.Call)
        if isinstance(node.func, ast.Attribute) and node.func.attr in SHOWING
        if not (isinstance(node.func.value, ast.Name) and node.func.value.id == "log")
        for text in literals(node)
    ]
    assert found == []


OF_TEXTS = {
    "components/fine_tuning/views/controls.py",
    "components/generation/examples.py",
    "components/ui/text_fit.py",
}
"""Where a code names the language of a text that a model reads, not the one of the page."""


def test_no_code_names_a_language():
    """A language is data: what one alone needs is a property in languages.toml."""

    def names(module: Module) -> bool:
        return any(node.value in CODES for node in module.nodes(ast.Constant))

    assert {str(module.path) for module in modules() if names(module)} == OF_TEXTS


@pytest.mark.parametrize("code", CODES)
def test_no_sentence_is_missing(code):
    known = catalogue(code).keys()
    shown = {name: sentences for name, sentences in shown_by_package().items() if name not in DRAFTS}
    missing = [f"{name}: {text}" for name, sentences in shown.items() for text in sorted(sentences - known)]
    assert not missing, "\n".join(["`python -m tools.messages` writes them into the catalogues:", *missing])


@pytest.mark.parametrize("path", FILES, ids=label)
def test_no_entry_is_left_over(path):
    shown = shown_by_package().get(path.parent.name, set())
    left_over = [message.id for message in entries(path) if message.id and message.id not in shown]
    assert not left_over, "\n".join(left_over)


@pytest.mark.parametrize("path", FILES, ids=label)
def test_every_entry_is_translated_with_the_same_placeholders(path):
    for message in entries(path):
        if not message.id:
            continue
        assert message.string, message.id
        assert not message.fuzzy, message.id
        assert message.string != message.id or not has_words(message.id), message.id
        assert placeholders(message.string) == placeholders(message.id), message.id


@pytest.mark.parametrize("path", EVERY_FILE, ids=label)
def test_no_entry_stands_twice_in_a_file(path):
    """Babel keeps the last one without a word."""
    one_line_or_more = r'^msgid (?!""$)(.*)|^msgid ""\n((?:".*"\n)+)'
    ids = ["".join(found) for found in re.findall(one_line_or_more, path.read_text(encoding="utf-8"), re.MULTILINE)]
    assert {text for text in ids if ids.count(text) > 1} == set()
    assert len(ids) == len([message for message in entries(path) if message.id])


@pytest.mark.parametrize("code", CODES)
def test_no_two_columns_of_a_table_share_a_name(code):
    """Of two columns that a language calls the same, the table has only the last one."""
    known = catalogue(code)
    assert [
        f"{module.path}:{node.lineno}: {again}"
        for module in modules()
        for node in module.nodes(ast.Dict)
        for again in twice([known.get(word, word) for word in words_of(node)])
    ] == []


def words_of(table: ast.AST) -> list[str]:
    """Return the sentences that are translated into the keys of a dict."""
    keys = table.keys if isinstance(table, ast.Dict) else []
    return [key.args[0].value for key in keys if is_marked(key, "_") and isinstance(key.args[0], ast.Constant)]


def twice(names: list[str]) -> set[str]:
    return {name for name in names if names.count(name) > 1}


def test_two_columns_with_one_name_are_found():
    table = ast.parse('{_("Query"): asked, _("Query uses"): uses, _("Rank"): ranks}').body[0].value
    names = {"Query": "검색어", "Query uses": "검색어", "Rank": "순위"}
    assert twice([names[word] for word in words_of(table)]) == {"검색어"}


def test_a_catalogue_gets_the_sentences_that_it_lacks_and_keeps_its_translations(tmp_path):
    path = tmp_path / "messages.ko.po"

    def complete_with(*shown):
        text = complete(path.read_text(encoding="utf-8") if path.exists() else NEW.format(code="ko"), shown)
        path.write_text(text, encoding="utf-8")
        return {message.id: message.string for message in entries(path) if message.id}

    assert complete_with("Old", 'A "new" one\nin two lines') == {'A "new" one\nin two lines': "", "Old": ""}
    path.write_text(path.read_text("utf-8").replace('"Old"\nmsgstr ""', '"Old"\nmsgstr "옛것"'), encoding="utf-8")
    assert complete_with("Another") == {"Old": "옛것", "Another": ""}
    once = path.read_text(encoding="utf-8")
    assert complete_with("Another") == {"Old": "옛것", "Another": ""}
    assert path.read_text(encoding="utf-8") == once
    assert complete(once, {"Another"}, elsewhere={"Another"}).count("msgid") == 2


def test_no_two_packages_disagree():
    for code in CODES:
        catalogue.cache_clear()
        assert catalogue(code)
