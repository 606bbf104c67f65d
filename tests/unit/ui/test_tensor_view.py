"""What a tensor view is sent can be read back, and what comes back from a browser is checked."""

from __future__ import annotations

import json
import tomllib
import zlib
from dataclasses import asdict
from xml.etree import ElementTree

import numpy as np
import pytest

from components.ui.tensor_view.component import label, read_selection
from components.ui.tensor_view.packing import (
    MOST_EXACT_BYTES,
    POOLED_TO,
    Piece,
    Scene,
    Selection,
    Token,
    pack_body,
    pack_exact,
    pack_scene,
)
from components.ui.tensor_view.svg import DIVERGING, SEQUENTIAL, draw_matrix_svg
from tests.unit.source_tree import ROOT

COMMAND = asdict(Selection()) | {"number": 0}


def patterns(layers: int, heads: int, tokens: int) -> np.ndarray:
    """Rows that sum to 1, a few of them sharp, as attention has them."""
    scores = np.random.default_rng(0).standard_normal((layers, heads, tokens, tokens), np.float32) * 3
    weights = np.exp(scores, out=scores)
    return weights / weights.sum(-1, keepdims=True)


def unpacked(data: bytes) -> tuple[dict, dict[str, np.ndarray]]:
    """Read a payload as the protocol's comment describes it, independent of the code that writes it."""
    length = int(np.frombuffer(data[:4], "<u4")[0])
    header = json.loads(data[4 : 4 + length])
    body = zlib.decompress(data[4 + length :])
    types = {"u1": np.uint8, "f2": np.float16, "f4": np.float32}
    arrays = {}
    for entry in header["arrays"]:
        flat = np.frombuffer(body, types[entry["dtype"]], int(np.prod(entry["shape"])), entry["offset"])
        arrays[entry["name"]] = flat.reshape(entry["shape"])
    return header, arrays


def scene(values: np.ndarray, **changes) -> Scene:
    tokens = [Token(f"t{place}") for place in range(values.shape[3])]
    given = {
        "kind": "attention",
        "title": "Attention",
        "body": pack_body(values),
        "rows": tokens[: values.shape[2]],
        "columns": tokens,
        "row_title": "query",
        "column_title": "key",
        "words": {"view": "key"},
        "modes": [("text", "Text"), ("matrix", "Heatmap")],
    }
    return Scene(**(given | changes))


def test_levels_are_off_by_half_a_level_at_most_and_exact_values_by_half_precision():
    values = patterns(2, 3, 17)
    header, arrays = unpacked(pack_scene(scene(values), COMMAND))
    assert np.abs(arrays["levels"] / 255 - values).max() <= 0.5 / 255 + 1e-6
    np.testing.assert_allclose(arrays["exact"].reshape(values.shape), values, rtol=2**-11, atol=2**-24)
    assert header["exactHeads"] is None
    assert (header["layers"], header["heads"], header["pooled"]) == (2, 3, 1)


def test_signed_values_have_their_zero_in_the_middle():
    values = np.array([-1.0, 0.0, 1.0, 5.0]).reshape(1, 1, 2, 2)
    body = pack_body(values, lowest=-1, highest=1)
    _header, arrays = unpacked(pack_scene(scene(values, body=body, scale="diverging"), COMMAND))
    assert arrays["levels"].ravel().tolist() == [0, 128, 255, 255]


def test_one_matrix_is_sent_whole_and_in_single_precision():
    values = np.random.default_rng(0).normal(size=(1, 1, 3, 4))
    body = pack_body(values, lowest=-3, highest=3, is_whole=True)
    columns = [Token(f"t{place}", note=f"wave {place}") for place in range(4)]
    header, arrays = unpacked(pack_scene(scene(values, body=body, columns=columns, height_px=400), COMMAND))
    np.testing.assert_array_equal(arrays["exact"][0], values[0, 0].astype(np.float32))
    assert header["columns"][1] == {"label": "t1", "note": "wave 1"}
    assert header["height"] == 400
    large = pack_body(np.zeros((1, 1, 500, 500)), is_whole=True)
    assert [entry["dtype"] for entry in large.arrays] == ["u1", "f2"]
    assert (large.pooled, large.exact_heads) == (1, None)


@pytest.mark.parametrize(("tokens", "most_bytes"), [(32, 200_000), (64, 350_000), (128, 1_000_000), (512, 1_000_000)])
def test_a_view_of_twelve_by_twelve_heads_stays_small(tokens, most_bytes):
    assert len(pack_scene(scene(patterns(12, 12, tokens)), COMMAND)) <= most_bytes


def test_numbers_that_compress_as_badly_as_weights_can_stay_small_too():
    drawn = np.random.default_rng(0).dirichlet(np.full(128, 0.3), (12, 12, 128))
    assert len(pack_body(drawn).packed) <= 900_000


def test_too_many_exact_values_come_for_one_head():
    values = patterns(12, 12, 40)
    shown = scene(values)
    assert values.size * 2 > MOST_EXACT_BYTES
    header, arrays = unpacked(pack_scene(shown, COMMAND))
    assert list(arrays) == ["levels"]
    assert header["exactHeads"] == []
    exact, values_of_it = unpacked(pack_exact(values[3, 1], view="key", scene=header["id"], flat_head=37))
    assert (exact["of"], exact["exactHeads"]) == (header["id"], [37])
    np.testing.assert_allclose(values_of_it["exact"][0], values[3, 1], rtol=2**-11, atol=2**-24)


def test_a_long_text_is_shown_by_the_largest_of_each_block():
    values = np.zeros((1, 1, 200, 200), np.float16)
    values[0, 0, 137, 199] = 1
    header, arrays = unpacked(pack_scene(scene(values), COMMAND))
    factor = header["pooled"]
    assert arrays["levels"].shape[2] <= POOLED_TO
    assert arrays["levels"][0, 0, 137 // factor, 199 // factor] == 255
    assert arrays["levels"].sum() == 255


def test_the_id_follows_the_content_and_not_the_selection():
    first, again = (unpacked(pack_scene(scene(patterns(1, 2, 5)), COMMAND | {"number": n}))[0]["id"] for n in (0, 7))
    other = unpacked(pack_scene(scene(patterns(1, 2, 6)), COMMAND))[0]["id"]
    german = unpacked(pack_scene(scene(patterns(1, 2, 5), title="Aufmerksamkeit"), COMMAND))[0]["id"]
    assert first == again
    assert len({first, other, german}) == 3


def test_exact_values_can_be_as_exact_as_a_model_computes_them():
    values = patterns(1, 1, 9)
    shown = scene(values, body=pack_body(values, is_whole=True), rows=label(["a"] * 9, ["g"] * 9))
    header, arrays = unpacked(pack_scene(shown, COMMAND))
    assert (arrays["exact"][0] == values[0, 0]).all()
    assert header["rows"][0] == {"label": "a", "group": "g"}


SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = ["</text><script>1</script>", "\x00\u202e\ud83d", "한글 🙂" * 20]


def test_a_matrix_as_svg_has_each_cell_in_the_colour_of_its_value():
    values = np.array([[-1.0, 0.0, 9.0], [1.0, 1.0, -0.5], [0.5, 0.25, -0.25]])
    drawn = ElementTree.fromstring(
        draw_matrix_svg(values, title="<b>", rows=HOSTILE, columns=HOSTILE, lowest=-1, highest=1)
    )
    assert drawn.find(f".//{SVG}script") is None
    found = {path.get("d", ""): path.get("fill") for path in drawn.iter(f"{SVG}path")}
    assert sum(squares.count("M") for squares in found) == values.size
    full = next(squares for squares, fill in found.items() if fill == DIVERGING[-1].lower())
    assert full == "M2 0h1v1h-1zM0 1h1v1h-1zM1 1h1v1h-1z"
    assert found["M0 0h1v1h-1z"] == DIVERGING[0].lower()


def test_a_matrix_as_svg_names_groups_where_labels_have_no_room():
    names, groups = [f"text {place}" for place in range(80)], ["a"] * 30 + ["b"] * 50
    given = {"title": "t", "rows": names, "columns": names, "lowest": 0, "highest": 1}
    drawn = ElementTree.fromstring(draw_matrix_svg(np.eye(80), groups=groups, **given))
    assert [each.text for each in drawn.iter(f"{SVG}text")] == ["t", "a", "b", "a", "b", "0", "1"]
    plain = ElementTree.fromstring(draw_matrix_svg(np.eye(80), **given))
    assert [each.text for each in plain.iter(f"{SVG}text")][1:41] == names[::2]


def test_the_colours_of_the_svg_are_those_of_the_light_theme():
    theme = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]["light"]
    assert [theme["chartSequentialColors"], theme["chartDivergingColors"]] == [SEQUENTIAL, DIVERGING]


def test_any_text_survives():
    pieces = [Piece('</script>"\\\u2028 한글 🙂', 0), Piece(" ", None), Piece("שלום", 1)]
    header, _arrays = unpacked(pack_scene(scene(patterns(1, 1, 2), pieces=pieces), COMMAND))
    assert [piece["text"] for piece in header["pieces"]] == [piece.text for piece in pieces]


GOOD = {"layer": 1, "head": 2, "query": 3, "key": None, "mode": "text"}


def test_a_selection_from_the_browser_is_read():
    assert read_selection(GOOD, scene(patterns(2, 3, 5))) == Selection(1, 2, 3, None, "text")


@pytest.mark.parametrize(
    "forged",
    [
        None,
        "text",
        {},
        GOOD | {"layer": 2},
        GOOD | {"head": -1},
        GOOD | {"head": True},
        GOOD | {"head": None},
        GOOD | {"query": 5},
        GOOD | {"key": "0"},
        GOOD | {"key": 1.5},
        GOOD | {"mode": "<b>"},
        GOOD | {"mode": ["text"]},
    ],
)
def test_a_forged_selection_is_not_taken(forged):
    assert read_selection(forged, scene(patterns(2, 3, 5))) is None
