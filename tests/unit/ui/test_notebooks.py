"""A notebook filled in with a view's values: nothing a visitor types becomes code, no value is lost without a word."""

from __future__ import annotations

import jupytext
import pytest

from components.core.i18n import use
from components.ui import notebooks
from components.ui.notebooks import messages, render

SOURCE = '''"""For contributors."""

# %% [markdown]
# # A title
#
# Prose, *as* it is.

# %% tags=["parameters"]
TEXT = "나는 책을 읽었다."; NUMBERS = [
    1,
    2,
]  # ids

# %% [markdown] tags=["model"]
# With a model.

# %% tags=["parameters", "model"]
MODEL = "here"

# %% tags=["model", "upload"]
if not MODEL:
    raise ValueError(f"{MODEL}: no " "model")

# %% tags=["upload"]
loaded = TEXT

# %%
result = {"text": TEXT, "numbers": NUMBERS}
'''
HOSTILE = [
    "\n# %%\nboom()",
    "'''\"\"\"\\",
    '"\n# %% [markdown]\n#',
    "{x} %s \\n",
    "\u2028# %%\x85# %%\r# %%\x0c# %%\0",
    "\ud800",
    "한 🙂",
]


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "notebook.py"
    path.write_text(SOURCE, encoding="utf-8")
    return path


def run(script: str) -> dict[str, object]:
    left: dict[str, object] = {}
    exec(script, left)
    return left


def cells_of(script: str) -> list[str]:
    return [cell.source for cell in jupytext.reads(script, fmt="py:percent").cells]


@pytest.mark.parametrize("value", [*HOSTILE, HOSTILE, dict.fromkeys(HOSTILE, HOSTILE), list(range(99)), None, 1e-5])
def test_a_value_stays_a_value(path, value):
    script = render(path, {"TEXT": value, "NUMBERS": [value]})
    assert run(script)["result"] == {"text": value, "numbers": [value]}
    assert len(cells_of(script)) == 3
    assert "ids" in cells_of(script)[1]


def test_long_values_are_written_one_line_an_entry(path):
    rows = [{"id": str(number), "text": "word " * 10} for number in range(3)]
    assert render(path, {"TEXT": "", "NUMBERS": rows}).count("\n    {'id': ") == 3


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), {1, 2}.__iter__(), range])
def test_what_cannot_be_read_back_is_refused(path, value):
    with pytest.raises((ValueError, SyntaxError)):
        render(path, {"TEXT": "", "NUMBERS": [value]})


@pytest.mark.parametrize(
    ("parameters", "keep", "named"),
    [
        ({"TEXT": "", "NUMBERS": [], "TEXTS": ""}, [], "TEXTS"),
        ({"TEXT": "", "NUMBERS": [], "loaded": ""}, [], "loaded"),
        ({"TEXT": ""}, [], "NUMBERS"),
        ({"TEXT": "", "NUMBERS": []}, ["model"], "MODEL"),
        ({"TEXT": "", "NUMBERS": []}, ["models"], "models"),
        ({"TEXT": "", "NUMBERS": []}, ["parameters"], "parameters"),
    ],
)
def test_a_name_or_a_tag_that_does_not_fit_is_refused(path, parameters, keep, named):
    with pytest.raises(ValueError, match=named):
        render(path, parameters, keep=keep)


def test_a_cell_with_tags_is_kept_if_one_is_asked_for(path):
    given = {"TEXT": "", "NUMBERS": [], "MODEL": "x"}
    assert [cell[:6] for cell in cells_of(render(path, given))] == ["# A ti", "TEXT =", "result"]
    upload = cells_of(render(path, given, keep=["upload"]))
    assert [cell[:6] for cell in upload] == ["# A ti", "TEXT =", "if not", "loaded", "result"]
    model = cells_of(render(path, given, keep=["model"]))
    assert [cell[:6] for cell in model] == ["# A ti", "TEXT =", "With a", "MODEL ", "if not", "result"]


def test_a_student_gets_no_tags_and_nothing_for_contributors(path):
    script = render(path, {"TEXT": "", "NUMBERS": [], "MODEL": ""}, keep=["model", "upload"])
    assert "tags" not in script
    assert "contributors" not in script


def test_prose_and_what_is_raised_are_translated(path, monkeypatch):
    assert messages(path) == {"# A title\n\nProse, *as* it is.", "With a model.", "{MODEL}: no model"}
    korean = {"With a model.": "모델과\n함께", "{MODEL}: no model": "'{MODEL}' 모델이 \"없어요\""}
    monkeypatch.setattr(notebooks, "_", lambda message: korean.get(message, message))
    with use("ko"):
        script = render(path, {"TEXT": "", "NUMBERS": [], "MODEL": ""}, keep=["model"])
    assert "# 모델과\n# 함께\n" in script
    with pytest.raises(ValueError, match="'' 모델이 \"없어요\""):
        run(script)


def test_a_marker_with_a_slip_is_refused(path):
    path.write_text(SOURCE.replace('# %% tags=["upload"]', "# %% tag=upload"), encoding="utf-8")
    with pytest.raises(ValueError, match="tag=upload"):
        render(path, {})
