"""What the Korean lesson says of the Korean reviews, measured with the model that reads them."""

from __future__ import annotations

import pytest

from components.fine_tuning.examples import read_shipped
from components.fine_tuning.outcome import Task
from components.fine_tuning.run import Run, untouched_vectors
from components.fine_tuning.training import USUAL_RATE, Settings
from components.models import loaders
from components.models.registry import record
from components.models.store import local_folder
from components.models.tokenization import SharedTokenizer, load_tokenizer
from components.ui.guide.lesson import lesson
from tests.one_thread import on_one_thread

_one_thread = pytest.fixture(on_one_thread, autouse=True)


def train(model_id, settings):
    """Return how many of the held-out reviews are right afterwards, and what changed against the class means."""
    model, reviews = record(model_id), read_shipped("korean")
    folder = local_folder(model)
    loaded = loaders.load(model, folder, task=model.task, tokenizer=SharedTokenizer(load_tokenizer(folder)))
    if model.task == "fill-mask":
        loaded = loaders.encoder_of(loaded)
    vectors = [untouched_vectors(loaded, [each.text for each in part]) for part in (reviews.training, reviews.held_out)]
    run = Run(loaded, Task(model.id, reviews, settings), (vectors[0], vectors[1]))
    for _event in run.go(lambda: None, session="test"):
        pass
    verdicts = run.outcome().verdicts
    return sum(verdicts.after), verdicts.comparisons["centroid"]


def one_line(text):
    return " ".join(text.split())


@pytest.mark.real_model
def test_a_trained_head_is_not_clearly_better_than_the_means():
    after, against = train("classroom-e5-ko", Settings(what="head", epochs=20, rate=USUAL_RATE["head"], seed=0))
    assert after - against.gained + against.lost == 24
    assert after == pytest.approx(28, abs=1)  # one review is decided by the last digits
    assert not against.is_sure
    said = lesson("fine_tuning", "ko").limits.body
    assert "학습용 84개, 평가용 36개" in said
    assert "24개, 헤드만 학습하면 28개(p = 0.34)" in said


@pytest.mark.real_model
def test_a_model_that_has_read_reviews_learns_from_them_as_a_whole():
    after, against = train("classroom-bert-ko", Settings(what="full", epochs=4, rate=USUAL_RATE["full"], seed=0))
    assert after - against.gained + against.lost == 20
    assert after == pytest.approx(28, abs=1)
    assert against.gained - against.lost >= 6
    assert "20개, 전부를 4에포크 학습하면 28개(9개를 더 맞히고 1개를 놓침, p = 0.02)" in one_line(
        lesson("fine_tuning", "ko").limits.body
    )
