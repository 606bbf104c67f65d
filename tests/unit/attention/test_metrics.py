"""Every metric on heads whose answer is known: one-hot, even, made by hand."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from components.attention.capture import capture
from components.attention.metrics import head_metrics
from tests.unit.attention.architectures import load
from tests.unit.attention.patterns import attention, column_head, even, offset_head, random_rows, tokens

N = 6


def metric(pattern, name, **options):
    return head_metrics(attention(pattern, **options)).__getattribute__(name)[0, 0]


@pytest.mark.parametrize("n", [2, 8, 32])
@pytest.mark.parametrize("kind", ["encoder", "decoder"])
def test_an_even_head_has_entropy_one_causal_or_not(n, kind):
    assert metric(even(n, causal=kind == "decoder"), "entropy", kind=kind) == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("kind", ["encoder", "decoder"])
def test_a_one_hot_head_has_no_entropy(kind):
    assert metric(offset_head(N, -1), "entropy", kind=kind) == 0.0
    assert metric(offset_head(N, -1), "entropy_nats", kind=kind) == 0.0


def test_entropy_in_nats_is_the_mean_over_all_rows():
    expected = np.mean([math.log(i + 1) for i in range(N)])
    assert metric(even(N, causal=True), "entropy_nats", kind="decoder") == pytest.approx(expected, abs=1e-6)


def test_entropy_counts_only_the_keys_inside_a_sliding_window():
    band = np.tri(N) - np.tri(N, k=-2)
    head = attention(band / band.sum(1, keepdims=True), kind="decoder")
    head = type(head)(**{**vars(head), "visible": band[None].astype(bool)})
    assert head_metrics(head).entropy[0, 0] == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize(
    ("name", "offset", "rows"),
    [("previous_token", -1, N - 1), ("next_token", 1, N - 1), ("itself", 0, N)],
)
def test_each_offset_metric_is_one_for_its_head_and_zero_for_the_others(name, offset, rows):
    assert metric(offset_head(N, offset), name) == 1.0
    for other in {-1, 0, 1} - {offset}:
        edges = 1 if name == "itself" else 0  # the clipped edge row looks at itself
        assert metric(offset_head(N, other), name) == pytest.approx(edges / rows)


def test_distance_of_a_head_that_looks_two_back():
    assert metric(offset_head(N, -2), "mean_distance") == pytest.approx((0 + 1 + 2 * (N - 2)) / N)


def test_distance_of_an_even_head():
    expected = np.abs(np.subtract.outer(np.arange(N), np.arange(N))).mean()
    assert metric(even(N), "mean_distance") == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("kind", ["encoder", "decoder"])
def test_the_first_row_is_no_evidence_of_a_sink(kind):
    """Row 0 of a decoder is all on the first token by definition."""
    nowhere = offset_head(N, 0)
    assert metric(nowhere, "first_token", kind=kind) == 0.0
    assert metric(column_head(N, 0), "first_token", kind=kind) == 1.0


def test_the_first_row_of_a_decoder_is_no_evidence_of_looking_at_itself():
    assert metric(column_head(N, 0), "itself", kind="decoder") == 0.0
    assert metric(column_head(N, 0), "itself", kind="encoder") == pytest.approx(1 / N)


def test_all_separators_count_together_and_the_first_special_token_does_not():
    words = tokens(1, 7, 2, 8, 9, 2, special=(0, 2, 5))
    halves = (column_head(N, 2) + column_head(N, 5)) / 2
    assert metric(halves, "separator", words=words) == 1.0
    assert metric(column_head(N, 0), "separator", words=words) == 0.0
    assert math.isnan(metric(halves, "separator"))


def test_same_token_is_the_mass_on_twins_over_the_tokens_that_have_one():
    words = tokens(5, 6, 5, 7, 5, 8)
    to_twins = np.eye(N)
    to_twins[[0, 2, 4]] = 0
    to_twins[0, 2] = to_twins[2, 4] = to_twins[4, 0] = 1
    assert metric(to_twins, "same_token", words=words) == 1.0
    assert metric(np.eye(N), "same_token", words=words) == 0.0
    assert math.isnan(metric(np.eye(N), "same_token"))


def test_in_a_decoder_only_earlier_twins_count():
    words = tokens(5, 6, 5)
    back = np.array([[1, 0, 0], [0.5, 0.5, 0], [1, 0, 0]])
    assert metric(back, "same_token", words=words, kind="decoder") == 1.0


def test_a_decoder_has_no_next_token():
    assert math.isnan(metric(offset_head(N, -1), "next_token", kind="decoder"))


def test_a_single_token_gives_nothing_but_itself():
    numbers = head_metrics(attention(np.ones((1, 1))))
    assert math.isnan(numbers.previous_token[0, 0])
    assert math.isnan(numbers.entropy[0, 0])
    assert numbers.itself[0, 0] == 1.0


def test_cross_attention_has_entropy_only():
    numbers = head_metrics(attention(random_rows(np.random.default_rng(0), 2, 3, 4, 7), kind="cross"))
    assert numbers.entropy.shape == (2, 3)
    assert np.isfinite(numbers.entropy).all()
    assert np.isnan(numbers.mean_distance).all()
    assert np.isnan(numbers.previous_token).all()


def test_every_head_is_measured_by_itself():
    rng = np.random.default_rng(1)
    weights = random_rows(rng, 2, 3, N, N)
    together = head_metrics(attention(weights))
    for layer in range(2):
        for head in range(3):
            alone = head_metrics(attention(weights[layer, head]))
            assert together.mean_distance[layer, head] == alone.mean_distance[0, 0]
            assert together.previous_token[layer, head] == alone.previous_token[0, 0]


@pytest.mark.parametrize(("n", "chance"), [(8, 0.245), (12, 0.191), (16, 0.159), (32, 0.099)])
def test_chance_of_a_causal_previous_token_head_is_that_of_the_literature(n, chance):
    numbers = head_metrics(attention(even(n, causal=True), kind="decoder"))
    assert numbers.previous_token[0, 0] == pytest.approx(chance, abs=5e-4)


def test_half_precision_gives_nearly_the_same_numbers():
    weights = random_rows(np.random.default_rng(2), 1, 4, 40, 40)
    full = attention(weights)
    half = type(full)(**{**vars(full), "weights": full.weights.astype(np.float16)})
    for name, numbers in vars(head_metrics(full)).items():
        np.testing.assert_allclose(getattr(head_metrics(half), name), numbers, atol=2e-3, rtol=2e-3)


def test_rows_are_json_without_nan():
    record = capture(load("gpt2"), "w1 w2 w3")
    rows = head_metrics(record.main).rows()
    assert len(rows) == 12
    assert json.loads(json.dumps(rows, allow_nan=False)) == rows
    assert rows[5]["layer"] == 1
    assert rows[5]["next_token"] is None
