"""The built-in BERT on the shipped reviews: it learns, and nobody else notices."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from components.fine_tuning import measures
from components.fine_tuning.examples import read_shipped, some_of
from components.fine_tuning.outcome import Task
from components.fine_tuning.run import Run, untouched_vectors
from components.fine_tuning.training import USUAL_RATE, Settings
from tests.unit import built_in

pytestmark = pytest.mark.real_model

MODEL = "classroom-bert"
PROMPT = "The film was [MASK]."


@pytest.fixture(scope="module")
def vectors():
    """Return each film review's vector before any training."""
    film = read_shipped("film")
    examples = (*film.training, *film.held_out)
    found = untouched_vectors(built_in.encoder(MODEL), [each.text for each in examples])
    return dict(zip(examples, found, strict=True))


@pytest.fixture
def train(vectors):
    def finish(what, *, epochs, seed=0):
        settings = Settings(what=what, epochs=epochs, rate=USUAL_RATE[what], seed=seed)
        examples = some_of(read_shipped("film"), 240, seed=seed)
        parts = [np.stack([vectors[each] for each in part]) for part in (examples.training, examples.held_out)]
        run = Run(built_in.encoder(MODEL), Task(MODEL, examples, settings), parts)
        list(run.go(lambda: None, session="a"))
        return run.outcome()

    return finish


def predicted(masked):
    """Return what another session sees: the prediction of a gap, bit for bit."""
    ids = torch.tensor([masked.tokenizer.encode(PROMPT).ids])
    with torch.inference_mode():
        return masked.model(input_ids=ids).logits.numpy().tobytes()


@pytest.mark.thorough
def test_training_everything_beats_chance_and_the_nearest_mean_and_leaves_others_alone(classroom_bert, train):
    expected = predicted(classroom_bert)
    weights = {name: tensor.clone() for name, tensor in classroom_bert.model.state_dict().items()}
    outcome = train("full", epochs=2)
    classes = outcome.task.examples.classes(outcome.task.examples.held_out)
    right = measures.accuracy(outcome.after.probabilities, classes)
    assert outcome.baselines.majority == 0.5
    assert 0.7 < outcome.baselines.centroid < 0.8
    assert right >= outcome.baselines.centroid + 0.05
    assert right >= 0.82
    assert predicted(classroom_bert) == expected
    assert all(torch.equal(weights[name], tensor) for name, tensor in classroom_bert.model.state_dict().items())


def test_a_head_alone_beats_the_nearest_mean_but_not_for_sure_and_hardly_depends_on_the_seed(train):
    """What the lesson's limits say, measured again."""
    outcomes = [train("head", epochs=20, seed=seed) for seed in range(12)]
    accuracies = [outcome.measured[-1].accuracy for outcome in outcomes]
    assert min(accuracies) >= outcomes[0].baselines.centroid + 0.03
    assert max(accuracies) - min(accuracies) < 0.03
    verdicts = outcomes[0].verdicts
    assert (round(verdicts.intervals["after"].low, 2), round(verdicts.intervals["after"].high, 2)) == (0.74, 0.89)
    against = verdicts.comparisons["centroid"]
    assert (against.gained, against.lost) == (9, 3)
    assert not against.is_sure
    assert verdicts.comparisons["untrained"].is_sure
