"""The theme that Streamlit makes for Plotly is what it would have made, only later."""

from __future__ import annotations

import json
import subprocess
import sys

_POSTPONE = """
from components.server.streamlit_internals import plotly_theme
plotly_theme.postpone_plotly()
"""
_DRAW = """
import json, sys
import streamlit
loaded = "plotly" in sys.modules
import plotly.graph_objects as go
print(json.dumps({"loaded": loaded, "figure": go.Figure(go.Bar(x=[1], y=[2])).to_plotly_json()}, default=str))
"""


def _run(code: str) -> dict[str, object]:
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_the_first_figure_is_the_one_that_streamlit_alone_would_have_made() -> None:
    alone, postponed = _run(_DRAW), _run(_POSTPONE + _DRAW)

    assert alone["loaded"] is True  # or there is nothing to postpone any more
    assert postponed["loaded"] is False
    assert postponed["figure"] == alone["figure"]
    assert "#000001" in json.dumps(alone["figure"])  # a colour of Streamlit's own


def test_later_it_changes_nothing() -> None:
    late = _run("import streamlit" + _POSTPONE + _DRAW)

    assert late == _run(_DRAW)


def test_the_command_starts_without_plotly() -> None:
    imports = "import json, sys\nfrom components.server import start\n"
    found = _run(imports + "print(json.dumps({name: name in sys.modules for name in ('streamlit', 'plotly')}))")

    assert found == {"streamlit": True, "plotly": False}
