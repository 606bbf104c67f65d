"""Which libraries are loaded when: nothing is paid for before it is used. Each is asked of a fresh interpreter."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from typing import Any

import pytest

from components.registry import PAGES
from tests.unit.source_tree import ROOT, Module, modules

FOR_TEAMS = ("sqlalchemy", "alembic", "psycopg")
LIBRARIES = ("torch", "transformers", "prometheus_client", *FOR_TEAMS)
COMPUTING = {"aws", "core", "engines", "models", "operations", *(entry.concept for entry in PAGES if entry.concept)}
WITHOUT_A_MODEL = [entry.path for entry in PAGES if entry.slug in ("tokenizer", "positional-encoding")]


def run_fresh(code: str) -> Any:
    """Run code in a fresh interpreter at the project's root and return what it printed as JSON."""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False, timeout=240
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


LIFE = f"""
import json, logging, sys
logging.disable(logging.WARNING)
from pathlib import Path

def loaded(*more):
    return [name for name in (*{LIBRARIES!r}, *more) if name in sys.modules]

import components.server.start
import app
start = loaded("numpy")

from streamlit.testing.v1 import AppTest
at = AppTest.from_file("app.py", default_timeout=120).run()
assert at.title and not at.exception and not at.error
home = loaded("components.aws", "components.engines.table", "tokenizers", "pandas")
team = sorted(name for name in sys.modules if name.startswith("components.team"))

for path in {WITHOUT_A_MODEL!r}:
    at.switch_page(path).run()
    assert at.title and not at.exception and not at.error, (path, at.exception, [error.value for error in at.error])
from components.models.input_embeddings import embedding_table
from components.models.registry import record
from components.models.store import local_folder
embedding_table(local_folder(record("classroom-bert")))
import components.generation.views.page
drawing = loaded()

from components.engines import runs
from components.engines.contract import Finished, Request, Token, Usage

class Engine:
    name, model = "transformers", "classroom-gpt2"
    def stream(self, request, checkpoint, *, session=""):
        yield from (Token("a"), Usage(1, 1), Finished("end"))

assert len(list(runs.generate(Engine(), Request(prompt="x"), lambda: None))) == 3
counting = loaded("numpy")

%s
importing = loaded()
print(json.dumps(dict(start=start, home=home, team=team, drawing=drawing, counting=counting, importing=importing)))
"""


@pytest.fixture(scope="module")
def loaded() -> dict[str, list[str]]:
    """What the process of the dashboard has loaded at each moment of a visit."""
    imports = {ast.unparse(node) for module in modules("pages") for node in module.nodes(ast.Import, ast.ImportFrom)}
    assert any("components" in line for line in imports)
    return run_fresh(LIFE % "\n".join(sorted(imports)))


def test_the_start_loads_no_library_and_leaves_numpy_to_the_first_page(loaded):
    """Streamlit loads NumPy for that page, while the browser fetches its own files."""
    assert loaded["start"] == []


def test_the_home_page_loads_no_engine_and_no_library_of_theirs(loaded):
    assert loaded["home"] == []


def test_drawing_a_page_that_needs_no_model_loads_no_library(loaded):
    assert loaded["drawing"] == []


def test_a_counted_run_loads_what_counts_it(loaded):
    assert loaded["counting"] == ["prometheus_client", "numpy"]


def test_importing_the_pages_a_teams_too_loads_no_heavy_library(loaded):
    """Their imports are made as they stand in the files; running a page needs a session."""
    assert loaded["importing"] == ["prometheus_client", *FOR_TEAMS]


def test_a_dashboard_without_a_sign_in_imports_nothing_of_a_team(loaded):
    """But who may come in, and what the provider has to be: the server asks them of every request."""
    allowed = {"components.team", "components.team.identity", "components.team.provider"}
    assert set(loaded["team"]) <= allowed


def computes(module: Module) -> bool:
    """Say whether a module is imported for its functions, not to show, serve or keep something."""
    shows = "views" in module.path.parts or re.search(r"figures$|^(state|engine_cache|cached)$", module.path.stem)
    return module.path.parts[1] in COMPUTING and not shows


def test_what_computes_is_imported_without_what_it_computes_with():
    names = [".".join(module.path.with_suffix("").parts) for module in modules("components") if computes(module)]
    assert len(names) > 200
    heavy = {"torch", "transformers", "scipy", "pandas", "streamlit", "plotly"}
    code = f"import json, sys, {', '.join(names)}\nprint(json.dumps(sorted({heavy} & set(sys.modules))))"
    assert run_fresh(code.replace(".__init__", "")) == []
