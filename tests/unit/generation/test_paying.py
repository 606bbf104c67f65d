"""What a run may cost is shown in dollars, never as a formula."""

from __future__ import annotations

import re

import pytest
from streamlit.testing.v1 import AppTest


def paying(countable: bool, language: str) -> None:
    import datetime
    from types import SimpleNamespace

    import streamlit as st

    from components.core.i18n import SESSION_KEY
    from components.engines.errors import CutMidStream
    from components.engines.offers import Price
    from components.generation.views.paying import agreed

    st.session_state[SESSION_KEY] = language
    url = "https://example.org/prices?in=$"
    price = Price(input_usd=0.5, output_usd=1.5, source_url=url, seen=datetime.date(2026, 11, 1))

    def count_tokens(_request: object) -> int:
        if not countable:
            raise CutMidStream(engine="It", reason="no reason")
        return 1_000

    opened = SimpleNamespace(
        offer=SimpleNamespace(paid=lambda _model: True, price=lambda _model: price),
        model="a model",
        capabilities=SimpleNamespace(thinking_tokens=0),
        engine=SimpleNamespace(count_tokens=count_tokens),
    )
    agreed(opened, SimpleNamespace(new_tokens=100))  # type: ignore[arg-type]


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize(
    ("countable", "amounts"),
    [(True, ["0.000650"]), (False, ["0.5", "1.5"])],
)
def test_every_dollar_sign_is_escaped(countable, amounts, language):
    at = AppTest.from_function(paying, args=(countable, language)).run()
    assert not at.exception
    [cost] = [caption.value for caption in at.caption]
    assert re.findall(r"\d\.\d+", cost) == amounts
    assert not re.search(r"(?<!\\)\$", cost)
