"""The request bodies, as the vendors' pages give them, and answers that are none."""

from __future__ import annotations

import pytest

from components.aws.bedrock import EMBEDDERS, body, embedder


def test_titan_gets_one_text():
    assert body(embedder("amazon.titan-embed-text-v2:0"), ["a"], "query") == {"inputText": "a"}


def test_cohere_gets_many_and_is_told_what_they_are_for():
    model = embedder("cohere.embed-multilingual-v3")
    assert body(model, ["a", "b"], "document") == {
        "texts": ["a", "b"],
        "input_type": "search_document",
        "truncate": "END",
    }
    assert body(model, ["a"], "query")["input_type"] == "search_query"


def test_an_unknown_model_is_refused():
    with pytest.raises(KeyError):
        embedder("amazon.titan-text-lite-v1")


def test_ids_are_unique():
    assert len({each.id for each in EMBEDDERS}) == len(EMBEDDERS)
