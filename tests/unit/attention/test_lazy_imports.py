"""A page may import any of these modules: none brings torch, transformers or SciPy along before it computes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import components.attention

PACKAGE = Path(components.attention.__file__).parent
NO_COMPUTATION = ("__init__", "figures", "notebook", "state")
MODULES = sorted(path.stem for path in PACKAGE.glob("*.py") if path.stem not in NO_COMPUTATION)


@pytest.mark.parametrize("heavy", ["torch", "transformers", "scipy", "streamlit", "plotly"])
def test_importing_the_compute_modules_imports_nothing_heavy(heavy):
    imports = "; ".join(f"import components.attention.{name}" for name in MODULES)
    code = f"import sys; {imports}; import components.models.recording; sys.exit({heavy!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
