"""Streamlit's theme for Plotly, made with the first figure instead of with Streamlit itself.

`import streamlit` loads Plotly and builds the theme: a quarter of the time until an empty app answers, and the front
page has no figure. Postponed, it is built as soon as `plotly.io` is loaded, which a figure does before it asks for its
template.

Read in Streamlit 1.67.0: `elements.plotly_chart` calls `configure_streamlit_plotly_theme` of the module named below
when it is imported, and nothing else uses that module. Read in Plotly 6: `basedatatypes.BaseFigure.__init__`.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import ModuleType
from typing import Final

_THEME: Final = "streamlit.elements.lib.streamlit_plotly_theme"
_CONFIGURE: Final = "configure_streamlit_plotly_theme"
_NEEDED_WITH: Final = "plotly.io"


def postpone() -> None:
    """Have the theme wait for the first figure. Call it before Streamlit is imported; later it changes nothing."""
    if "streamlit" not in sys.modules:
        placeholder = ModuleType(_THEME)
        setattr(placeholder, _CONFIGURE, lambda: None)
        sys.modules[_THEME] = placeholder
        sys.meta_path.insert(0, _Finder())


def _configure() -> None:
    del sys.modules[_THEME]
    getattr(import_module(_THEME), _CONFIGURE)()


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
        _configure()
