"""The start loads no library that only operations need; the first number that is counted loads Prometheus's client."""

from __future__ import annotations

from tests.unit.test_architecture import run_fresh

LIBRARIES = ("prometheus_client", "sqlalchemy", "alembic", "psycopg", "torch", "transformers")


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
    return [name for name in {LIBRARIES!r} if name in sys.modules]

at_start = loaded()
assert len(list(runs.generate(Engine(), Request(prompt="x"), lambda: None))) == 3
print(json.dumps([at_start, loaded()]))
"""
    assert run_fresh(code) == [[], ["prometheus_client"]]
