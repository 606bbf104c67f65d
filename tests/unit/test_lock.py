"""The lock files are in step with their lists, have a hash for everything, and are what is installed."""

from __future__ import annotations

import re
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.unit.source_tree import ROOT

# Which build of PyTorch is right differs by machine: it and what only its CUDA build asks for are left out.
APART = {"torch"}
LOCKS = {
    "requirements.lock": ("requirements.txt",),
    "tests/requirements.lock": ("requirements.txt", "tests/requirements.txt"),
    "tests/tools.lock": ("tests/tools.txt",),
}


def listed(name: str) -> dict[str, str]:
    lines = [line.split(" #")[0].strip() for line in (ROOT / name).read_text("utf-8").splitlines()]
    wanted = [Requirement(line) for line in lines if line and not line.startswith("#")]
    assert all(str(requirement.specifier).startswith("==") for requirement in wanted)
    return {
        canonicalize_name(requirement.name): str(requirement.specifier).removeprefix("==") for requirement in wanted
    }


def locked(name: str) -> dict[str, list[tuple[Requirement, int]]]:
    """Return the entries of a lock by package: a version may stand there once for each kind of platform."""
    found: dict[str, list[tuple[Requirement, int]]] = {}
    text = re.sub(r"^\s*#.*\n", "", (ROOT / name).read_text("utf-8"), flags=re.MULTILINE)
    for entry in text.replace("\\\n", " ").splitlines():
        words, *hashes = entry.split("--hash=")
        requirement = Requirement(words.strip())
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}\s*", each) for each in hashes)
        found.setdefault(canonicalize_name(requirement.name), []).append((requirement, len(hashes)))
    return found


def here(entries: list[tuple[Requirement, int]]) -> list[str]:
    fitting = [requirement for requirement, _ in entries if not requirement.marker or requirement.marker.evaluate()]
    return [str(requirement.specifier).removeprefix("==") for requirement in fitting]


@pytest.mark.parametrize("lock", LOCKS)
def test_it_has_every_package_of_its_lists_in_the_same_version(lock):
    entries = locked(lock)
    wanted = {name: version for source in LOCKS[lock] for name, version in listed(source).items() if name not in APART}
    versions = {name: {str(requirement.specifier) for requirement, _ in entries[name]} for name in wanted}
    assert versions == {name: {f"=={version}"} for name, version in wanted.items()}


@pytest.mark.parametrize("lock", LOCKS)
def test_everything_in_it_has_a_version_and_a_hash(lock):
    entries = [entry for several in locked(lock).values() for entry in several]
    assert len(entries) > 80
    assert [str(requirement) for requirement, hashes in entries if hashes == 0] == []
    assert [str(requirement) for requirement, _ in entries if not str(requirement.specifier).startswith("==")] == []


def test_pytorch_and_its_cuda_packages_are_apart():
    for lock in LOCKS:
        assert [name for name in locked(lock) if re.match(r"torch$|triton$|nvidia-|cuda-", name)] == []


def test_all_that_the_lists_bring_along_is_in_it():
    """Asked of the installed packages: each that is reached from the lists is locked, and no other version is here."""
    entries = locked("tests/requirements.lock")
    missing, different, seen = [], {}, set()
    waiting = [(name, "") for source in LOCKS["tests/requirements.lock"] for name in listed(source)]
    while waiting:
        name, extra = waiting.pop()
        if (name, extra) in seen or name in APART:
            continue
        seen.add((name, extra))
        try:
            installed = metadata.distribution(name)
        except metadata.PackageNotFoundError:  # for another platform
            continue
        versions = here(entries.get(name, []))
        if not versions:
            missing.append(name)
        elif versions != [installed.version]:
            different[name] = (installed.version, versions)
        for text in installed.requires or ():
            needed = Requirement(text)
            if needed.marker is None or needed.marker.evaluate({"extra": extra}):
                waiting += [(canonicalize_name(needed.name), each) for each in ("", *needed.extras)]
    assert len(seen) > 100
    assert missing == []
    assert different == {}


def test_the_tests_install_the_versions_that_the_dashboard_does():
    runtime, tests = locked("requirements.lock"), locked("tests/requirements.lock")
    assert {name: here(entries) for name, entries in runtime.items()} == {name: here(tests[name]) for name in runtime}


@pytest.mark.parametrize(
    ("script", "lock"),
    [
        ("Dockerfile", "requirements.lock"),
        (".ci/run", "tests/requirements.lock"),
        (".ci/run", "tests/tools.lock"),
        ("deploy/studio/on-start.sh", "requirements.lock"),
    ],
)
def test_it_is_what_is_installed_from(script, lock):
    lines = [line for line in Path(ROOT / script).read_text("utf-8").splitlines() if f" {lock}" in line]
    assert any("--require-hashes" in line and "--no-deps" in line for line in lines)


def test_the_package_is_built_with_the_locked_builder():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    builders = {canonicalize_name(Requirement(line).name): line for line in project["build-system"]["requires"]}
    tools = listed("tests/tools.txt")
    assert builders
    assert builders == {name: f"{name}=={tools[name]}" for name in builders}


def test_every_image_is_named_with_its_digest():
    dockerfile = re.findall(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text("utf-8"), re.MULTILINE)
    services = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))["services"].values()
    images = dockerfile + [service["image"] for service in services if "build" not in service]
    assert len(images) >= 4
    assert [image for image in images if not re.search(r":[\w.-]+@sha256:[0-9a-f]{64}$", image)] == []
