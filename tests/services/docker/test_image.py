"""The image without Docker: its Dockerfile criticised, its files in a clean folder, its command run there.

What this cannot show is that Docker builds it and that the base images have what they had.
"""

from __future__ import annotations

import re
import subprocess
import sys
from importlib import metadata
from pathlib import PurePosixPath

import pytest
from packaging.requirements import Requirement

from components.server import health
from tests import event_loop
from tests.browser.serving import READY_WITHIN_S
from tests.services.docker import image
from tests.services.visitor_client import Run, visiting
from tests.tools import tool
from tests.unit.source_tree import ROOT, modules

SEEN = ("", "tokenizer", "positional-encoding", "catalog")  # data files, embedded weights, no long computation
OPTIONAL = {"kiwipiepy"}  # a view says what it would add, and works without it


def test_hadolint_has_nothing_to_say():
    done = subprocess.run(
        [tool("hadolint"), ROOT / "Dockerfile"], capture_output=True, text=True, check=False, timeout=READY_WITHIN_S
    )
    assert done.stdout == ""
    assert done.returncode == 0


def test_it_runs_as_nobody_special_and_says_how_it_is():
    assert int(image.last("USER").words) > 0
    assert image.last("HEALTHCHECK").command()[1:] == ["-m", health.__spec__.name]
    assert image.last("WORKDIR").words != "/"


def test_what_is_copied_is_there():
    steps = [step.words for step in image.steps() if step.name == "COPY" and "--from" not in step.words]
    copied = [words.rsplit(" ", 1)[0] for words in steps]
    assert copied == ["requirements.txt requirements.lock", "."]
    assert all(image.is_in_context(PurePosixPath(name)) for name in copied[0].split())


@pytest.mark.parametrize(
    ("path", "inside"),
    [
        ("app.py", True),
        ("components/models/bundled/classroom-bert/model.safetensors", True),
        ("static/scripts/tensor_view.js", True),
        ("components/ui/tensor_view/frontend/src/view.ts", False),
        ("components/ui/tensor_view/frontend/node_modules/esbuild/lib/main.js", False),
        ("training/data.py", False),
        ("components/server/__pycache__/start.pyc", False),
        (".streamlit/config.toml", True),
        (".streamlit/secrets.toml", False),
        (".git/config", False),
        (".venv/bin/python", False),
        ("tests/conftest.py", False),
        ("dashboard.toml", False),
    ],
)
def test_only_what_runs_goes_in_and_no_secret(path, inside):
    assert image.is_in_context(PurePosixPath(path)) == inside


def test_every_package_the_dashboard_imports_is_installed():
    """The packages of requirements.txt, and what they bring along; but for the optional ones."""
    lines = (ROOT / "requirements.txt").read_text("utf-8").splitlines()
    asked = [Requirement(line.split(" #")[0]) for line in lines if line and not line.startswith("#")]
    installed = closure({name_of(requirement.name) for requirement in asked})
    owners = metadata.packages_distributions()
    imported = {name.split(".")[0] for module in modules() for name in module.imports} - {"components", ""}
    packages = {name for name in imported if name not in sys.stdlib_module_names}
    assert "streamlit" in packages
    missing = {name for name in packages if not {name_of(owner) for owner in owners.get(name, [])} & installed}
    assert missing == OPTIONAL


def closure(names: set[str]) -> set[str]:
    found: set[str] = set()
    while names:
        name = names.pop()
        found.add(name)
        try:
            needed = [Requirement(text) for text in metadata.requires(name) or ()]
        except metadata.PackageNotFoundError:  # for another platform
            continue
        names |= {name_of(each.name) for each in needed if not each.marker or each.marker.evaluate({"extra": ""})}
        names -= found
    return found


def name_of(project: str) -> str:
    return re.sub(r"[-_.]+", "-", project).lower()


def test_its_command_serves_pages_from_its_files_alone(tmp_path):
    image.copy_context(tmp_path / "app")
    with image.running(tmp_path) as server:
        runs = event_loop.run(open_pages(server.origin))
    assert {slug: run.faults for slug, run in runs.items() if run.faults} == {}, server.log.read_text()
    assert "Traceback" not in server.log.read_text()
    assert server.process.returncode == 0  # it left in good order when told to, without being killed


async def open_pages(origin: str) -> dict[str, Run]:
    async with visiting(origin) as visitor:
        return {slug: await visitor.open(slug) for slug in SEEN}
