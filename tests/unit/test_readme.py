"""The README names what is there, and its commands work on it."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from itertools import pairwise

import pytest

from components.models.registry import records
from components.registry import PAGES
from tests.unit.source_tree import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
KOREAN = (ROOT / "README.ko.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^```sh\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def test_the_generated_tables_are_up_to_date():
    """The pages of the README, the settings of docs/settings.md."""
    done = subprocess.run(
        [sys.executable, ROOT / ".ci/generate.py", "--check"], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@pytest.mark.parametrize(
    "entry",
    [entry for entry in PAGES if entry.role is None and not entry.is_draft],
    ids=lambda entry: entry.slug or "home",
)
def test_every_page_that_everybody_has_is_pictured(entry):
    [picture] = re.findall(rf"!\[(?:The )?{re.escape(entry.title)}\]\(([^)]+)\)", README, re.IGNORECASE)
    assert (ROOT / picture).read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("readme", [README, KOREAN], ids=["en", "ko"])
@pytest.mark.parametrize("model", [record.id for record in records()])
def test_every_model_is_named(model, readme):
    assert f"`{model}`" in readme


@pytest.mark.parametrize("readme", [README, KOREAN], ids=["en", "ko"])
def test_no_model_is_named_that_is_not_in_the_registry(readme):
    table = readme.split("(components/models/registry.toml)", 1)[1].split("\n## ", 1)[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    named = [name for row in rows for name in re.findall(r"`([^`]+)`", row)]
    assert set(named) == {record.id for record in records()}


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


@pytest.mark.parametrize("readme", [README, KOREAN], ids=["en", "ko"])
def test_every_link_into_the_project_leads_somewhere(readme):
    links = [link for link in re.findall(r"\]\(([^)#]+)", readme) if not link.startswith(("http:", "https:"))]
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_it_is_whole():
    assert len(README.splitlines()) > 40
    assert not re.search(r"\bTODO\b|\bTBD\b|\bFIXME\b", README)


def test_the_korean_one_has_the_same_commands_pictures_and_chapters():
    assert re.findall(r"^```sh\n(.*?)^```", KOREAN, re.MULTILINE | re.DOTALL) == COMMANDS
    assert re.findall(r"!\[[^\]]*\]\(([^)]+)\)", KOREAN) == re.findall(r"!\[[^\]]*\]\(([^)]+)\)", README)
    assert KOREAN.count("\n## ") == README.count("\n## ")


def test_the_guide_to_studio_has_the_same_commands_in_korean():
    texts = [(ROOT / "docs" / name).read_text("utf-8") for name in ("sagemaker-studio.md", "sagemaker-studio.ko.md")]
    first, second = (re.findall(r"^ *```sh\n(.*?)^ *```", text, re.MULTILINE | re.DOTALL) for text in texts)
    assert len(first) == 4
    assert second == first
