"""The README and the documents name what is there, and the README's commands work on it."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from components.models.registry import records
from components.registry import pages_for
from tests.unit.source_tree import ROOT

MOST_CHARACTERS = 8_000
"""Of the README: two screens."""
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
KOREAN = [path for path in DOCUMENTS if path.name.endswith(".ko.md")]


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def english(path: Path) -> Path:
    return path.with_name(path.name.replace(".ko.md", ".md"))


@cache
def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def commands(text: str) -> list[str]:
    return re.findall(r"^ *```sh\n(.*?)^ *```", text, re.MULTILINE | re.DOTALL)


def prose(text: str) -> str:
    return re.sub(r"^ *```.*?^ *```|`[^`\n]*`", "", text, flags=re.MULTILINE | re.DOTALL)


def pictures(text: str) -> list[str]:
    return re.findall(r"!\[[^\]]*\]\(([^)]+)\)|<img [^>]*src=\"([^\"]+)\"", text)


def links(path: Path) -> list[str]:
    """Return what the document links to in the project, pictures too."""
    found = re.findall(r"\]\(([^)\s]+)\)|<img [^>]*src=\"([^\"]+)\"", prose(read(path)))
    return [link for pair in found for link in pair if link and not re.match(r"https?:|mailto:", link)]


def targets(path: Path) -> set[Path]:
    """Return the files that the document links to."""
    return {(path.parent / link.split("#")[0]).resolve() for link in links(path) if not link.startswith("#")}


@cache
def anchors(path: Path) -> set[str]:
    """Return the anchors of a document's headings, made as GitHub makes them."""
    found: list[str] = []
    text = re.sub(r"^ *```.*?^ *```", "", read(path), flags=re.MULTILINE | re.DOTALL)
    for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE):
        anchor = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        before = sum(re.fullmatch(rf"{re.escape(anchor)}(-\d+)?", other) is not None for other in found)
        found.append(f"{anchor}-{before}" if before else anchor)
    return set(found)


README = read(ROOT / "README.md")
COMMANDS = commands(README)


def test_the_generated_tables_are_up_to_date():
    """The pages, their pictures and their parameters, the models, the settings, the lessons."""
    done = subprocess.run(
        [sys.executable, ROOT / ".ci/generate.py", "--check"], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@pytest.mark.parametrize("document", ["pages.md", "pages.ko.md"])
@pytest.mark.parametrize(
    "entry", [entry for entry in pages_for(None) if not entry.is_draft], ids=lambda entry: entry.slug or "home"
)
def test_every_page_that_everybody_has_is_pictured(entry, document):
    page = entry.slug or "home"
    assert f"]({page}.png)" in read(ROOT / "docs" / document)
    picture = ROOT / "docs" / f"{page}.png"
    assert picture.is_file(), f"take the picture: .venv/bin/python .ci/screenshots.py {page}"
    assert picture.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("document", ["models.md", "models.ko.md"])
def test_the_table_of_models_is_that_of_the_registry(document):
    rows = re.findall(r"^\| `([^`]+)` \|", read(ROOT / "docs" / document), re.MULTILINE)
    assert rows == [record.id for record in records()]


def test_there_is_one_command_to_start_and_one_to_test():
    assert len(COMMANDS) >= 2
    start, test = COMMANDS[:2]
    for command in (start, test):
        assert len(command.strip().splitlines()) == 1
        assert "pip install -r requirements.txt" in command
    assert "-r tests/requirements.txt" in test
    assert "-r tests/requirements.txt" not in start
    assert start.strip().endswith("-m components.server.start")
    assert test.strip().endswith("-m pytest")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_file_and_module_of_a_command_exists(command):
    words = shlex.split(command, comments=True)
    for before, word in pairwise(words):
        if before == "-m" and word.startswith("components."):
            assert (ROOT / word.replace(".", "/")).with_suffix(".py").is_file(), word
        elif re.fullmatch(r"[\w./-]+\.(txt|py|toml)", word) and not word.startswith(".venv"):
            assert (ROOT / word).is_file(), word


@pytest.mark.parametrize("path", DOCUMENTS, ids=name)
def test_every_link_leads_to_a_file_and_a_heading_that_exist(path):
    for link in links(path):
        file, _, anchor = link.partition("#")
        target = path.parent / file if file else path
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_links_and_headings_are_read_as_github_reads_them(tmp_path):
    planted = tmp_path / "planted.md"
    planted.write_text(
        "# CPU or GPU?\n## `x.y`, again\n## CPU와 GPU\n## CPU와 GPU\n```sh\n# no heading [a](no-link.md)\n```\n"
        '[a](b.md#c) `[d](e.md)` [`f`](g.md) ![h](i.png) <img alt="" src="j.png"> [k](https://l.example) [m](#n)\n',
        encoding="utf-8",
    )
    assert anchors(planted) == {"cpu-or-gpu", "xy-again", "cpu와-gpu", "cpu와-gpu-1"}
    assert links(planted) == ["b.md#c", "g.md", "i.png", "j.png", "#n"]
    assert targets(planted) == {tmp_path / name for name in ("b.md", "g.md", "i.png", "j.png")}


@pytest.mark.parametrize("contents", ["docs/README.md", "docs/README.ko.md"])
def test_the_contents_name_every_document(contents):
    assert set(DOCUMENTS) - {ROOT / contents} - targets(ROOT / contents) == set()


@pytest.mark.parametrize("readme", [ROOT / "README.md", ROOT / "README.ko.md"], ids=name)
def test_it_is_whole_and_short(readme):
    text = read(readme)
    assert len(text.splitlines()) > 40
    assert len(text) <= MOST_CHARACTERS
    assert len(pictures(text)) == 1
    assert not re.search(r"\bTODO\b|\bTBD\b|\bFIXME\b", text)


@pytest.mark.parametrize("path", KOREAN, ids=name)
def test_the_korean_one_has_the_same_commands_pictures_and_chapters(path):
    korean, other = read(path), read(english(path))
    assert commands(korean) == commands(other)
    assert pictures(korean) == pictures(other)
    assert re.findall(r"^##+ ", korean, re.MULTILINE) == re.findall(r"^##+ ", other, re.MULTILINE)


@pytest.mark.parametrize("path", KOREAN, ids=name)
def test_the_korean_one_leads_to_the_same_files_and_to_korean_where_there_is_some(path):
    found, others = targets(path), targets(english(path))
    assert {english(file) for file in found} == {english(file) for file in others}
    in_korean = {file.with_suffix(".ko.md") for file in others} & set(KOREAN)
    assert in_korean - {path} <= found


def test_the_guide_to_studio_has_four_commands():
    assert len(commands(read(ROOT / "docs/sagemaker-studio.md"))) == 4
