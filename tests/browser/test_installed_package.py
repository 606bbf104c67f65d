"""The wheel, built and installed into an environment that has never seen this folder: its command, and a page of it.

The environment finds the packages of the tests through a path file, because a second PyTorch would take minutes. pip
runs without an index there: it installs the wheel only if all that the wheel asks for is present in the wanted version.
"""

from __future__ import annotations

import os
import subprocess
import sysconfig
import venv
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from playwright.sync_api import expect

from components.core.version import VERSION
from tests.browser.serving import ROOT, serving
from tests.browser.visitor import Visitor
from tests.tools import tool

WITHIN_S = 240
BUILD = """
import sys, zlib
zlib.Z_DEFAULT_COMPRESSION = zlib.Z_NO_COMPRESSION
from hatchling.cli import hatchling
sys.exit(hatchling())
"""
"""Builds with hatchling, without compressing 250 MB of weights: that takes ten seconds and proves nothing."""
SCRIPTS = "Scripts" if os.name == "nt" else "bin"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    python = tool("hatchling").resolve().with_name("python")
    run([python, "-c", BUILD, "build", "--target", "wheel", "--directory", folder], cwd=ROOT)
    [built] = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """Return the folder of the environment's programs."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder)
    programs = folder / SCRIPTS
    [packages] = [Path(path) for path in folder.rglob("site-packages")]
    (packages / "of_the_tests.pth").write_text(sysconfig.get_path("purelib") + "\n")
    run([programs / "python", "-m", "pip", "install", "--no-index", "--quiet", wheel], cwd=folder)
    return programs


def run(command, *, cwd, expected=0):
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PIP_"))}
    done = subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=WITHIN_S, check=False
    )
    assert done.returncode == expected, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_the_wheel_puts_one_name_into_site_packages(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names} == {
        "transformer_dashboard",
        f"transformer_dashboard-{VERSION}.dist-info",
    }
    assert not [name for name in names if "/tests/" in name or ("/training/" in name and "dist-info" not in name)]


def test_the_wheel_has_every_file_that_runs(wheel):
    """What git has of the folders that run, and nothing else: no secrets, no caches."""
    folders = ["app.py", "pages", "components", "static", ".streamlit/config.toml"]
    not_run = ":!components/ui/tensor_view/frontend"
    listed = run(["git", "ls-files", *folders, not_run], cwd=ROOT).splitlines()
    wanted = {*listed, "__init__.py", "__main__.py"}
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.removeprefix("transformer_dashboard/") for name in names if ".dist-info/" not in name} == wanted


def test_the_wheel_asks_for_what_requirements_txt_lists(installed, wheel):
    lines = [line.split(" #")[0].strip() for line in (ROOT / "requirements.txt").read_text("utf-8").splitlines()]
    wanted = {str(Requirement(line)) for line in lines if line and not line.startswith("#")}
    [packages] = list(installed.parent.rglob("site-packages"))
    [dashboard] = metadata.distributions(name="transformer-dashboard", path=[str(packages)])
    assert {str(Requirement(line)) for line in dashboard.requires or ()} == wanted
    assert dashboard.version == VERSION


def test_the_command_opens_a_page(installed, tabs, tmp_path):
    """The first link of a cold server, in a folder that has none of the weights, fonts and settings of the package."""
    command = [str(installed / "transformer-dashboard")]
    with serving(tmp_path, python=installed / "python", command=command, start_in=tmp_path) as server:
        visitor = Visitor(tabs, server)
        page = visitor("/attention", text="The cat sat", layer="2", lang="ko")
        expect(page.locator("h1")).to_have_text("어텐션 보기")
        expect(page.locator(".st-key-text textarea")).to_have_value("The cat sat")
        assert "layer=2" in page.url
        expect(page.locator('[data-testid="stAlertContentError"], [data-testid="stException"]')).to_have_count(0)
        assert page.evaluate("document.fonts.check('16px Pretendard')")
        assert page.request.get(f"{server.origin}/readyz").ok
        visitor.leave()
        assert visitor.faults() == []


def test_its_settings_come_from_the_folder_it_is_started_in(installed, tmp_path):
    (tmp_path / "dashboard.toml").write_text('log_format = "loud"\n')
    said = run([installed / "transformer-dashboard"], cwd=tmp_path, expected=1)
    assert "log_format" in said
    assert "loud" in said


def test_its_help_names_the_command(installed, tmp_path):
    assert run([installed / "transformer-dashboard", "--help"], cwd=tmp_path).startswith(
        "usage: transformer-dashboard "
    )
