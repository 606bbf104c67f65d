"""What a student takes home gives the numbers that were on the screen: as data, as a script, as a notebook.

Data and script come from the same view; the script is run in an interpreter that cannot see this project's code
(`tests.app.interpreter`), the notebook in a fresh kernel. Scripts compute in double precision or read float32 weights
as they stand, so that numbers agree far better than `RELATIVE`; it allows for another order of summation.
"""

from __future__ import annotations

import ast
import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qsl
from xml.etree import ElementTree

import nbclient
import nbformat
import pytest

from components.core.parameters import Choice
from components.models.registry import ModelParameter
from components.registry import PAGES, page
from components.ui.guide.position import STEP
from components.ui.notebooks import read_cells
from tests.app import opening
from tests.app.interpreter import RUNS_WITHIN_S, environment, run_once
from tests.unit.source_tree import ROOT, notebooks

CONCEPTS = [entry.slug for entry in PAGES if entry.concept]
MANY = 7
RELATIVE = 1e-9
FLOAT32 = 1e-4
"""For pages whose numbers come out of a float32 model: classroom-gpt2's weights on one and on two threads differ by up
to 1.6e-5, and each from float64 by up to 1.3e-5 (measured on "The cat sat on the mat because it was tired.")."""

VIEWS: dict[str, dict[str, str]] = {
    "as it opens": {},
    "another model": {"model": "classroom-gpt2"},
    "a decoder of BERT's blocks": {"model": "classroom-gpt-ko", "text": "프랑스의 수도는", "prompt": "프랑스의 수도는"},
    "hostile text": {"text": "Zürich's \"naïve\" 한글 🙂👨‍👩‍👧 \\n {x} '''a''' # %% </script>"},
}


def differences(expected: object, actual: object, tolerance: float = RELATIVE, where: str = "result") -> Iterator[str]:
    """Name every place where two results differ: numbers by more than `tolerance`, everything else at all."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        if expected.keys() != actual.keys():
            yield f"{where}: {list(expected)} != {list(actual)}"
        for name in expected.keys() & actual.keys():
            yield from differences(expected[name], actual[name], tolerance, f"{where}.{name}")
    elif isinstance(expected, list) and isinstance(actual, list):
        if len(expected) != len(actual):
            yield f"{where}: {len(expected)} != {len(actual)} items"
        for index, (first, second) in enumerate(zip(expected, actual, strict=False)):
            yield from differences(first, second, tolerance, f"{where}[{index}]")
    elif isinstance(expected, float) and isinstance(actual, float):
        if not math.isclose(expected, actual, rel_tol=tolerance, abs_tol=tolerance):
            yield f"{where}: {expected!r} != {actual!r}"
    elif type(expected) is not type(actual) or expected != actual:
        yield f"{where}: {expected!r} != {actual!r}"


def assert_same(script: str, expected: object, actual: object, view: object = "") -> None:
    """Compare the numbers of a page with those of its script, which says whether a model computes them in float32."""
    for result in (expected, actual):
        if isinstance(result, dict) and isinstance(result.get("ranking"), list):
            result["ranking"].sort(key=lambda row: row["id"])  # two equal scores have no order
    found = list(differences(expected, actual, FLOAT32 if "torch.float32" in script else RELATIVE))
    assert not found, "\n".join([f"{view} {len(found)} differences, the first:", *found[:8]])


def run_notebook(text: str, folder: Path) -> object:
    """Run every cell in a fresh kernel; a cell added at the end hands the result over."""
    document = nbformat.reads(text, as_version=4)
    result = folder / "notebook.json"
    hand_over = f"import json\njson.dump(result, open({str(result)!r}, 'w', encoding='utf-8'), allow_nan=False)"
    document.cells.append(nbformat.v4.new_code_cell(hand_over))
    client = nbclient.NotebookClient(document, timeout=RUNS_WITHIN_S, resources={"metadata": {"path": str(ROOT)}})
    client.execute(env=environment())
    return json.loads(result.read_text(encoding="utf-8"))


def fitting(slug: str, view: dict[str, str]) -> dict[str, str]:
    """Return the part of a view that the page has parameters for, nothing if the page does not take its model."""
    known = {parameter.name: parameter for parameter in opening.parameters_of(slug)}
    found = {name: value for name, value in view.items() if name in known and known[name].problem(value) is None}
    return found if "model" in found or "model" not in view else {}


def views_with_one_choice(slug: str) -> list[dict[str, str]]:
    """Return views of a page that differ from its first in one choice.

    A long list (39 presets, 72 models) is one kind of view: its first options stand for the rest. A card sets nothing
    but the others.
    """
    views = []
    for choice in opening.parameters_of(slug):
        if isinstance(choice, Choice) and choice.name != STEP:
            others = [option for option in choice.options if option != choice.default]
            views += [{choice.name: option} for option in (others if len(others) < MANY else others[:2])]
    return views


def assert_scripts_agree(
    slug: str, views: list[dict[str, str]], take_home: Callable[..., opening.Taken], run_scripts: Callable[..., list]
) -> None:
    """The scripts of some views of a page give the numbers of their data; one script for several views runs once."""
    taken = [take_home(slug, **view) for view in views]
    scripts = [each.make("script") for each in taken]
    different = list(dict.fromkeys(scripts))
    results = dict(zip(different, run_scripts(different), strict=True))
    for view, each, script in zip(views, taken, scripts, strict=True):
        data = json.loads(each.make("data"))
        assert data["result"], view
        assert_same(script, data["result"], results[script], view)


@pytest.mark.real_model
@pytest.mark.parametrize("slug", CONCEPTS)
def test_the_script_of_every_kind_of_view_gives_the_exported_numbers(take_home, run_scripts, slug):
    views = [fitting(slug, view) for view in VIEWS.values()] + [{"lang": "ko"}]
    views += views_with_one_choice(slug)
    short = dict(parse_qsl(page(slug).short))  # but not for the page as it opens, in either language
    views = [view if view.keys() <= {"lang"} else short | view for view in views]
    different = {json.dumps(view): view for view in views}
    assert_scripts_agree(slug, list(different.values()), take_home, run_scripts)


@pytest.mark.parametrize("slug", CONCEPTS)
def test_the_notebook_holds_the_code_of_the_script(take_home, slug):
    taken = take_home(slug, lang="ko")
    script, document = taken.make("script"), nbformat.reads(taken.make("notebook"), as_version=4)
    code = [cell.source for cell in document.cells if cell.cell_type == "code"]
    assert without_prose("\n".join(code)) == without_prose(script)


def without_prose(code: str) -> str:
    return ast.unparse(ast.parse(code))


def test_a_notebook_gives_the_exported_numbers_in_a_kernel(take_home, tmp_path):
    taken = take_home("positional-encoding", lang="ko")
    data = json.loads(taken.make("data"))
    assert_same(taken.make("script"), data["result"], run_notebook(taken.make("notebook"), tmp_path))


PROBE = """
import os, sys
from importlib.util import find_spec
{extra}
result = {{
    "project": find_spec("components") is not None,
    "folder": sorted(set(os.listdir()) & {{"components", "tests"}}),
    "loaded": "torch" in sys.modules,
    "left": hasattr(os, "left_by_a_script"),
}}
os.left_by_a_script = True
"""


@pytest.mark.parametrize("extra", ["", "import torch"])
def test_a_script_sees_neither_the_project_nor_what_scripts_before_it_left(run_scripts, extra):
    script = PROBE.format(extra=extra)
    seen = {"project": False, "folder": ["components", "tests"], "loaded": bool(extra), "left": False}
    assert run_scripts([script]) == [seen]
    assert run_scripts([script]) == [seen]
    with pytest.raises(AssertionError, match="No such thing"):
        run_scripts([f"{script}\nraise ValueError('No such thing')"])
    assert run_scripts([script]) == [seen]


NEED_MORE = [f"notebook_{name}.py" for name in ("llama_cpp", "openai", "bedrock", "sagemaker", "none", "jumpstart")]
"""They need a service or a model's file, or have nothing to run."""
ALONE = [path for path in notebooks() if path.name not in NEED_MORE]


@pytest.mark.real_model
def test_every_notebook_runs_by_itself(run_scripts):
    """With every variant in it, as a contributor runs it, but for the ranking of all heads, which takes 10 s.

    `tests/app/test_attention_page.py` runs that one with a model of fewer heads.
    """
    cells = [[cell for cell in read_cells(path) if not cell.is_prose and cell.tags != {"ranking"}] for path in ALONE]
    assert all(run_scripts(["\n".join(cell.source for cell in each) for each in cells]))


ELSEWHERE = """
import runpy, sys
for script in sys.argv[1:]:
    try:
        runpy.run_path(script, run_name="__main__")
    except FileNotFoundError as error:
        print(error)
"""


def test_away_from_the_project_a_script_says_what_it_needs(take_home, tmp_path):
    """Each page's script of a built-in model, in a folder where there is nothing but the scripts."""
    parameters = {slug: opening.parameters_of(slug) for slug in CONCEPTS}
    needing = [slug for slug in CONCEPTS if any(isinstance(each, ModelParameter) for each in parameters[slug])]
    for slug in needing:
        scripts = (take_home(slug, **view).make("script") for view in ({}, *views_with_one_choice(slug)))
        script = next(script for script in scripts if "components/models/bundled" in script)
        (tmp_path / f"{slug}.py").write_text(script, encoding="utf-8")
    printed = run_once(ELSEWHERE, *(f"{slug}.py" for slug in needing), folder=tmp_path)
    said = [line for line in printed.splitlines() if "This folder is not here" in line]
    assert len(said) == len(needing), printed
    assert all(line.startswith("components/models/bundled/") and "into MODEL." in line for line in said)


@pytest.mark.parametrize("slug", CONCEPTS)
def test_the_data_names_its_view(take_home, slug):
    view = fitting(slug, VIEWS["another model"])
    document = json.loads(take_home(slug, **view).make("data"))
    assert list(document) == ["page", "version", "params", "model", "result"]
    assert document["page"] == slug
    assert document["params"].items() >= view.items()
    reopened = json.loads(take_home(slug, **link_of(document["params"])).make("data"))
    assert reopened == document


@pytest.mark.parametrize("slug", CONCEPTS)
def test_a_figure_drawn_here_is_svg(take_home, slug):
    """A page that lets the browser draw it has no such download; the browser tests press that button."""
    taken = take_home(slug)
    if "export_figure" in taken.makers:
        assert ElementTree.fromstring(taken.make("figure")).tag == "{http://www.w3.org/2000/svg}svg"
    assert taken.makers.keys() >= {"export_data", "export_notebook", "export_script"}


def link_of(params: dict[str, object]) -> dict[str, str]:
    return {name: ",".join(value) if isinstance(value, list) else str(value) for name, value in params.items()}


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        ({"a": 1}, {"a": 2}),
        ({"a": 1}, {"b": 1}),
        ([1, 2], [1]),
        ([0.5], [0.5 + 1e-6]),
        (["a"], ["b"]),
        ([1], [True]),
        ([None], [0]),
        ({"a": {"b": [[1.0]]}}, {"a": {"b": [[1.1]]}}),
    ],
)
def test_a_difference_would_be_noticed(expected, actual):
    assert list(differences(expected, actual))


def test_numbers_summed_in_another_order_count_as_the_same():
    assert list(differences({"x": [0.1 + 0.2, 1]}, {"x": [0.3, 1]})) == []
