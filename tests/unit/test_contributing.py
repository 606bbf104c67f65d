"""What a contributor reads names what is there, and what runs elsewhere is pinned."""

from __future__ import annotations

import json
import re

import pytest
import yaml

from components.core.version import VERSION
from components.registry import PAGES
from tests.unit.source_tree import ROOT

DOCUMENTS = ("CONTRIBUTING.md", "ARCHITECTURE.md")
MADE = re.compile(r"letters|\.eo\.|echo|/shots|<|…")
"""Files that a reader or a run makes."""
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def paths(text: str) -> set[str]:
    quoted = [word for code in re.findall(r"`([^`\n]+)`", text) for word in code.split()]
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", text)
    folders = r"(components|tests|tools|docs|pages|bench|training|deploy|\.ci)/"
    named = [word for word in quoted if re.match(folders, word)]
    return {path for path in (*named, *links) if not MADE.search(path)}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_path_that_is_named_exists(name):
    named = paths(read(name))
    assert len(named) > 8
    assert sorted(path for path in named if not any(ROOT.glob(path.rstrip("/")))) == []


def test_every_package_stands_in_the_drawing_or_the_table():
    concepts = {entry.concept for entry in PAGES}
    packages = {path.parent.name for path in (ROOT / "components").glob("*/__init__.py")} - concepts
    text = read("ARCHITECTURE.md")
    assert {name for name in packages if f"`components/{name}`" not in text} == set()


def test_the_set_up_takes_four_commands():
    [commands] = re.findall(r"^## Set up in four commands\n.*?^```sh\n(.*?)^```", read("CONTRIBUTING.md"), re.M | re.S)
    assert len(commands.splitlines()) == 4


def test_every_document_has_the_same_version():
    assert yaml.safe_load(read("CITATION.cff"))["version"] == VERSION
    released = re.findall(r"^## \[(\d+\.\d+\.\d+)\] - (\d{4}-\d\d-\d\d)$", read("CHANGELOG.md"), re.M)
    assert released[0] == (VERSION, str(yaml.safe_load(read("CITATION.cff"))["date-released"]))


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_runs_pinned_actions_with_no_rights(path):
    workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert workflow["permissions"] == {"contents": "read"}
    for job in workflow["jobs"].values():
        uses = [step["uses"] for step in job["steps"] if "uses" in step]
        assert uses
        assert [name for name in uses if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", name)] == []


def test_the_images_of_development_are_the_dashboards_own():
    [image] = set(re.findall(r"^FROM (\S+)", read("Dockerfile"), re.M))
    assert json.loads(read(".devcontainer/devcontainer.json"))["image"] == image
    assert yaml.safe_load(read(".github/workflows/whole.yml"))["jobs"]["ci-run"]["container"] == image


def test_every_hook_starts_a_program_of_the_virtual_environment():
    [local] = yaml.safe_load(read(".pre-commit-config.yaml"))["repos"]
    assert local["hooks"]
    for hook in local["hooks"]:
        program, *words = hook["entry"].split()
        assert program.startswith(".venv/bin/")
        assert [word for word in words if word.endswith(".py") and not (ROOT / word).is_file()] == []
