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
from components.ui.guide.lesson import lesson
from tests.unit import built_in
from tests.unit.lessons import words_of

MODEL = "classroom-bert-ko"
FEW, FACTS, ALWAYS = 4, 6, 7
"""The cards of the twelve reviews, of the invented capitals, and of texts that are no reviews."""


@cache
def vectors(model_id, examples):
    """Return the vector of each of these examples before any training."""
    return dict(
        zip(examples, untouched_vectors(built_in.encoder(model_id), [each.text for each in examples]), strict=True)
    )


def read(model_id, examples):
    """Return the vectors of both parts before any training."""
    of = vectors(model_id, tuple(sorted((*examples.training, *examples.held_out), key=lambda each: each.text)))
    return tuple(np.stack([of[each] for each in part]) for part in (examples.training, examples.held_out))


def train(what="head", *, model_id=MODEL, whole=None, count=84, epochs=20, seed=0):
    """Return what comes of a training as the page does it, by default of the head that the cards show."""
    examples = some_of(whole or read_shipped("korean"), count, seed=seed)
    settings = Settings(what=what, epochs=epochs, rate=USUAL_RATE[what], seed=seed)
    run = Run(built_in.encoder(model_id), Task(model_id, examples, settings), read(model_id, examples))
    for _event in run.go(lambda: None, session="test"):
        pass
    return run.outcome()


def counts(outcome):
    """Return how many held-out texts are right afterwards, and by their class means."""
    return sum(outcome.verdicts.after), sum(outcome.verdicts.nearest_mean)


@pytest.mark.parametrize("code", ["en", "ko"])
def test_the_cards_show_what_the_checks_train(code):
    with use(code):
        asked = lesson_examples()
    for card in lesson("fine_tuning", code).cards:
        if card.values:
            assert card.values["model"] == asked.model, card.title
            assert card.values["data"] in (asked.data, "own"), card.title
    shares = [option.answer for option in lesson("fine_tuning", code).predict.question.options]
    assert shares == [f"{share}%" for share in asked.shares]


@pytest.mark.real_model
def test_a_trained_head_has_more_right_than_the_means_and_that_can_be_chance():
    outcomes = [train(seed=seed) for seed in range(12)]
    assert counts(outcomes[0]) == (26, 20)
    against = outcomes[0].verdicts.comparisons["centroid"]
    assert (against.gained, against.lost) == (9, 3)
    assert "26개(72%)를 맞히지만" in words_of("fine_tuning", "ko")
    assert "9개를 더 맞히고 3개를 놓치는데, 이 정도는 우연일 수 있어요(p = 0.15)" in words_of("fine_tuning", "ko")
    right = [sum(each.verdicts.after) for each in outcomes]
    assert (min(right), max(right)) == (25, 27)
    assert not any(each.verdicts.comparisons["centroid"].is_sure for each in outcomes)
    assert "12개에서 25개에서 27개가 나왔고, p는 한 번도 0.05보다 작지 않았어요" in words_of("fine_tuning", "ko")


@pytest.mark.thorough
@pytest.mark.real_model
def test_a_model_that_has_read_reviews_learns_from_them_as_a_whole():
    outcome = train("full", epochs=4)
    against = outcome.verdicts.comparisons["centroid"]
    assert counts(outcome) == (pytest.approx(29, abs=1), 20)  # one review is decided by the last digits
    assert against.is_sure
    assert "29개(65%에서 90%, 10개를 더 맞히고 1개를 놓침, p = 0.01)" in words_of("fine_tuning", "ko")


@pytest.mark.real_model
def test_with_classroom_e5_a_trained_head_is_not_clearly_better():
    outcome = train(model_id="classroom-e5-ko")
    assert counts(outcome) == (pytest.approx(28, abs=1), 24)
    assert not outcome.verdicts.comparisons["centroid"].is_sure
    assert "24개, 헤드만 학습하면 28개(p = 0.34)" in words_of("fine_tuning", "ko")


@pytest.mark.real_model
def test_on_twelve_reviews_only_the_loss_in_training_keeps_falling():
    values = lesson("fine_tuning", "ko").cards[FEW].values
    measured = train(count=int(values["count"])).measured
    held_out = [to_bits(each.loss) for each in measured]
    lowest = int(np.argmin(held_out))
    assert 9 <= lowest <= 13
    assert held_out[lowest] < held_out[0] - 0.03
    assert held_out[-1] > held_out[lowest] + 0.004
    losses = [each.training_loss for each in measured[1:]]
    assert losses == sorted(losses, reverse=True)
    assert to_bits(losses[-1]) < 0.42


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
    outcome = train(whole=examples, count=int(values["count"]))
    assert counts(outcome)[0] == 0
    assert to_bits(outcome.measured[-1].training_loss) < 0.75


@pytest.mark.real_model
def test_what_is_no_review_gets_a_high_probability_too():
    texts = lesson("fine_tuning", "ko").cards[ALWAYS].values["sentences"].split("\n")
    outcome = train()
    square, *_others = outcome.after.head.probabilities(untouched_vectors(built_in.encoder(MODEL), texts)).max(axis=1)
    assert texts[0] == "지구는 네모나요."
    assert f"{square:.0%}" == "70%"
    assert sum(outcome.after.probabilities.max(axis=1) < square) == 28
    reason = lesson("fine_tuning", "ko").cards[ALWAYS].question.options[0].reason
    assert "여기서 부정 70%예요. 리뷰 36개 가운데 28개보다 높죠" in reason
