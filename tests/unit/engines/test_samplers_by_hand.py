"""Each stage on a distribution small enough to work out on paper."""

import numpy as np
import pytest

from components.engines.contract import Request
from components.engines.samplers import Sampler, anatomy, penalise

HALVES = np.log(np.array([0.5, 0.25, 0.125, 0.0625, 0.0625], dtype=np.float32))


def run(sampler, logits=HALVES, seen=()):
    return anatomy(logits, sampler, seen=seen)


def after(sampler, **options):
    return run(sampler, **options).probability


def test_without_a_stage_the_models_own_distribution_is_drawn_from():
    np.testing.assert_allclose(after(Sampler()), [0.5, 0.25, 0.125, 0.0625, 0.0625], rtol=1e-6)
    assert [stage.name for stage in run(Sampler()).stages] == ["model"]


def test_a_temperature_of_a_half_squares_the_odds():
    squares = np.array([0.5, 0.25, 0.125, 0.0625, 0.0625]) ** 2
    np.testing.assert_allclose(after(Sampler(temperature=0.5)), squares / squares.sum(), rtol=1e-5)


def test_top_k_keeps_the_best_and_what_ties_with_the_last_of_them():
    np.testing.assert_allclose(after(Sampler(top_k=2)), [2 / 3, 1 / 3, 0, 0, 0], rtol=1e-6)
    assert (after(Sampler(top_k=4)) > 0).all()


def test_top_p_keeps_the_token_that_crosses_the_border():
    np.testing.assert_allclose(after(Sampler(top_p=0.6)), [2 / 3, 1 / 3, 0, 0, 0], rtol=1e-6)


def test_top_p_that_is_reached_exactly_needs_no_further_token():
    np.testing.assert_allclose(after(Sampler(top_p=0.75)), [2 / 3, 1 / 3, 0, 0, 0], rtol=1e-6)


def test_top_p_below_the_best_probability_keeps_the_best():
    np.testing.assert_allclose(after(Sampler(top_p=0.01)), [1, 0, 0, 0, 0])


def test_min_p_is_a_share_of_the_best_not_of_one():
    np.testing.assert_allclose(after(Sampler(min_p=0.25)), np.array([4, 2, 1, 0, 0]) / 7, rtol=1e-6)


def test_typical_can_cut_the_likeliest_token():
    # Entropy ln 0.4^-0.4 + 6 * 0.1 ln 10 = 1.748 nats: surprisal 0.916 of the best is further away than 2.303.
    probability = np.array([0.4, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1])
    cut = run(Sampler(typical_p=0.3), logits=np.log(probability))
    np.testing.assert_allclose(cut.probability, [0, *[1 / 6] * 6], rtol=1e-6)
    assert cut.top(1)[0].cut_by == "typical_p"


def test_the_penalty_moves_good_and_bad_scores_down_once():
    changed = penalise(np.array([4.0, -4.0, 1.0], dtype=np.float32), [0, 1, 0, 0], penalty=2.0)
    np.testing.assert_array_equal(changed, [2.0, -8.0, 1.0])


def test_the_penalty_comes_before_the_temperature():
    logits = np.array([2.0, 1.0], dtype=np.float32)
    together = run(Sampler(repetition_penalty=2.0, temperature=0.5), logits=logits, seen=[0])
    assert [stage.name for stage in together.stages] == ["model", "repetition_penalty", "temperature"]
    np.testing.assert_array_equal(together.stages[-1].logits, [2.0, 2.0])


def test_top_p_counts_what_top_k_left():
    # After top-k 2 the two are 2/3 and 1/3: 0.65 is reached by the first alone. Of the whole it would need both.
    np.testing.assert_allclose(after(Sampler(top_k=2, top_p=0.65)), [1, 0, 0, 0, 0])


def test_each_token_says_which_stage_cut_it():
    cut = run(Sampler(top_k=4, top_p=0.9, min_p=0.3), logits=np.log(np.array([0.4, 0.3, 0.15, 0.1, 0.05])))
    assert [path.cut_by for path in cut.top(5)] == [None, None, None, "min_p", "top_k"]


def test_greedy_leaves_the_first_of_the_best():
    np.testing.assert_array_equal(after(Sampler(greedy=True), logits=np.zeros(3)), [1, 0, 0])


def test_probabilities_sum_to_one_at_every_stage():
    chain = Sampler(repetition_penalty=1.3, temperature=0.7, top_k=4, top_p=0.8, min_p=0.1, typical_p=0.9)
    for stage in run(chain, seen=[0]).stages:
        assert stage.probability.sum() == pytest.approx(1, abs=1e-12)


def test_the_token_that_was_drawn_is_shown_though_it_is_not_among_the_best():
    shown = run(Sampler()).top(2, including=[4, 0])
    assert [path.id for path in shown] == [0, 1, 4]


def test_a_setting_that_changes_nothing_is_no_stage():
    idle = Request(temperature=1.0, top_k=0, top_p=1.0, min_p=0.0, typical_p=1.0, repetition_penalty=1.0)
    assert Sampler.of(idle) == Sampler.of(Request()) == Sampler()


def test_a_temperature_of_zero_is_greedy():
    assert Sampler.of(Request(temperature=0.0, top_k=5)) == Sampler.of(Request(strategy="greedy"))
