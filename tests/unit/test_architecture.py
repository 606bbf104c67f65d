"""The house's rules (ARCHITECTURE.md): who may import what, and how large a room may grow. Read from the code."""

from __future__ import annotations

import ast
import re
from collections import Counter
from graphlib import TopologicalSorter
from pathlib import Path, PurePosixPath

import pytest
import streamlit

from components.core.i18n import DEFAULT_LANGUAGE, LANGUAGES
from components.registry import PAGES
from tests.unit.source_tree import ROOT, Module, files_below, modules, notebooks

HEAVY = ("torch", "transformers")
FREE_OF_STREAMLIT = ("components/ui/guide/lesson.py", "components/ui/notebooks.py")
ASK_THE_SESSION = ("components/core/i18n.py", "components/models/cached.py")
HOLD_STATE = ("state.py", "engine_cache.py")
CONCEPTS = sorted({entry.concept for entry in PAGES if entry.concept})


def offenders(broken, *folders) -> list[str]:
    return [str(module.path) for module in modules(*folders) if broken(module)]


def may_use_streamlit(path: PurePosixPath) -> bool:
    if str(path) in FREE_OF_STREAMLIT:
        return False
    is_of_streamlit = path.parts[:2] in [("components", name) for name in ("ui", "server", "start", "team")]
    return is_of_streamlit or shows_something(path) or path.name in HOLD_STATE or str(path) in ASK_THE_SESSION


def shows_something(path: PurePosixPath) -> bool:
    return path.name == "app.py" or path.parts[0] == "pages" or path.parent.name == "views"


def draws_with_plotly(path: PurePosixPath) -> bool:
    return path.stem == "figures" or path.stem.endswith("_figures")


def test_only_what_draws_or_serves_uses_streamlit():
    assert offenders(lambda m: m.imports_package("streamlit") and not may_use_streamlit(m.path)) == []


def test_the_translation_module_imports_streamlit_only_where_a_session_runs():
    [i18n] = modules("components/core/i18n.py")
    assert "streamlit" in i18n.imports
    assert "streamlit" not in i18n.eager_imports


def test_only_figures_use_plotly():
    assert offenders(lambda m: m.imports_package("plotly") and not draws_with_plotly(m.path)) == []


def test_pages_views_and_figures_compute_nothing_with_torch():
    def computes(module: Module) -> bool:
        return module.imports_package(*HEAVY) and (shows_something(module.path) or draws_with_plotly(module.path))

    assert offenders(computes) == []


def test_nothing_imports_the_pages_or_the_front_door():
    assert offenders(lambda m: m.imports_package("pages", "app"), "app.py", "pages", "components", "tests") == []


def test_what_is_installed_needs_nothing_that_is_for_contributors():
    assert offenders(lambda m: m.imports_package("tools", "tests", "bench")) == []


GROUND = {"core", "operations", "aws", "models", "engines"}
LAYERS = {
    "core": set(),
    "registry": {"core"},
    "operations": {"core"},
    "aws": {"core"},
    "models": {"core", "operations"},
    "engines": GROUND,
    "ui": {"core", "registry", "operations", "models"},
    **dict.fromkeys(CONCEPTS, GROUND | {"registry", "ui"}),
    "start": {"core", "registry", "models", "engines", "ui"},
    "team": GROUND | {"registry", "ui"} | set(CONCEPTS),
    "server": GROUND | {"registry", "ui", "team"},
}
"""What each package may import of ours (ARCHITECTURE.md), type checking included: one direction, so no package is in a
cycle. A team is plugged in, and imports what it shows; nothing that shows a lesson knows it."""


def package_of(name: str) -> str | None:
    parts = name.split(".")
    return parts[1] if parts[0] == "components" and len(parts) > 1 else None


def test_every_package_has_its_place():
    packages = {module.path.with_suffix("").parts[1] for module in modules("components")} - {"__init__"}
    assert packages == LAYERS.keys()


def test_no_package_is_a_single_module():
    counted = Counter(module.path.parts[1] for module in modules("components") if module.path.stem != "__init__")
    assert [package for package in LAYERS if counted[package] == 1] == []


@pytest.mark.parametrize("package", LAYERS)
def test_a_package_imports_only_what_lies_below_it(package):
    def reaches(module: Module) -> bool:
        reached = {package_of(name) for name in module.known} - {None, package}
        return module.path.with_suffix("").parts[1] == package and bool(reached - LAYERS[package])

    assert offenders(reaches, "components") == []


def test_no_module_is_in_a_cycle():
    """Imports for type checking count: a reader follows them too."""
    named = {".".join(module.path.with_suffix("").parts).removesuffix(".__init__"): module for module in modules()}
    graph = {name: {each for each in module.known if each in named} - {name} for name, module in named.items()}
    assert sum(map(len, graph.values())) > len(graph), "the imports were found"
    assert list(TopologicalSorter(graph).static_order())


def test_nothing_imports_a_notebook():
    names = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in notebooks()]
    assert names
    assert offenders(lambda m: m.imports_package(*names), "app.py", "pages", "components", "tests") == []


def test_cells_of_a_notebook_are_no_strings():
    def builds_cells(module: Module) -> bool:
        strings = [node.value for node in module.nodes(ast.Constant)]
        return any(isinstance(text, str) and "# %%" in text for text in strings)

    assert offenders(builds_cells, "components") == ["components/ui/notebooks.py"]


INTERNALS = PurePosixPath("components/server/streamlit_internals")
PARTS_OF_STREAMLIT = {path.stem for path in Path(streamlit.__file__).parent.iterdir()}
PUBLIC_PARTS = {"delta_generator", "errors", "navigation"}
"""Streamlit's own documentation names what they hold, or it is the type of what a public function returns."""
KNOWS_WHETHER_A_SESSION_RUNS = "components/core/i18n.py"
"""It is asked for sentences by threads and tests too, where nothing can have been handed in."""


def test_parts_of_streamlit_that_are_not_public_are_used_in_one_folder():
    def uses(module: Module) -> bool:
        parts = {name.split(".")[1] for name in module.imports if name.startswith("streamlit.")}
        return bool(parts & PARTS_OF_STREAMLIT - PUBLIC_PARTS) and module.path.parent != INTERNALS

    assert offenders(uses) == [KNOWS_WHETHER_A_SESSION_RUNS]


def test_nothing_else_reaches_into_another_object():
    """What is given out of that folder, such as a session, is used by its public names alone.

    `_replace` of a named tuple and `os._exit` are public.
    """

    def reaches(module: Module) -> bool:
        private = [each for each in module.nodes(ast.Attribute) if re.match(r"_(?!_|replace$|exit$)", each.attr)]
        named = [ast.unparse(each.args[1]) for each in module.nodes(ast.Call) if ast.unparse(each.func) == "getattr"]
        return any(ast.unparse(each.value) not in ("self", "cls") for each in private) or any(
            re.match(r"['\"]_", name) for name in named
        )

    folders = ("app.py", "components/server", "components/team", "components/ui")
    assert offenders(lambda m: m.path.parent != INTERNALS and reaches(m), *folders) == []


READS_STREAMLITS_PAGE = INTERNALS.parent / "html_pages.py"


def test_what_streamlit_sends_to_browsers_is_read_in_one_module():
    def reads(module: Module) -> bool:
        return any("STATIC" in (alias.name for alias in node.names) for node in module.nodes(ast.ImportFrom))

    assert offenders(lambda m: reads(m) and m.path.parent != INTERNALS) == [str(READS_STREAMLITS_PAGE)]


def test_each_of_them_says_in_which_release_it_was_read():
    """An update of Streamlit fails here: read the parts that each module names again, then write the new release."""
    read = f"Read in Streamlit {streamlit.__version__}: "
    unread = [
        str(module.path)
        for module in modules(str(INTERNALS), str(READS_STREAMLITS_PAGE))
        if module.path.stem != "__init__" and read not in " ".join((ast.get_docstring(module.tree) or "").split())
    ]
    assert unread == []


def test_they_stay_few():
    texts = [module.text for module in modules(str(INTERNALS))]
    assert len(texts) <= 5, "four modules, and what the package is for"
    assert sum(text.count("\n") for text in texts) <= 500


def functions_of_the_internals() -> set[str]:
    return {
        f"{module.path.stem}.{node.name}"
        for module in modules(str(INTERNALS))
        for node in module.tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_")
    } - {"__init__.replace"}


def test_each_of_them_asks_streamlit_for_something_better():
    """docs/upstream.md names exactly the functions that there are, each with its problem and the API to ask for."""
    _title, *sections = (ROOT / "docs" / "upstream.md").read_text("utf-8").split("\n## ")
    parts = [re.split(r"^\*\*(Problem|Patch|Proposed API)\.\*\* ", section, flags=re.MULTILINE) for section in sections]
    assert [each[1::2] for each in parts] == [["Problem", "Patch", "Proposed API"]] * len(sections)
    named = [name for each in parts for name in re.findall(r"`(\w+\.[a-z]\w*)`", each[4])]
    assert sorted(named) == sorted(functions_of_the_internals())


def test_each_of_them_has_a_test_that_says_when_it_can_go():
    folder = ROOT / "tests" / "unit" / "server"
    tests = "".join((folder / name).read_text("utf-8") for name in ("test_streamlit_alone.py", "test_plotly_theme.py"))
    assert {name for name in functions_of_the_internals() if f"`{name.partition('.')[2]}`" not in tests} == set()


LETS_NOBODY_IN = "components/core/policy.py"
"""Where a team's sign-in has not been plugged in, nobody has come in."""


def test_only_the_team_and_the_server_ask_whether_this_is_a_team():
    """The others ask the hooks, which a team fills and which do nothing elsewhere."""

    def asks(module: Module) -> bool:
        return any(
            isinstance(each, ast.Constant) and each.value == "team"
            for node in module.nodes(ast.Compare)
            for each in ast.walk(node)
        )

    def is_of_the_team(path: PurePosixPath) -> bool:
        return path.parts[:2] in (("components", "team"), ("components", "server"))

    assert offenders(lambda m: asks(m) and not is_of_the_team(m.path)) == [LETS_NOBODY_IN]


def test_charts_are_drawn_in_one_place_with_a_text_alternative():
    def draws(module: Module) -> bool:
        return any(node.attr == "plotly_chart" for node in module.nodes(ast.Attribute))

    assert offenders(draws) == ["components/ui/charts.py"]


def test_every_cache_is_bounded():
    """A cached function without arguments holds one entry by itself; every other one needs a bound."""

    def unbounded(module: Module) -> list[str]:
        found = []
        for node in module.nodes(ast.FunctionDef):
            if not (node.args.args or node.args.kwonlyargs):
                continue
            for decorator in node.decorator_list:
                if re.match(r"(st\.)?cache_(data|resource)\b", ast.unparse(decorator)) and not (
                    isinstance(decorator, ast.Call) and any(word.arg == "max_entries" for word in decorator.keywords)
                ):
                    found.append(node.name)
        return found

    assert {str(module.path): names for module in modules() if (names := unbounded(module))} == {}


DANGEROUS_MODULES = ("pickle", "dill", "joblib", "cloudpickle", "shelve", "marshal")
DANGEROUS_CALLS = {
    "eval": "runs text as code",
    "exec": "runs text as code",
    "torch.load": "reads pickles",
    "np.load": "may read pickles",
    "yaml.load": "builds any object",
    "os.system": "runs a shell",
}


def code_that_is_run() -> list[Module]:
    """The app's modules, and the notebooks that students take home."""
    taken = [Module(PurePosixPath(path.relative_to(ROOT)), path.read_text(encoding="utf-8")) for path in notebooks()]
    return [*modules(), *taken]


def dotted(node: ast.expr) -> str:
    """Return `a.b.c` of a name with its attributes; of anything else, what follows it."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def test_nothing_loads_pickles_or_runs_text_as_code():
    def dangers(module: Module) -> list[str]:
        called = {dotted(node.func) for node in module.nodes(ast.Call)}
        return sorted(called & DANGEROUS_CALLS.keys()) + [
            name for name in DANGEROUS_MODULES if module.imports_package(name)
        ]

    assert {str(module.path): found for module in code_that_is_run() if (found := dangers(module))} == {}


@pytest.mark.parametrize("name", ["unsafe_allow_html", "unsafe_allow_javascript", "allow_pickle", "shell"])
def test_no_call_switches_a_protection_off(name):
    def switches(module: Module) -> bool:
        words = [node for node in module.nodes(ast.keyword) if node.arg == name]
        return any(not (isinstance(word.value, ast.Constant) and word.value.value is False) for word in words)

    assert offenders(switches) == []


def test_code_of_a_model_repository_is_never_run():
    def trusts(module: Module) -> bool:
        return any(
            node.arg == "trust_remote_code" and not (isinstance(node.value, ast.Constant) and node.value.value is False)
            for node in module.nodes(ast.keyword)
        )

    assert [str(module.path) for module in code_that_is_run() if trusts(module)] == []


FETCHES = re.compile(
    r"""(?:src|href)\s*=\s*\\?["']?\s*(?:https?:)?//|url\(\s*["']?(?:https?:)?//|@import|"""
    r"""(?:import|from|fetch|import\()\s*\(?\s*["'`]https?:|<script[^>]+src""",
    re.IGNORECASE,
)


def test_no_page_asset_fetches_anything():
    """Scripts, styles and HTML, as files or as strings in Python: nothing is loaded from another machine."""
    kinds = (".js", ".mjs", ".css", ".html", ".svg")
    assets = [path for folder in ("components", "static", "pages") for path in files_below(ROOT / folder, *kinds)]
    texts = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in assets}
    assert "static/scripts/tensor_view.js" in texts
    for module in modules():
        strings = [node.value for node in module.nodes(ast.Constant)]
        texts[str(module.path)] = "\n".join(text for text in strings if isinstance(text, str) and "<" in text)
    assert {name: match[0] for name, text in texts.items() if (match := FETCHES.search(text))} == {}


def test_the_pattern_for_fetches_finds_them():
    for text in (
        '<script src="https://x/y.js">',
        "@import 'a.css'",
        "url(//x/f.woff)",
        'import a from "https://x/a.js"',
    ):
        assert FETCHES.search(text), text
    for text in ('xmlns="http://www.w3.org/2000/svg"', "url(data:font/woff2;base64,AA)", "<a>from text</a>"):
        assert not FETCHES.search(text), text


@pytest.mark.parametrize(
    ("folder", "most_lines"), [("app.py", 60), ("pages", 100), ("components", 600), ("tests", 600)]
)
def test_files_stay_short_enough_to_read(folder, most_lines):
    assert offenders(lambda m: m.text.count("\n") > most_lines, folder) == []


def test_no_file_is_a_drawer_for_odds_and_ends():
    drawers = {"utils", "util", "helpers", "helper", "misc", "common"}
    assert offenders(lambda m: m.path.stem in drawers, "app.py", "pages", "components", "tests") == []


def test_no_folder_of_views_is_deeper_than_one():
    """A view is one module: `components/<concept>/views/<view>.py`."""
    assert offenders(lambda m: "views" in m.path.parts and m.path.parent.name != "views", "components") == []


def test_every_page_file_is_in_the_registry_and_in_a_sub_folder():
    files = {str(module.path) for module in modules("pages")}
    assert files == {entry.path for entry in PAGES}
    assert all(len(PurePosixPath(path).parts) == 3 for path in files)


@pytest.mark.parametrize("entry", [entry for entry in PAGES if entry.concept], ids=lambda entry: entry.slug)
def test_every_concept_has_the_same_files(entry):
    folder = ROOT / "components" / entry.concept
    expected = {"__init__.py", "views/page.py", "figures.py", f"lesson.{DEFAULT_LANGUAGE}.md"}
    if not entry.is_draft:
        expected |= {f"lesson.{code}.md" for code in LANGUAGES}
        expected |= {f"messages.{code}.po" for code in LANGUAGES if code != DEFAULT_LANGUAGE}
    assert {name for name in expected if not (folder / name).is_file()} == set()


def test_every_page_only_calls_its_view():
    """A page file imports its concept's view and calls it: nothing else can go wrong there."""

    def does_more(module: Module) -> bool:
        return any(True for _ in module.nodes(ast.FunctionDef, ast.ClassDef, ast.For))

    assert offenders(does_more, "pages") == []
