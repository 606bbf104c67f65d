"""The English is plain: some old-fashioned words appear nowhere in code, tests, docs and English sentences."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.unit.source_tree import ROOT

NOT_USED = re.compile(
    r"\b(whoever|whosoever|heed(s|ed|ing|less)?|hitherto|thereof|therein|whence|thence)\b|_whoever_", re.I
)
READ = (
    "*.md",
    ".streamlit/*.example",
    "app.py",
    ".ci/**/*.py",
    "components/**/*.md",
    "components/**/*.po",
    "components/**/*.py",
    "components/**/*.toml",
    "deploy/**/*.*",
    "docs/**/*.md",
    "pages/**/*.py",
    "tests/**/*.py",
)


def texts() -> list[Path]:
    found = {path for pattern in READ for path in ROOT.glob(pattern) if path.is_file()}
    bundled = ROOT / "components" / "models" / "bundled"
    return sorted(
        path for path in found if path.suffix != ".pyc" and not path.is_relative_to(bundled) and path != Path(__file__)
    )


def test_old_fashioned_words_are_not_used():
    hits = []
    for path in texts():
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
            if NOT_USED.search(line):
                hits.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()}")
    assert hits == []


@pytest.mark.parametrize("line", ["Whoever asks", "each choice heeds it", "def test_whoever_asks():"])
def test_such_a_word_is_found(line):
    assert NOT_USED.search(line)


def test_every_kind_of_file_is_read():
    assert {".py", ".md", ".po", ".toml", ".example"} <= {path.suffix for path in texts()}
