"""Rank agreement, with ties, and the four methods side by side."""

from __future__ import annotations

import numpy as np
import pandas
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.attention.capture import capture
from components.attention.rollout import attention_flow, raw_mean, rollout
from components.attention.statistics import correlate, mean_ranks
from components.attention.token_importance import rank_agreement, token_effects, token_importance
from components.models.inputs import read
from tests.unit.attention.architectures import load

VALUES = st.lists(st.integers(-3, 3).map(float), min_size=3, max_size=12)


@given(st.data())
def test_spearman_is_that_of_pandas_ties_included(data):
    first = data.draw(VALUES)
    second = data.draw(st.lists(st.integers(-3, 3).map(float), min_size=len(first), max_size=len(first)))
    ours = correlate(mean_ranks(np.array([first, second])))
    frame = pandas.DataFrame({"a": first, "b": second}).rank()
    if len(set(first)) == 1 or len(set(second)) == 1:
        assert np.isnan(ours[0, 1])
    else:
        assert ours[0, 1] == pytest.approx(frame.corr().iloc[0, 1], abs=1e-12)


def test_only_the_order_matters():
    values = np.array([0.1, 0.5, 0.2, 0.9])
    spearman = rank_agreement({"a": values, "b": np.exp(7 * values), "c": -values}).ranks.spearman
    np.testing.assert_allclose(spearman, [[1, 1, -1], [1, 1, -1], [-1, -1, 1]])


def test_tokens_that_one_method_cannot_rate_are_left_out_for_all():
    values = {"a": np.array([1.0, np.nan, 2.0, 3.0]), "b": np.array([3.0, 99.0, 2.0, np.nan])}
    agreement = rank_agreement(values)
    assert agreement.tokens_compared == 2
    assert agreement.ranks.spearman[0, 1] == pytest.approx(-1.0)


def test_nothing_to_compare_is_no_agreement():
    agreement = rank_agreement({"a": np.array([np.nan]), "b": np.array([1.0])})
    assert agreement.tokens_compared == 0
    assert np.isnan(agreement.ranks.spearman).all()


@pytest.mark.parametrize(("name", "text", "where"), [("bert", "w1 w2 [MASK] w4", 3), ("gpt2", "w1 w2 w3 w4", 3)])
def test_the_four_methods_are_asked_about_the_position_that_predicts(name, text, where):
    loaded = load(name)
    record = capture(loaded, text)
    attention, found = record.main, token_importance(loaded, record)
    assert list(found.values) == ["raw", "rollout", "flow", "effect"]
    assert np.array_equal(found.values["raw"], raw_mean(attention)[where])
    assert np.array_equal(found.values["rollout"], rollout(attention)[-1, where])
    assert np.array_equal(found.values["flow"], attention_flow(attention, where))
    effects = token_effects(loaded, read(loaded, text)).kl_nats
    assert np.array_equal(found.values["effect"], effects, equal_nan=True)
    assert found.ranks.spearman.shape == (4, 4)
    assert found.tokens_compared == len(attention.key_tokens) - 1


def test_long_texts_go_without_flow():
    loaded = load("gpt2")
    found = token_importance(loaded, capture(loaded, "w1 w2 " * 20))
    assert list(found.values) == ["raw", "rollout", "effect"]


def test_an_encoder_decoder_is_refused():
    loaded = load("t5")
    with pytest.raises(ValueError, match="another text"):
        token_importance(loaded, capture(loaded, "w1", target="w2"))
