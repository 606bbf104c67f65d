"""Made-up texts typed into every box of every page: none makes a page fail.

All boxes of a page are filled at once, each with another text. A page may say that a text does not fit; it may not
break (the fixture fails a test whose page met something unforeseen).
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from tests.app.opening import example_of
from tests.app.test_fuzzed_links import CONCEPTS, any_text, hostile, markup

TRIES_A_PAGE = 8
MOST_CHARS = 60

typed_in = settings(
    max_examples=TRIES_A_PAGE,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def boxes_of(at: AppTest) -> list[tuple[str, str]]:
    return [("text_input", box.key) for box in at.text_input] + [("text_area", box.key) for box in at.text_area]


@pytest.mark.parametrize("slug", CONCEPTS)
def test_no_text_in_any_box_breaks_a_page(open_page, slug):
    at = open_page(slug, step="explore")
    boxes = boxes_of(at)
    if not boxes:
        at = open_page(slug, step="explore", **example_of(slug))
        boxes = boxes_of(at)
    assert boxes, "neither the first view nor the `example` in components/registry.py has a box to type into"

    @typed_in
    @given(st.lists(st.one_of(any_text, markup, hostile), min_size=len(boxes), max_size=len(boxes)))
    def type_in(texts: list[str]) -> None:
        for (kind, key), text in zip(boxes, texts, strict=True):
            # As a browser sends it: no lone surrogates. Long texts only take longer.
            there = [box for box in getattr(at, kind) if box.key == key and not box.disabled]
            for box in there:
                box.set_value(text.encode("utf-8", "replace").decode()[:MOST_CHARS])
        at.run()
        assert list(at.exception) == []
        assert len(at.title) == 1

    type_in()
