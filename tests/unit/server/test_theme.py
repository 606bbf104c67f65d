"""What Streamlit makes of its themes is what it would have made, only later, and less often."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator

import pytest
from streamlit import config
from streamlit.proto.NewSession_pb2 import NewSession
from streamlit.runtime import app_session

from components.server.streamlit_internals import theme

SECTIONS = ("theme", "theme.light", "theme.dark", "theme.sidebar", "theme.light.sidebar", "theme.dark.sidebar")

_POSTPONE = """
from components.server.streamlit_internals import theme
theme.postpone_plotly()
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


@pytest.fixture
def by_streamlit(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Begin and end with what Streamlit itself calls."""
    monkeypatch.setattr(app_session, "_populate_theme_msg", app_session._populate_theme_msg)
    yield
    config.get_config_options(force_reparse=True)


def _message() -> NewSession:
    message = NewSession()
    for section in SECTIONS:
        part = message.custom_theme
        for name in section.split(".")[1:]:
            part = getattr(part, name)
        app_session._populate_theme_msg(part, section)
    return message


@pytest.mark.usefixtures("by_streamlit")
def test_each_run_begins_with_the_theme_that_streamlit_reads() -> None:
    read = _message()
    theme.remember_theme()

    assert [_message(), _message()] == [read, read]
    assert len(read.custom_theme.font_faces) > 1  # or it would hardly be worth it


@pytest.mark.usefixtures("by_streamlit")
def test_the_options_are_read_once_until_they_change(monkeypatch: pytest.MonkeyPatch) -> None:
    theme.remember_theme()
    ours = app_session._populate_theme_msg
    theme.remember_theme()
    assert app_session._populate_theme_msg is ours

    asked: list[str] = []
    options = config.get_options_for_section
    monkeypatch.setattr(config, "get_options_for_section", lambda section: asked.append(section) or options(section))
    _message()
    first = len(asked)
    _message()
    assert first == len(asked) > 0

    config.get_config_options(force_reparse=True)
    _message()
    assert len(asked) == 2 * first
