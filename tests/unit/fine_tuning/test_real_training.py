"""The embedded BERT on the shipped reviews: it learns, it repeats itself, and nobody else notices."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
import torch

from components.fine_tuning import measures
from components.fine_tuning.examples import read_shipped, some_of
from components.fine_tuning.outcome import Task
from components.fine_tuning.run import Run, untouched_vectors
from components.fine_tuning.training import USUAL_RATE, Settings
from components.models import loaders
from components.models.registry import record
from components.models.store import local_folder

pytestmark = pytest.mark.real_model

PROMPT = "The film was [MASK]."


@pytest.fixture(scope="module")
def masked(tokenizer):
    model = record("classroom-bert")
    return loaders.load_masked_lm(model, local_folder(model), tokenizer=tokenizer)


@pytest.fixture(scope="module")
def vectors(masked):
    examples = read_shipped("film")
    loaded = loaders.encoder_of(masked)
    return [untouched_vectors(loaded, [each.text for each in part]) for part in (examples.training, examples.held_out)]


@pytest.fixture
def run_real(masked, vectors):
    def make(what, *, epochs, count=240, held_out=None, seed=0):
        settings = Settings(what=what, epochs=epochs, rate=USUAL_RATE[what], seed=seed)
        whole = read_shipped("film")
        examples = some_of(whole, count, seed=seed)
        chosen = [whole.training.index(each) for each in examples.training]
        examples = replace(examples, held_out=examples.held_out[:held_out])
        return Run(
            loaders.encoder_of(masked),
            Task("classroom-bert", examples, settings),
            (vectors[0][chosen], vectors[1][:held_out]),
        )

    return make


def trained(run):
    list(run.go(lambda: None, session="a"))
    return run.outcome()


def predicted(masked):
    """What another session sees meanwhile: the prediction of a gap, bit for bit."""
    ids = torch.tensor([masked.tokenizer.encode(PROMPT).ids])
    with torch.inference_mode():
        return masked.model(input_ids=ids).logits.numpy().tobytes()


def test_training_everything_beats_chance_and_the_nearest_mean_and_leaves_others_alone(masked, run_real):
    expected = predicted(masked)
    weights = {name: tensor.clone() for name, tensor in masked.model.state_dict().items()}
    seen, done = [], threading.Event()

    def other_session():
        torch.set_num_threads(1)
        while not done.wait(1):
            seen.append(predicted(masked))

    other = threading.Thread(target=other_session)
    run = run_real("full", epochs=2)
    other.start()
    for _event in run.go(lambda: None, session="a"):
        pass
    done.set()
    other.join()
    outcome = run.outcome()
    classes = outcome.task.examples.classes(outcome.task.examples.held_out)
    right = measures.accuracy(outcome.after.probabilities, classes)
    assert outcome.baselines.majority == 0.5
    assert 0.7 < outcome.baselines.centroid < 0.8
    assert right >= outcome.baselines.centroid + 0.05
    assert right >= 0.82
    assert set(seen) == {expected}
    assert predicted(masked) == expected
    assert all(torch.equal(weights[name], tensor) for name, tensor in masked.model.state_dict().items())


def test_a_head_alone_beats_the_nearest_mean_but_not_for_sure_and_hardly_depends_on_the_seed(run_real):
    """What the lesson's limits say, measured again."""
    outcomes = [trained(run_real("head", epochs=20, seed=seed)) for seed in range(12)]
    accuracies = [outcome.measured[-1].accuracy for outcome in outcomes]
    assert min(accuracies) >= outcomes[0].baselines.centroid + 0.03
    assert max(accuracies) - min(accuracies) < 0.03
    verdicts = outcomes[0].verdicts
    assert (round(verdicts.intervals["after"].low, 2), round(verdicts.intervals["after"].high, 2)) == (0.74, 0.89)
    against = verdicts.comparisons["centroid"]
    assert (against.gained, against.lost) == (9, 3)
    assert not against.is_sure
    assert verdicts.comparisons["untrained"].is_sure


def test_the_same_seed_gives_the_same_weights_bit_for_bit(run_real):
    outcomes = []
    for _time in range(2):
        run = run_real("full", epochs=1, count=32, held_out=16)
        list(run.go(lambda: None, session="a"))
        outcomes.append(run.outcome())
    first, second = outcomes
    assert first.losses == second.losses
    assert first.after.vectors.tobytes() == second.after.vectors.tobytes()
    assert first.after.head.weight.tobytes() == second.after.head.weight.tobytes()
