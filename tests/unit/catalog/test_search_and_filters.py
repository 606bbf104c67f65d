"""Search and filters find what they say, in any combination, and no text can break them."""

from __future__ import annotations

import datetime
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.catalog.curated import family_of, models
from components.catalog.filters import (
    Filters,
    Order,
    find_models,
    largest,
    licence_class,
    modalities,
    places,
    smallest,
    sort_models,
)
from components.catalog.lifecycle import model_status

DAY = datetime.date(2026, 11, 23)


def found(**wishes) -> set[str]:
    return {model.id for model in find_models(models(), Filters(**wishes), DAY)}


def test_no_wish_finds_everything():
    assert found() == {model.id for model in models()}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("jurassic", {"jurassic-2", "jamba-1.5-mini", "jamba-1.5-large"}),
        ("BERT", {"bert"}),
        ("falcon 180", {"falcon-180b"}),
        ("ai21.j2-ultra-v1", {"jurassic-2"}),
        ("huggingface-text2text-flan-t5-xxl-bnb-int8", {"flan-t5"}),
        ("no such model", set()),
    ],
)
def test_search(words, expected):
    assert found(words=words) == expected


@pytest.mark.parametrize(
    ("wishes", "holds"),
    [
        ({"provider": "amazon"}, lambda model: family_of(model.id).provider == "amazon"),
        ({"family": "llama"}, lambda model: family_of(model.id).id == "llama"),
        ({"modality": "mask"}, lambda model: "mask" in modalities(model)),
        ({"status": "ended"}, lambda model: model_status(model, DAY) == "ended"),
        ({"kind": "encoder-decoder"}, lambda model: model.kind.value == "encoder-decoder"),
        ({"task": "feature-extraction"}, lambda model: "feature-extraction" in (model.tasks.value or ())),
        ({"licence": "permissive"}, lambda model: licence_class(model) == "permissive"),
        ({"place": "bedrock"}, lambda model: "bedrock" in places(model, DAY)),
        ({"open_weights": True}, lambda model: model.open_weights.value is True),
        ({"most_parameters": 10**9}, lambda model: (smallest(model) or 10**18) <= 10**9),
        ({"least_context": 100_000}, lambda model: (model.context.value or 0) >= 100_000),
    ],
)
def test_a_filter_keeps_exactly_what_it_names(wishes, holds):
    kept = found(**wishes)
    assert kept == {model.id for model in models() if holds(model)}
    assert kept, "a filter that finds nothing shows nothing"


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        ({"amazon.nova-micro-v1:0"}, {"nova-micro"}),
        ({"amazon.titan-text-express-v1"}, {"titan-text-express"}),  # AWS's own word counts for more than our dates
        ({"huggingface-textgeneration1-gpt-j-6b"}, set()),  # a JumpStart id is no model of Bedrock
        (set(), set()),
    ],
)
def test_what_bedrock_lists_is_found_by_its_own_id(listed, expected):
    assert found(listed=frozenset(listed)) == expected


def test_filters_narrow_each_other():
    both = found(provider="meta", modality="mask")
    assert both == found(provider="meta") & found(modality="mask")
    assert both == {"sam", "sam-2", "sam-3"}


@given(st.text())
def test_any_text_can_be_searched_for(words):
    assert found(words=words) <= found()


@pytest.mark.parametrize("order", get_args(Order))
def test_an_order_keeps_all_models(order):
    assert sorted(model.id for model in sort_models(models(), order)) == sorted(model.id for model in models())


def test_orders_put_what_is_unknown_last():
    newest = [model.released.value for model in sort_models(models(), "newest")]
    assert newest[0] is not None
    assert newest[-1] is None
    sizes = [largest(model) for model in sort_models(models(), "largest")]
    known = [size for size in sizes if size is not None]
    assert known == sorted(known, reverse=True)
    assert sizes[: len(known)] == known
