"""Streamlit's theme for Plotly, made with the first figure.

Read in Streamlit 1.67.0: `elements.plotly_chart` calls `configure_streamlit_plotly_theme` of the module named below
when it is imported, and nothing else uses that module. Read in Plotly 7.1: `basedatatypes.BaseFigure.__init__`.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType, SimpleNamespace
from typing import Any, Final

_THEME: Final = "streamlit.elements.lib.streamlit_plotly_theme"


def postpone_plotly() -> None:
    """Have the theme wait for the first figure. Call it before Streamlit is imported; later it changes nothing.

    `import streamlit` loads Plotly for it: a third of its time, and the front page has no figure. Postponed, the theme
    is built as soon as `plotly.io` is loaded, which a figure does before it asks for its template.
    """
    if "streamlit" in sys.modules:
        return
    modules: dict[str, Any] = sys.modules
    modules[_THEME] = SimpleNamespace(configure_streamlit_plotly_theme=lambda: None)

    def find_spec(name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name != "plotly.io":
            return None
        sys.meta_path.remove(finder)
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            load = spec.loader.exec_module

            def load_and_build(module: ModuleType) -> None:
                load(module)
                del sys.modules[_THEME]
                import_module(_THEME).configure_streamlit_plotly_theme()

            spec.loader.exec_module = load_and_build  # type: ignore[method-assign]
        return spec

    finder: Any = SimpleNamespace(find_spec=find_spec)
    sys.meta_path.insert(0, finder)
