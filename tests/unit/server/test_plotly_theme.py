"""The theme that Streamlit makes for Plotly is what it would have made, only later."""

from __future__ import annotations

import json
import subprocess
import sys

_POSTPONE = """
from components.server.streamlit_internals import plotly_theme
plotly_theme.postpone_plotly()
"""
_MAKE = """
plotly_theme.make_theme()
"""
_DRAW = """
import json, sys, streamlit
import plotly.graph_objects as go
print(json.dumps(go.Figure(go.Bar(x=[1], y=[2])).to_plotly_json(), default=str))
"""
_OPEN = """
import json, logging, sys
from components.server import start
logging.disable(logging.WARNING)
from streamlit.testing.v1 import AppTest
at = AppTest.from_file("app.py", default_timeout=120).run()
at_home = "plotly" in sys.modules
at.switch_page("pages/text/tokenizer.py").run()
import plotly.io
print(json.dumps({"at home": at_home, "theme": plotly.io.templates.default}))
"""


def _run(code: str) -> object:
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def test_a_figure_is_the_one_that_streamlit_alone_would_have_made() -> None:
    """`postpone_plotly`, `make_theme`: and Streamlit alone loads Plotly when it is imported, or they can go."""
    alone = _run("import streamlit, sys\nassert 'plotly' in sys.modules\n" + _DRAW)
    postponed = _run(_POSTPONE + "import sys\nassert 'plotly' not in sys.modules\n" + _MAKE + _DRAW)

    assert postponed == alone
    assert "#000001" in json.dumps(alone)  # a colour of Streamlit's own


def test_later_it_changes_nothing() -> None:
    assert _run("import streamlit" + _POSTPONE + _DRAW) == _run(
        "import plotly.graph_objects" + _POSTPONE + _MAKE + _DRAW
    )


def test_the_command_and_the_front_page_load_no_plotly_and_every_other_page_has_the_theme() -> None:
    assert _run(_OPEN) == {"at home": False, "theme": "streamlit"}
