"""A new engine is one module with a `SPEC`, and one row in the table: then its page, its runs and its export work."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.unit.source_tree import ROOT

# The table is read when the page's modules are imported, so the row is there before, in a process of its own.
PROGRAM = """
from components.engines import table
from components.engines.capabilities import Capabilities
from components.engines.contract import Finished, Started, Token, Usage
from components.engines.spec import EngineSpec


class Echo:
    name = "echo"
    capabilities = Capabilities(missing={}, context_tokens=None, most_new_tokens=99, most_candidates=0)

    def __init__(self, model):
        self.model = model

    def stream(self, request, checkpoint, *, session=""):
        yield Started()
        checkpoint()
        yield Token(request.prompt.upper())
        yield Usage(1, 1)
        yield Finished("end")

    def count_tokens(self, request):
        return 1


SPEC = EngineSpec(name="echo", title=lambda: "Echo engine", open=Echo, models=lambda: ("parrot",))
table.ENGINES = (*table.ENGINES, SPEC)

from tests.app import opening

with opening.downloads() as makers:
    at = opening.open_page("generation", engine="echo", model="parrot", prompt="hello")
    assert not opening.faults(at), opening.faults(at)
    at.button(key="generation_generate").click().run()
assert not opening.faults(at), opening.faults(at)
assert any("HELLO" in each.proto.json for each in at.get("bidi_component"))
assert "no script or notebook yet" in makers["export_script"]()
assert "HELLO" in makers["export_data"]()
print("it works")
"""


@pytest.mark.timeout(240)
def test_one_row_makes_an_engine():
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, check=False, timeout=200
    )
    assert done.stdout.strip().endswith("it works"), done.stderr[-3000:]
