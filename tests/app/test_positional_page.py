"""The positional page through app.py: what a visitor sets, sees and takes home."""

import json
import runpy
import subprocess
import sys
import zlib

import numpy as np
import pytest

from components.positional.link import TAB
from components.ui.guide.lesson import lesson
from tests.unit.source_tree import ROOT

SLUG = "positional-encoding"
SCHEMES = ["sinusoidal", "learned", "rotary", "alibi"]
TABS = TAB.options


@pytest.fixture
def page(open_page):
    """Open the page with a tab in front."""

    def opened(tab="waves", lang="en", **parameters):
        return open_page(SLUG, lang=lang, **{"step": "explore", "tab": tab} | parameters)

    return opened


def matrices(at):
    """Read what the tensor views are sent: header and exact values, by the view's key."""
    found = {}
    for sent in at.get("bidi_component"):
        if not sent.proto.bytes:
            continue
        length = int.from_bytes(sent.proto.bytes[:4], "little")
        header = json.loads(sent.proto.bytes[4 : 4 + length])
        body = zlib.decompress(sent.proto.bytes[4 + length :])
        exact = next(entry for entry in header["arrays"] if entry["name"] == "exact")
        values = np.frombuffer(body, np.float32, exact["length"] // 4, exact["offset"]).reshape(exact["shape"][1:])
        found[header["words"]["view"]] = header, values
    return found


def text(at):
    return "\n".join(element.value for element in (*at.markdown, *at.caption, *at.info))


@pytest.mark.parametrize("lang", ["en", "ko"])
@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("tab", TABS)
def test_every_tab_of_every_scheme_draws(page, tab, scheme, lang):
    at = page(tab, lang, scheme=scheme, length="20")
    assert not at.exception
    assert not at.error
    assert all(chart.proto.alt for chart in at.get("plotly_chart"))


def test_sinusoids_hold_what_is_claimed_and_the_learned_table_does_not(page):
    assert text(page("claims")).count(":green-badge[") == 5
    learned = text(page("claims", scheme="learned"))
    assert learned.count(":red-badge[") == 4
    assert learned.count(":green-badge[") == 1


def test_a_short_table_leaves_monotony_open(page):
    at = page("claims", length="12")
    assert ":gray-badge[" in text(at)
    assert "does not rise within these 12 positions" in text(at)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_exported_script_gives_the_exported_numbers(take_home, tmp_path, monkeypatch, scheme):
    taken = take_home(SLUG, scheme=scheme, d_model="24", length="30", base="500")
    data = json.loads(taken.make("data"))
    assert data["page"] == SLUG
    assert data["params"] | {"model": "x"} == {
        "scheme": scheme, "d_model": 24, "length": 30, "base": 500, "layout": "interleaved", "model": "x",
        "text": "The capital of France is", "tab": "waves",
    }  # fmt: skip
    assert len(data["result"]["matrix"]) == 30
    path = tmp_path / "script.py"
    path.write_text(taken.make("script"), encoding="utf-8")
    assert json.loads(json.dumps(runpy.run_path(str(path))["result"])) == data["result"]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_drawn_numbers_are_the_exported_ones(take_home, page, scheme):
    view = {"scheme": scheme, "d_model": "24", "length": "30"}
    header, values = matrices(page(**view))["positional_table"]
    np.testing.assert_allclose(values, json.loads(take_home(SLUG, **view).make("data"))["result"]["matrix"], atol=1e-6)
    assert header["range"][0] == -header["range"][1] < 0
    assert "values from" in header["title"]


@pytest.mark.parametrize(("tab", "views"), [("claims", ["rotation"]), ("comparison", [f"pairs_{s}" for s in SCHEMES])])
def test_square_matrices_are_drawn_in_the_browser(page, tab, views):
    found = matrices(page(tab, length="20"))
    assert found.keys() == {"positional_table", *(f"positional_{view}" for view in views)}
    assert all(header["rows"] == header["columns"] for key, (header, _) in found.items() if key != "positional_table")


def test_an_odd_width_in_a_link_is_noted(page):
    at = page(d_model="7")
    assert any("d_model = “7”" in warning.value for warning in at.warning)
    assert at.session_state["d_model"] == 128


def test_a_base_between_the_sliders_stops_is_kept(page):
    at = page(base="4321")
    assert at.session_state["base"] == 4321
    assert not at.warning


def test_without_sinusoids_or_a_table_nothing_is_added(page):
    assert "adds nothing to the word's vector" in text(page("addition", scheme="rotary"))


@pytest.mark.parametrize("model", ["classroom-bert", "classroom-gpt2"])
def test_the_sum_is_the_models_own_for_the_learned_table(page, model):
    at = page("addition", scheme="learned", model=model)
    assert "itself adds up" in text(at)
    header, values = matrices(at)["positional_addition"]
    labels = [row["label"] for row in header["rows"]]
    total = labels.index("= sum")
    np.testing.assert_allclose(values[:total].sum(axis=0), values[total], atol=1e-5)
    assert ("after LayerNorm" in labels) == (model == "classroom-bert")


def test_no_tab_loads_torch_before_the_shuffle_is_run():
    code = f"""
import logging, sys
logging.disable(logging.WARNING)
from tests.app.opening import open_page
for scheme in {SCHEMES!r}:
    for tab in {[tab for tab in TABS if tab != "shuffle"]!r}:
        at = open_page({SLUG!r}, scheme=scheme, tab=tab)
        assert not at.exception and not at.error, (scheme, tab)
print("torch" in sys.modules, "transformers" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.split() == ["False", "False"]


@pytest.mark.real_model
@pytest.mark.parametrize(("model", "says"), [("classroom-bert", "a bag of words"), ("classroom-gpt2", "left to right")])
def test_the_shuffle_runs_the_real_model(page, model, says):
    at = page("shuffle", model=model)
    assert not at.error
    assert says in text(at)


def test_one_word_cannot_be_shuffled(page):
    at = page("shuffle")
    at.text_input(key="text").set_value("Novel").run()
    assert "at least two words" in text(at)


@pytest.mark.parametrize(
    "hostile",
    [
        "",
        "\0",
        "👩‍👩‍👧‍👦" * 40,
        "\u202e\u05e9\u05dc\u05d5\u05dd",
        "<script>alert(1)</script>",
        "a\u0301" * 150,
        "$x$ **b** :smile:",
    ],
)
@pytest.mark.parametrize("tab", ["addition", "shuffle"])
def test_no_text_breaks_the_page(page, tab, hostile):
    at = page(tab)
    at.text_input(key="text").set_value(hostile).run()
    assert not at.exception
    assert not at.error


def test_the_exercise_is_solved_by_one_fast_wave(page):
    step = str(len(lesson("positional", "en").cards) - 2)
    assert "[Right]" not in text(page(step=step, tab="waves"))
    assert "[Right]" in text(page(step=step, tab="waves", d_model="2"))
