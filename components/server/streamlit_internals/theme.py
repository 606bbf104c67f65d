"""Streamlit's themes: the one for Plotly is made with the first figure, the one for the browser once.

`import streamlit` loads Plotly and builds a theme for it: a quarter of the time until an empty app answers, and the
front page has no figure. Postponed, it is built as soon as `plotly.io` is loaded, which a figure does before it asks
for its template.

Each run of a page, also of a single fragment, begins with a message that has the theme of config.toml in it. Streamlit
reads it out of the options each time: with our fonts 0.7 ms, a tenth of what a look at another head costs.

Read in Streamlit 1.67.0: `elements.plotly_chart` calls `configure_streamlit_plotly_theme` of the module named below
when it is imported, and nothing else uses that module; `AppSession._create_new_session_message` calls
`_populate_theme_msg` for each section of the theme. Read in Plotly 7.1: `basedatatypes.BaseFigure.__init__`.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import ModuleType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from streamlit.proto.NewSession_pb2 import CustomThemeConfig

_PLOTLY_THEME: Final = "streamlit.elements.lib.streamlit_plotly_theme"
_CONFIGURE: Final = "configure_streamlit_plotly_theme"
_NEEDED_WITH: Final = "plotly.io"


def postpone_plotly() -> None:
    """Have Plotly's theme wait for the first figure. Call it before Streamlit is imported; later it changes nothing."""
    if "streamlit" not in sys.modules:
        placeholder = ModuleType(_PLOTLY_THEME)
        setattr(placeholder, _CONFIGURE, lambda: None)
        sys.modules[_PLOTLY_THEME] = placeholder
        sys.meta_path.insert(0, _Finder())


def remember_theme() -> None:
    """Have the theme read once, and again when config.toml is read again. Another call changes nothing."""
    from streamlit import config
    from streamlit.runtime import app_session

    populate = app_session._populate_theme_msg
    if populate.__module__ == __name__:
        return
    sections: dict[str, CustomThemeConfig] = {}

    def populate_once(msg: CustomThemeConfig, section: str = "theme") -> None:
        if section not in sections:
            read = type(msg)()
            populate(read, section)
            sections[section] = read
        if sections[section].ByteSize():
            msg.MergeFrom(sections[section])

    config.on_config_parsed(sections.clear, force_connect=True)
    app_session._populate_theme_msg = populate_once


class _Finder:
    """Finds `plotly.io` where Python would, and has the theme built once that is loaded."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name != _NEEDED_WITH:
            return None
        sys.meta_path.remove(self)
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and isinstance(spec.loader, SourceFileLoader):
            spec.loader = _Loader(spec.loader.name, spec.loader.path)
        return spec


class _Loader(SourceFileLoader):
    def exec_module(self, module: ModuleType) -> None:
        super().exec_module(module)
        del sys.modules[_PLOTLY_THEME]
        getattr(import_module(_PLOTLY_THEME), _CONFIGURE)()
