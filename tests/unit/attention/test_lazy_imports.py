"""A page may import any of these modules: none brings torch, transformers or networkx along before it computes."""

from __future__ import annotations

import subprocess
import sys

import pytest

MODULES = [
    "agreement",
    "capture",
    "checks",
    "compare",
    "continuation",
    "distribution",
    "errors",
    "flow",
    "forward",
    "guided",
    "head_effects",
    "inputs",
    "labels",
    "metrics",
    "output_attentions",
    "record",
    "repeats",
    "roles",
    "rollout",
    "selection",
    "similar",
    "token_effects",
    "words",
]


@pytest.mark.parametrize("heavy", ["torch", "transformers", "networkx", "streamlit", "plotly"])
def test_importing_the_compute_modules_imports_nothing_heavy(heavy):
    imports = "; ".join(f"import components.attention.{name}" for name in MODULES)
    code = f"import sys; {imports}; import components.models.recording; sys.exit({heavy!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
