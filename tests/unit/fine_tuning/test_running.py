"""A training from its place in line to its outcome: it repeats itself, stops at once, and changes nothing shared."""

from __future__ import annotations

import threading

import numpy as np
import pytest
import torch
from torch import nn

from components.fine_tuning import run as training_run
from components.fine_tuning import training
from components.fine_tuning.outcome import Measured
from components.fine_tuning.run import QUEUE, Waiting
from components.fine_tuning.state import Shelf
from components.fine_tuning.training import Step
from components.models.errors import NotEnoughMemory, QueueFull, TooManyRuns
from components.models.queue import FairQueue

TEXTS = ("A quiet triumph.", "A loud failure.", "The popcorn was good.")


class Stopped(Exception):
    """The visitor clicked."""


def carry_on():
    pass


def finish(run, session="a"):
    return list(run.go(carry_on, session=session))


def bits(encoder):
    return {name: tensor.numpy().tobytes() for name, tensor in encoder.state_dict().items()}


@pytest.mark.parametrize("what", ["head", "full"])
def test_a_training_goes_to_its_end_and_measures_every_epoch(run_of, what):
    run = run_of(what)
    events = finish(run)
    outcome = run.outcome()
    assert outcome.steps_done == outcome.steps == 6
    assert not outcome.was_stopped
    assert [event.step for event in events if isinstance(event, Measured)] == [3, 6]
    assert [each.step for each in outcome.measured] == [0, 3, 6]
    assert outcome.measured[-1].training_loss == pytest.approx(np.mean(outcome.losses[3:]))
    assert outcome.losses == tuple(event.loss for event in events if isinstance(event, Step))


@pytest.mark.parametrize("what", ["head", "full"])
def test_the_same_seed_gives_the_same_numbers_bit_for_bit_and_in_another_thread(run_of, what):
    def numbers():
        torch.set_num_threads(1)
        run = run_of(what)
        finish(run, session=threading.current_thread().name)
        outcome = run.outcome()
        return outcome.losses, outcome.after.vectors.tobytes(), outcome.after.head.weight.tobytes()

    found = []
    thread = threading.Thread(target=lambda: found.append(numbers()))
    thread.start()
    thread.join()
    assert found == [numbers()]


def test_another_seed_gives_other_numbers(run_of):
    runs = [run_of("head", seed=seed) for seed in (0, 1)]
    for run in runs:
        finish(run)
    assert runs[0].outcome().losses != runs[1].outcome().losses


def test_the_encoder_is_trained_only_when_everything_is(run_of, tiny):
    head, full = run_of("head"), run_of("full")
    finish(head)
    finish(full)
    assert head.trained_encoder is None
    assert head.outcome().before.vectors.tobytes() == head.outcome().after.vectors.tobytes()
    assert bits(full.trained_encoder) != bits(tiny.model)
    assert not np.allclose(full.outcome().before.vectors, full.outcome().after.vectors)


def test_a_stop_takes_no_further_step_and_keeps_what_was_reached(run_of):
    asked = 0

    def checkpoint():
        nonlocal asked
        asked += 1
        if asked == 3:
            raise Stopped

    run = run_of("full", epochs=5)
    with pytest.raises(Stopped):
        list(run.go(checkpoint, session="a"))
    assert asked == 3
    assert QUEUE.seated == 0
    outcome = run.outcome()
    assert outcome.was_stopped
    assert (outcome.steps_done, outcome.steps) == (3, 15)
    whole = run_of("full", epochs=5)
    finish(whole)
    assert outcome.losses == whole.outcome().losses[:3]


def test_stopped_between_two_epochs_it_is_measured_where_it_stopped(run_of):
    run = run_of("head", epochs=2)
    events = run.go(carry_on, session="a")
    for event in events:
        if isinstance(event, Step) and event.number == 5:
            break
    events.close()
    outcome = run.outcome()
    assert [each.step for each in outcome.measured] == [0, 3, 5]
    assert outcome.measured[-1].training_loss == pytest.approx(np.mean(outcome.losses[3:5]))


def test_a_training_without_a_step_leaves_nothing(run_of):
    assert run_of("head").outcome() is None


def test_shared_weights_and_the_answers_of_others_stay_the_same_while_and_after(run_of, tiny):
    before = bits(tiny.model)
    ids = training.ids_of(tiny.tokenizer, TEXTS)
    expected = training.vectors_of(tiny.model, ids, checkpoint=carry_on).tobytes()
    seen, done = [], threading.Event()

    def other_session():
        torch.set_num_threads(1)
        while not done.is_set():
            seen.append(training.vectors_of(tiny.model, ids, checkpoint=carry_on).tobytes())

    other = threading.Thread(target=other_session)
    run = run_of("full", epochs=4)
    events = run.go(carry_on, session="a")
    next(events)
    other.start()
    for _event in events:
        pass
    done.set()
    other.join()
    assert seen
    assert set(seen) == {expected}
    assert bits(tiny.model) == before
    assert not any(parameter.requires_grad for parameter in tiny.model.parameters())
    assert all(parameter.grad is None for parameter in tiny.model.parameters())


def test_one_trains_at_a_time_and_the_second_knows_its_place(run_of):
    first = run_of("head").go(carry_on, session="a")
    next(first)
    second = run_of("head").go(carry_on, session="b")
    assert next(second) == Waiting(1)
    third = run_of("head").go(carry_on, session="c")
    assert next(third) == Waiting(2)
    first.close()  # a tab closes
    assert isinstance(next(second), Step)
    assert next(third) == Waiting(1)
    second.close()
    third.close()
    assert (QUEUE.seated, QUEUE.waiting) == (0, 0)


def test_one_session_trains_once_at_a_time(run_of):
    first = run_of("head").go(carry_on, session="a")
    next(first)
    with pytest.raises(TooManyRuns):
        next(run_of("head").go(carry_on, session="a"))
    first.close()


def test_a_line_that_is_too_long_is_refused(run_of, monkeypatch):
    monkeypatch.setattr(training_run, "QUEUE", FairQueue(seats=1, most_waiting=0))
    first = run_of("head").go(carry_on, session="a")
    next(first)
    with pytest.raises(QueueFull):
        next(run_of("head").go(carry_on, session="b"))
    first.close()


def test_a_copy_that_would_not_fit_is_refused_and_the_seat_is_free_again(run_of, monkeypatch):
    monkeypatch.setattr(training_run.memory, "free_bytes", lambda _device: 1_000)
    with pytest.raises(NotEnoughMemory):
        next(run_of("full").go(carry_on, session="a"))
    assert QUEUE.seated == 0
    assert isinstance(next(run_of("head").go(carry_on, session="a")), Step)


def test_reading_for_a_measurement_can_be_stopped_too(tiny):
    def checkpoint():
        raise Stopped

    with pytest.raises(Stopped):
        training_run.untouched_vectors(tiny, TEXTS, checkpoint=checkpoint)


def test_a_vector_is_that_of_the_first_token_and_needs_no_company(tiny):
    together = training_run.untouched_vectors(tiny, TEXTS)
    for place, text in enumerate(TEXTS):
        ids = torch.tensor([tiny.tokenizer.encode(text).ids])
        with torch.inference_mode():
            alone = tiny.model(input_ids=ids).last_hidden_state[0, 0].numpy()
        assert together[place] == pytest.approx(alone, abs=1e-5)


def test_a_long_text_is_cut_and_keeps_its_end_token(tiny):
    [ids] = training.ids_of(tiny.tokenizer, ["word " * 200])
    assert len(ids) == training.MOST_TOKENS
    assert ids[-1] == tiny.tokenizer.token_id("[SEP]")


def test_the_one_not_asked_for_longest_leaves():
    shelf = Shelf(most=2)
    first, second, third = (nn.Linear(1, 1) for _ in range(3))
    shelf.put("a", first)
    shelf.put("b", second)
    assert shelf.get("a") is first
    shelf.put("c", third)
    assert shelf.get("b") is None
    assert shelf.get("a") is first
    assert shelf.get("c") is third


def test_what_is_kept_has_no_gradients():
    encoder = nn.Linear(2, 2)
    encoder(encoder.weight).sum().backward()
    assert encoder.weight.grad is not None
    Shelf().put("a", encoder)
    assert encoder.weight.grad is None
    assert not encoder.weight.requires_grad
