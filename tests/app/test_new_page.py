"""A page by one command: in a copy of the project it passes the tests, and what cannot be a page is refused."""

from __future__ import annotations

import subprocess
import sys

import pytest

from components.registry import PAGES
from tests.unit.source_tree import ROOT, copy_tree
from tools import new_page

NAME = "tried_page"
SLUG = "tried-page"
"""No page of a contributor has this name."""
TESTED = ("architecture", "catalogues", "guides", "readme")
SLOW = ("drawing_every_page_that_needs_no_model", "importing_the_front_door", "a_dashboard_without_a_sign_in")
"""What a fresh interpreter loads for all pages together."""
WITHIN_S = 240


def registry_in(root):
    (root / "components/ui").mkdir(parents=True)
    registry = root / new_page.REGISTRY
    registry.write_bytes((ROOT / new_page.REGISTRY).read_bytes())
    return registry


def run(root, *command):
    return subprocess.run(
        [sys.executable, "-m", *command], cwd=root, capture_output=True, text=True, check=False, timeout=WITHIN_S
    )


@pytest.mark.timeout(2 * WITHIN_S)
def test_a_new_page_passes_the_tests_and_is_known_as_a_draft(tmp_path):
    copy_tree(tmp_path)
    made = run(tmp_path, "tools.new_page", NAME, "--title", "A page, tried", "--section", PAGES[1].section)
    assert made.returncode == 0, made.stderr
    written = [line for line in made.stdout.splitlines() if (tmp_path / line).is_file()]
    assert {path for path in written if (ROOT / path).exists()} == {new_page.REGISTRY}
    tests = [f"tests/unit/test_{name}.py" for name in TESTED]
    skipped = [f"not {name}" for name in (*SLOW, "shown_in_it")]
    chosen = f"({' or '.join((NAME, SLUG, *TESTED))}) and {' and '.join(skipped)}"
    asked = ("-n", "0", "-m", "", "-k", chosen, "--tb=short", *tests, f"tests/unit/{NAME}", "tests/app")
    done = run(tmp_path, "pytest", *asked)
    failed = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    assert [line.split("::")[1].split(" ")[0] for line in failed] == ["test_no_page_is_a_draft"], done.stdout[-5000:]
    assert repr(NAME) in done.stdout


@pytest.mark.parametrize("name", ["a", f"z{'y' * (new_page.MOST_CHARACTERS - 1)}"])
def test_what_is_written_has_the_form_of_the_house_however_long_the_name_is(tmp_path, name):
    registry_in(tmp_path)
    assert new_page.main([name, "--title", "T" * new_page.MOST_CHARACTERS], tmp_path) == 0
    (tmp_path / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    alone = ("--config", 'lint.isort.known-first-party = ["components"]')  # most of them are not in this folder
    assert run(tmp_path, "ruff", "check", "--no-cache", *alone).stdout.strip() == "All checks passed!"
    formatted = run(tmp_path, "ruff", "format", "--diff", "--no-cache")
    assert (formatted.returncode, formatted.stdout) == (0, "")
    texts = [path.read_text(encoding="utf-8") for path in (tmp_path / "components" / name).rglob("*.*")]
    assert not any(word in text for text in texts for word in ("CONCEPT", "SLUG", "TITLE", "SECTION", "FOLDER"))


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        (["Nobodys"], "no name of a package"),
        (["nobodys-page"], "no name of a package"),
        (["../nobodys"], "no name of a package"),
        (["class"], "a word of Python"),
        (["tokenizer"], "address /tokenizer is taken"),
        (["fine_tuning"], "address /fine-tuning is taken"),
        (["metrics"], "address /metrics is taken"),
        (["ui"], "components/ui is there already"),
        (["registry"], r"components/registry.py is there already"),
        (["nobodys_page", "--title", 'a "title"'], "no title"),
        (["nobodys_page", "--title", "Embeddings"], "another page has the title"),
        (["nobodys_page", "--section", "Team"], "no section 'Team' has pages with a lesson. There are: From text"),
        ([], "required: name"),
    ],
)
def test_what_cannot_be_a_page_is_refused_and_nothing_written(tmp_path, capsys, asked, reason):
    registry = registry_in(tmp_path)
    before = registry.read_bytes()
    with pytest.raises(SystemExit):
        new_page.main(asked, tmp_path)
    assert reason in capsys.readouterr().err
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [registry]
    assert registry.read_bytes() == before


def test_a_page_that_is_half_there_is_not_written_over(tmp_path, capsys):
    registry_in(tmp_path)
    page = tmp_path / "pages/text/nobodys_page.py"
    page.parent.mkdir(parents=True)
    page.write_text("mine")
    with pytest.raises(SystemExit):
        new_page.main(["nobodys_page", "--section", PAGES[1].section], tmp_path)
    assert "pages/text/nobodys_page.py is there already" in capsys.readouterr().err
    assert page.read_text() == "mine"
    assert not (tmp_path / "components/nobodys_page").exists()
