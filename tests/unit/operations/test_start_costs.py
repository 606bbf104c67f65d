"""What the start, the home page and the first counted run load, and what they leave for later."""

from __future__ import annotations

from tests.unit.source_tree import ROOT
from tests.unit.test_architecture import run_fresh

LIBRARIES = ("prometheus_client", "sqlalchemy", "alembic", "psycopg", "torch", "transformers")
NUMBERS = "numpy"  # Streamlit loads it for the first page, while the browser fetches its own files


def test_the_start_loads_no_library_for_operations_and_a_counted_run_one():
    code = f"""
import json, sys
import components.server.start
import app
from components.engines import runs
from components.engines.contract import Finished, Request, Token, Usage

class Engine:
    name, model = "transformers", "classroom-gpt2"
    def stream(self, request, checkpoint, *, session=""):
        yield from (Token("a"), Usage(1, 1), Finished("end"))

def loaded():
    return [name for name in {(*LIBRARIES, NUMBERS)!r} if name in sys.modules]

at_start = loaded()
assert len(list(runs.generate(Engine(), Request(prompt="x"), lambda: None))) == 3
print(json.dumps([at_start, loaded()]))
"""
    assert run_fresh(code) == [[], ["prometheus_client", NUMBERS]]


def test_the_start_and_the_home_page_load_no_engine_and_no_library_of_theirs():
    code = f"""
import json, sys
import components.server.start
from streamlit.testing.v1 import AppTest

at = AppTest.from_file({str(ROOT / "app.py")!r}, default_timeout=60).run()
assert not at.exception and at.title, at.exception
used = ("components.aws", "components.engines.table", "tokenizers", "pandas", *{LIBRARIES!r})
print(json.dumps([name for name in used if name in sys.modules]))
"""
    assert run_fresh(code) == []
