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


@pytest.mark.real_model
def test_a_trained_head_is_not_clearly_better_than_the_means():
    model, reviews = record("classroom-e5-ko"), read_shipped("korean")
    folder = local_folder(model)
    loaded = loaders.load(model, folder, task=model.task, tokenizer=SharedTokenizer(load_tokenizer(folder)))
    vectors = [untouched_vectors(loaded, [each.text for each in part]) for part in (reviews.training, reviews.held_out)]
    settings = Settings(what="head", epochs=20, rate=USUAL_RATE["head"], seed=0)
    run = Run(loaded, Task(model.id, reviews, settings), (vectors[0], vectors[1]))
    for _event in run.go(lambda: None, session="test"):
        pass
    verdicts = run.outcome().verdicts
    against = verdicts.comparisons["centroid"]
    assert sum(verdicts.after) - against.gained + against.lost == 24
    assert sum(verdicts.after) == pytest.approx(28, abs=1)  # one review is decided by the last digits
    assert not against.is_sure
    said = lesson("fine_tuning", "ko").limits.body
    assert "학습용 84개, 평가용 36개" in said
    assert "24개, 헤드만 학습하면 28개(p = 0.34)" in said
