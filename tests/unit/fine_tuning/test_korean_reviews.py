"""What the Korean lesson says of the Korean reviews, measured with the model that reads them."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from components.core.i18n import use
from components.core.units import to_bits
from components.fine_tuning.csv_examples import parse_csv
from components.fine_tuning.examples import divide, read_shipped, some_of
from components.fine_tuning.lesson_examples import lesson_examples
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

MODEL = "classroom-bert-ko"
FEW, FACTS, ALWAYS = 4, 6, 7
"""The cards of the twelve reviews, of the invented capitals, and of texts that are no reviews."""


@cache
def encoder(model_id):
    model = record(model_id)
    folder = local_folder(model)
    loaded = loaders.load(model, folder, task=model.task, tokenizer=SharedTokenizer(load_tokenizer(folder)))
    return loaders.encoder_of(loaded) if model.task == "fill-mask" else loaded


@cache
def read(model_id, examples):
    """Return the vectors of both parts before any training."""
    parts = (examples.training, examples.held_out)
    return tuple(untouched_vectors(encoder(model_id), [each.text for each in part]) for part in parts)


def train(what="head", *, model_id=MODEL, examples=None, times=3.0, epochs=20, seed=0):
    """Return what comes of a training, by default of the head that the cards show."""
    examples = examples or read_shipped("korean")
    settings = Settings(what=what, epochs=epochs, rate=times * USUAL_RATE[what], seed=seed)
    run = Run(encoder(model_id), Task(model_id, examples, settings), read(model_id, examples))
    for _event in run.go(lambda: None, session="test"):
        pass
    return run.outcome()


def counts(outcome):
    """Return how many held-out texts are right afterwards, and by their class means."""
    return sum(outcome.verdicts.after), sum(outcome.verdicts.nearest_mean)


def limits():
    return " ".join(lesson("fine_tuning", "ko").limits.body.split())


@pytest.mark.parametrize("code", ["en", "ko"])
def test_the_cards_show_what_the_checks_train(code):
    with use(code):
        asked = lesson_examples()
    for card in lesson("fine_tuning", code).cards:
        if card.values:
            assert card.values["model"] == asked.model, card.title
            assert card.values["data"] in (asked.data, "own"), card.title
            is_head = card.values["trained"] == "head"
            assert float(card.values["rate"]) == (asked.rate if is_head else 1), card.title
    shares = [option.answer for option in lesson("fine_tuning", code).predict.question.options]
    assert shares == [f"{share}%" for share in asked.shares]


@pytest.mark.real_model
def test_a_trained_head_has_more_right_than_the_means_and_that_can_be_chance():
    outcomes = [train(seed=seed) for seed in range(12)]
    assert counts(outcomes[0]) == (pytest.approx(26, abs=1), 20)  # one review is decided by the last digits
    assert not outcomes[0].verdicts.comparisons["centroid"].is_sure
    assert {sum(each.verdicts.after) for each in outcomes} <= {25, 26, 27, 28, 29}
    assert outcomes[1].verdicts.comparisons["centroid"].is_sure
    assert counts(train(times=1.0))[0] == pytest.approx(25, abs=1)
    assert "26개(72%)를 맞히지만" in limits()
    assert "9개를 더 맞히고 3개를 놓치는데, 이 정도는 우연일 수 있어요(p = 0.15)" in limits()
    assert "12개에서 26개에서 28개가 나왔고, 28개를 맞힌 시드 1에서는 p가 0.02" in limits()
    assert "보통 학습률이면 25개를 맞혀요(p = 0.23)" in limits()


@pytest.mark.real_model
def test_a_model_that_has_read_reviews_learns_from_them_as_a_whole():
    outcome = train("full", times=1.0, epochs=4)
    against = outcome.verdicts.comparisons["centroid"]
    assert counts(outcome) == (pytest.approx(28, abs=1), 20)
    assert against.gained - against.lost >= 6
    assert "28개(62%에서 88%, 9개를 더 맞히고 1개를 놓침, p = 0.02)" in limits()


@pytest.mark.real_model
def test_with_classroom_e5_a_trained_head_is_not_clearly_better():
    outcome = train(model_id="classroom-e5-ko", times=1.0)
    assert counts(outcome) == (pytest.approx(28, abs=1), 24)
    assert not outcome.verdicts.comparisons["centroid"].is_sure
    assert "24개, 헤드만 학습하면 28개(p = 0.34)" in limits()


@pytest.mark.real_model
def test_on_twelve_reviews_only_the_loss_in_training_keeps_falling():
    values = lesson("fine_tuning", "ko").cards[FEW].values
    measured = train(examples=some_of(read_shipped("korean"), int(values["count"]), seed=0)).measured
    held_out = [to_bits(each.loss) for each in measured]
    lowest = int(np.argmin(held_out))
    assert 3 <= lowest <= 8
    assert held_out[lowest] < held_out[0] - 0.03
    assert held_out[-1] > held_out[lowest] + 0.04
    assert [each.training_loss for each in measured[1:]] == sorted(each.training_loss for each in measured[1:])[::-1]
    assert to_bits(measured[-1].training_loss) < 0.2


@pytest.mark.real_model
def test_no_invented_capital_of_the_held_out_ones_is_right():
    values = lesson("fine_tuning", "ko").cards[FACTS].values
    examples = divide(parse_csv(values["examples"]).examples)
    assert (len(examples.training), len(examples.held_out)) == (14, 6)
    for each in examples.held_out:  # of each name, the sentence in training has the other label
        country, capital = each.text.removesuffix("입니다.").split("의 수도는 ")
        same = [other.label for other in examples.training if country in other.text or capital in other.text]
        assert same
        assert each.label not in same
    outcome = train(examples=examples)
    assert counts(outcome)[0] == 0
    assert to_bits(outcome.measured[-1].training_loss) < 0.6


@pytest.mark.real_model
def test_what_is_no_review_gets_a_high_probability_too():
    texts = lesson("fine_tuning", "ko").cards[ALWAYS].values["sentences"].split("\n")
    outcome = train()
    square, *_others = outcome.after.head.probabilities(untouched_vectors(encoder(MODEL), texts)).max(axis=1)
    assert texts[0] == "지구는 네모나요."
    assert 0.84 < square < 0.92
    assert (outcome.after.probabilities.max(axis=1) < square).mean() > 0.7
