"""The picture of a head as a vector file."""

from xml.etree import ElementTree

import numpy as np

from components.attention.pictures import FAINTEST, head_svg, heads_svg

SVG = "{http://www.w3.org/2000/svg}"


def parsed(text):
    root = ElementTree.fromstring(text)
    return [node.text for node in root.iter(f"{SVG}text")], [node.attrib for node in root.iter(f"{SVG}line")]


def squares(text):
    """Return the squares of a table, without the frame around it."""
    found = [node.attrib for node in ElementTree.fromstring(text).iter(f"{SVG}rect")]
    return [square for square in found if square["fill"] != "none"]


def test_each_line_is_as_opaque_as_its_weight_and_ends_at_its_token():
    weights = np.array([[0.25, 0.75], [FAINTEST / 2, 1 - FAINTEST / 2]])
    texts, lines = parsed(head_svg(weights, queries=["a", "b"], keys=["x", "y"], title="Layer 0"))
    assert texts == ["Layer 0", "a", "b", "x", "y"]
    assert [float(line["stroke-opacity"]) for line in lines] == [0.25, 0.75, 0.995]
    assert lines[0]["y1"] == lines[0]["y2"], "the first token looks at the first"
    assert float(lines[1]["y2"]) > float(lines[1]["y1"]), "and down at the second"


def test_a_token_that_looks_like_markup_is_text():
    hostile = "</text><script>alert(1)</script>"
    texts, _lines = parsed(head_svg(np.eye(1), queries=[hostile], keys=["&"], title="<b>"))
    assert texts == ["<b>", hostile, "&"]


def test_every_head_has_its_tile():
    texts, lines = parsed(heads_svg(np.ones((2, 3, 1, 1)), title="t"))
    assert len(lines) == 6
    assert len({(line["x1"], line["y1"]) for line in lines}) == 6
    assert texts == ["t", "0", "1", "2", "0", "1"]


def test_the_tiles_of_a_layer_have_its_number_and_squares():
    text = heads_svg(np.full((1, 3, 2, 2), 0.5), title="t", first_layer=4, as_lines=False)
    assert parsed(text) == (["t", "0", "1", "2", "4"], [])
    assert len(squares(text)) == 3 * 4
