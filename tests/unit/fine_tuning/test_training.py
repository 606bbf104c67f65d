"""The training loop against independent optima, its schedule, and that it repeats itself."""

import math

import numpy as np
import pytest
import torch

from components.fine_tuning.training import BATCH, Settings, TrainableHead, rate_at, train


def newton(vectors, classes):
    """Return the logistic regression without penalty that fits best, `[1 + width]`, by Newton's method."""
    design = np.column_stack([np.ones(len(vectors)), vectors])
    found = np.zeros(design.shape[1])
    for _ in range(50):
        shares = 1 / (1 + np.exp(-design @ found))
        gradient = design.T @ (shares - classes)
        hessian = (design * (shares * (1 - shares))[:, None]).T @ design
        found -= np.linalg.solve(hessian, gradient)
    assert np.abs(gradient).max() < 1e-9
    return found


def blobs(seed=0, size=80):
    """Two clouds that overlap, so that the best separation is a finite one."""
    chance = np.random.default_rng(seed)
    classes = np.arange(size) % 2
    return chance.normal(size=(size, 3)) + np.outer(classes, [1.0, 0.5, 0.0]), classes


def head_after(vectors, classes, *, epochs=400, rate=0.05, seed=0):
    head = TrainableHead(vectors.shape[1], 2, seed=seed)
    features = torch.tensor(vectors, dtype=torch.float32)
    settings = Settings(what="head", epochs=epochs, rate=rate, seed=seed)
    steps = list(train(head, (), lambda places: features[list(places)], classes.tolist(), settings))
    return head, steps


def test_a_head_alone_ends_where_logistic_regression_has_its_optimum():
    vectors, classes = blobs()
    best = newton(vectors, classes)
    trained = head_after(vectors, classes)[0].as_it_is()
    direction = trained.weight[1] - trained.weight[0]
    assert direction == pytest.approx(best[1:], abs=0.05)
    assert trained.bias[1] - trained.bias[0] == pytest.approx(best[0], abs=0.05)
    at_best = 1 / (1 + np.exp(-(best[0] + vectors @ best[1:])))
    shares = trained.probabilities(vectors)[:, 1]
    assert np.abs(shares - at_best).max() < 0.02


def test_before_training_the_loss_is_that_of_a_blind_guess():
    vectors, classes = blobs()
    _head, steps = head_after(vectors, classes, epochs=1, rate=1e-9)
    assert [step.loss for step in steps] == pytest.approx([math.log(2)] * 5, abs=0.05)


def test_steps_are_counted_and_the_last_of_an_epoch_is_told():
    vectors, classes = blobs(size=40)
    _head, steps = head_after(vectors, classes, epochs=2)
    assert [step.number for step in steps] == [1, 2, 3, 4, 5, 6]
    assert {step.of for step in steps} == {6} == {Settings(what="head", epochs=2, rate=1, seed=0).steps(40)}
    assert [step.ends_epoch for step in steps] == [False, False, True] * 2


def test_each_epoch_sees_every_example_once():
    seen = []
    vectors = torch.zeros(40, 3)

    def features(places):
        seen.extend(places)
        return vectors[list(places)]

    settings = Settings(what="head", epochs=2, rate=0.1, seed=0)
    list(train(TrainableHead(3, 2, seed=0), (), features, [0, 1] * 20, settings))
    assert sorted(seen[:40]) == sorted(seen[40:]) == list(range(40))
    assert seen[:40] != seen[40:]
    assert BATCH == 16


def test_the_rate_rises_over_a_tenth_and_falls_to_nothing():
    rates = [rate_at(step, 100) for step in range(100)]
    assert rates[0] == pytest.approx(0.1)
    assert max(rates) == rates[9] == pytest.approx(0.91)
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert rates[-1] == pytest.approx(0.01)
    assert rate_at(0, 1) == 1.0


def test_the_same_seed_gives_the_same_numbers_whatever_else_draws():
    vectors, classes = blobs()
    first = head_after(vectors, classes, epochs=3, seed=5)[0].as_it_is()
    torch.manual_seed(99)
    torch.rand(7)
    second = head_after(vectors, classes, epochs=3, seed=5)[0].as_it_is()
    assert first.weight.tobytes() == second.weight.tobytes()
    other = head_after(vectors, classes, epochs=3, seed=6)[0].as_it_is()
    assert first.weight.tobytes() != other.weight.tobytes()


def test_training_draws_nothing_from_the_random_numbers_that_all_share():
    before = torch.get_rng_state()
    head_after(*blobs(), epochs=2)
    assert torch.equal(before, torch.get_rng_state())
