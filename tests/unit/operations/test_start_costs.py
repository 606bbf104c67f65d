"""Where nobody asks for metrics or a database, the start loads neither of their libraries."""

from __future__ import annotations

from tests.unit.test_architecture import run_fresh

LIBRARIES = ("prometheus_client", "sqlalchemy", "alembic", "psycopg", "torch", "transformers")


def test_the_server_and_a_counted_run_load_no_library_for_operations():
    code = f"""
import json, sys
import components.server.start
from components.generation import runs
from components.engines.contract import Finished, Request, Token, Usage

class Engine:
    name, model = "transformers", "classroom-gpt2"
    def stream(self, request, checkpoint, *, session=""):
        yield from (Token("a"), Usage(1, 1), Finished("end"))

assert len(list(runs.generate(Engine(), Request(prompt="x"), lambda: None))) == 3
print(json.dumps([name for name in {LIBRARIES!r} if name in sys.modules]))
"""
    assert run_fresh(code) == []
