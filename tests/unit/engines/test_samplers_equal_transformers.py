"""Our chain, written for reading, cuts and keeps exactly what transformers' own processors do."""

import numpy as np
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from transformers.generation import logits_process as theirs

from components.engines import samplers
from components.engines.samplers import Sampler, anatomy

scores = st.lists(st.floats(-20, 20, width=16), min_size=2, max_size=60).map(lambda row: np.array(row, np.float32))
shares = st.floats(0.05, 0.95)
# Sums of float32 differ in the last digits between NumPy and torch: a token nearer to the border than this may fall
# on either side.
BORDER = 1e-5


def processed(processor, logits, seen=(0,)):
    return processor(torch.tensor([seen]), torch.from_numpy(logits)[None])[0].numpy()


def assert_same(ours, logits, processor, **options):
    expected = processed(processor, logits, **options)
    np.testing.assert_array_equal(np.isneginf(ours), np.isneginf(expected))
    np.testing.assert_allclose(ours, expected, rtol=1e-6)


def away_from_border(sums, border):
    return np.abs(sums - border).min() > BORDER


@given(scores, st.floats(0.1, 5), st.lists(st.integers(0, 59), min_size=1))
def test_repetition_penalty(logits, penalty, seen):
    seen = [token % len(logits) for token in seen]
    ours = samplers.penalise(logits, seen, penalty=penalty)
    assert_same(ours, logits, theirs.RepetitionPenaltyLogitsProcessor(penalty), seen=seen)


@given(scores, st.floats(0.05, 5))
def test_temperature(logits, temperature):
    ours = anatomy(logits, Sampler(temperature=temperature)).stages[-1].logits
    assert_same(ours, logits, theirs.TemperatureLogitsWarper(temperature))


@given(scores, st.integers(1, 80))
def test_top_k(logits, k):
    assert_same(anatomy(logits, Sampler(top_k=k)).stages[-1].logits, logits, theirs.TopKLogitsWarper(k))


@given(scores, shares)
def test_top_p(logits, p):
    assume(len(set(logits.tolist())) == len(logits))  # of equal tokens either may be the one that is cut
    assume(away_from_border(np.cumsum(np.sort(samplers.softmax(logits.astype(float)))), 1 - p))
    assert_same(anatomy(logits, Sampler(top_p=p)).stages[-1].logits, logits, theirs.TopPLogitsWarper(p))


@given(scores, shares)
def test_min_p(logits, p):
    probability = samplers.softmax(logits.astype(float))
    assume(away_from_border(probability / probability.max(), p))
    assert_same(anatomy(logits, Sampler(min_p=p)).stages[-1].logits, logits, theirs.MinPLogitsWarper(p))


@given(scores, shares)
def test_typical(logits, mass):
    exact = logits.astype(float)
    probability = samplers.softmax(exact)
    distance = np.abs(-np.log(probability) - -(probability * np.log(probability)).sum())
    order = np.argsort(distance)
    assume(away_from_border(np.cumsum(probability[order]), mass))
    assume(len(logits) < 2 or np.diff(distance[order]).min() > BORDER)  # equally typical tokens are cut together
    assert_same(anatomy(logits, Sampler(typical_p=mass)).stages[-1].logits, logits, theirs.TypicalLogitsWarper(mass))


@given(scores, st.integers(2, 40), shares, shares)
def test_a_filter_after_a_filter_sees_what_is_left(logits, k, p, min_p):
    assume(len(set(logits.tolist())) == len(logits))
    first = processed(theirs.TopKLogitsWarper(k), logits)
    left = samplers.softmax(first.astype(float))
    assume(away_from_border(np.cumsum(np.sort(left)), 1 - p))
    second = processed(theirs.TopPLogitsWarper(p), first)
    left = samplers.softmax(second.astype(float))
    assume(away_from_border(left[left > 0] / left.max(), min_p))
    chain = anatomy(logits, Sampler(top_k=k, top_p=p, min_p=min_p))
    assert_same(chain.stages[-1].logits, second, theirs.MinPLogitsWarper(min_p))
