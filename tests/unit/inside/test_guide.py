"""What the lesson says in its sentences, computed anew; and the verdicts on the exercise."""

from __future__ import annotations

from collections import Counter
from itertools import permutations

import numpy as np
import pytest
import torch

from components.core.i18n import LANGUAGES
from components.inside.attribution import attribute
from components.inside.errors import SameAnswer
from components.inside.intervention import tabulate_swaps
from components.inside.lens import read_lens
from components.inside.reading import find_token, read_text, run
from components.inside.stages import list_stages
from components.inside.views import guide
from components.inside.writing import heads_push, neurons_push
from components.ui.guide.lesson import parse
from tests.unit.source_tree import ROOT

pytestmark = pytest.mark.real_model

COUNTRIES = "France Germany Italy Japan Spain Russia"
"""Whose capitals the model knows."""


@pytest.fixture(autouse=True)
def _same_model(monkeypatch, classroom_gpt2):
    monkeypatch.setattr(guide.cached, "causal_lm", lambda _model_id: classroom_gpt2)


@pytest.fixture(scope="module")
def france(classroom_gpt2):
    return run(classroom_gpt2, read_text(classroom_gpt2, guide.FRANCE), in_detail=True)


def lesson(code):
    return parse((ROOT / "components" / "inside" / f"lesson.{code}.md").read_text(encoding="utf-8"), name=code)


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_model_gives_the_answers_that_the_reasons_are_written_for(code):
    expected = {
        "layer": 2,
        "row": 0,
        "first": 1,
        "share": 2,
        "writes": 2,
        "neuron": 0,
        "table": 1,
        "swap": 0,
        "guilty": 2,
    }
    asked = {card.question.check: card.question for card in lesson(code).cards if card.question is not None}
    assert {name: guide.CHECKS[name]().index(question) for name, question in asked.items()} == expected


@pytest.mark.parametrize(
    ("text", "other", "layer"),
    [
        ("Monday comes after", "Friday comes after", 3),
        ("Two plus two is", "Two plus five is", 2),
        ("The husband and his", "The wife and his", 3),
    ],
)
def test_the_solutions_solve_the_exercise(text, other, layer):
    verdict = guide.judge_pair(text, other)
    assert verdict.solved
    assert f"crosses in layer {layer}" in verdict.evidence


@pytest.mark.parametrize(
    ("text", "other", "said"),
    [
        (guide.FRANCE, guide.GERMANY, "before layer 4"),
        (guide.GERMANY, guide.FRANCE, "crosses in layer 5"),
        ("The capital of Japan is", "The capital of Italy is", "before layer 4"),
        ("I read a", "I read the", "the last token"),
        ("The capital of France is", "France is the capital of", "differ in 5 tokens"),
    ],
)
def test_an_attempt_that_fails_is_told_why(text, other, said):
    verdict = guide.judge_pair(text, other)
    assert not verdict.solved
    assert said in verdict.evidence


def test_in_which_layers_pairs_of_capitals_cross(classroom_gpt2):
    texts = [f"The capital of {country} is" for country in COUNTRIES.split()]
    passes = [run(classroom_gpt2, read_text(classroom_gpt2, text)) for text in texts]
    flips = Counter()
    for one, other in permutations(passes, 2):
        table = tabulate_swaps(one, other, rows=["mlp.3", "mlp.4"])
        flips[tuple(table.is_flipped[:, guide.COUNTRY].tolist())] += 1
    assert flips == {(True, False): 23, (True, True): 7}


def test_two_vectors_of_one_word_become_less_alike_from_layer_to_layer(classroom_gpt2):
    done = run(classroom_gpt2, read_text(classroom_gpt2, guide.BANKS))
    first, second = (index for index, token in enumerate(done.tokens) if token.text.strip() == "bank")
    ends = [done.streams[row].double() for row in done.rows[1:] if row.startswith("mlp")]
    cosines = [float(torch.cosine_similarity(each[first], each[second], dim=0)) for each in ends]
    assert cosines == sorted(cosines, reverse=True)


def test_two_sentences_with_one_answer_are_refused():
    with pytest.raises(SameAnswer):
        guide.judge_pair("The sky is", "The grass is")


def test_what_the_cards_say_of_the_rows(classroom_gpt2, france):
    paris, the, country = (find_token(classroom_gpt2, word) for word in ("Paris", "the", "France"))
    lens = read_lens(france, [paris, the, country])
    at = lens.rows.index
    assert lens.watched_ranks[at("attention.3"), 4, 0] == 350
    assert lens.watched_probabilities[at("mlp.3"), 4, 0] == pytest.approx(0.001, abs=5e-4)
    assert lens.watched_probabilities[at("mlp.4"), 4, :2] == pytest.approx([0.14, 0.21], abs=5e-3)
    assert lens.watched_probabilities[at("attention.5"), 4, [0, 2]] == pytest.approx([0.66, 0.21], abs=6e-3)
    assert lens.watched_probabilities[at("mlp.5"), 4, [0, 2]] == pytest.approx([0.91, 0.01], abs=5e-3)
    assert float(france.logits[4, paris]) == pytest.approx(12.2, abs=0.05)


def test_what_the_card_computes_by_hand(france):
    stages = list_stages(france).by_name
    scores = stages["attention.4.scores"].value[7, 4]
    assert scores[3] * np.sqrt(32) == pytest.approx(-15.7, abs=0.05)
    assert np.sort(scores)[::-1] == pytest.approx([-2.8, -5.9, -8.1, -9.2, -10.3], abs=0.05)
    shares = stages["attention.4.weights"].value[7, 4]
    assert shares[3] / np.sort(shares)[-2] == pytest.approx(22, abs=0.5)
    assert shares[1] == pytest.approx(0.005, abs=5e-4)


def test_what_the_cards_say_of_head_and_neuron(classroom_gpt2, france):
    pushed = [token for token, _push in heads_push(france, "attention.4", 4)[7].up]
    assert [classroom_gpt2.tokenizer.decode([token]) for token in pushed] == [
        " France",
        " French",
        " Paris",
        " Luxembourg",
        " Lyon",
    ]
    [strongest] = neurons_push(france, "mlp.5", 4, count=1)
    assert strongest.number == 267
    down = {classroom_gpt2.tokenizer.decode([token]).strip() for token, _push in strongest.down}
    assert {"Scotland", "Algeria"} <= down
    scores = guide.neuron_scores(france, 267)
    ids = {word: find_token(classroom_gpt2, word) for word in ("Paris", "France", "London", "Tokyo", "Mexico")}
    assert scores[ids["Paris"]] - scores[ids["France"]] == pytest.approx(2.0, abs=0.05)
    assert scores[ids["Paris"]] < min(scores[ids["London"]], scores[ids["Tokyo"]])
    assert scores[ids["Mexico"]] > 0
    effects = attribute(france, 4, ids["Paris"], ids["France"]).effects
    assert next(each.difference for each in effects if each.name == "mlp.5") == pytest.approx(3.8, abs=0.05)


def test_the_strongest_direct_effect_is_that_of_the_head_that_looked_guilty(classroom_gpt2, france):
    paris, berlin = (find_token(classroom_gpt2, word) for word in ("Paris", "Berlin"))
    effects = attribute(france, 4, paris, berlin).effects
    assert max(effects, key=lambda each: each.difference).name == "attention.5.10"


def test_no_swap_between_the_capitals_gives_a_third_answer(classroom_gpt2, france):
    other = run(classroom_gpt2, read_text(classroom_gpt2, guide.GERMANY))
    table = tabulate_swaps(france, other)
    # more than what is left for all other tokens together
    best = np.maximum(table.answer_probabilities, table.other_probabilities)
    assert (best > 1 - table.answer_probabilities - table.other_probabilities).all()


def test_the_tally_of_parameters(classroom_gpt2):
    numbers = {name: parameter.numel() for name, parameter in classroom_gpt2.model.named_parameters()}
    total = sum(numbers.values())
    assert total == pytest.approx(30.1e6, abs=5e4)
    for part, share in ((".wte.", 0.64), (".mlp.", 0.24), (".attn.", 0.12)):
        held = sum(count for name, count in numbers.items() if part in name)
        assert held / total == pytest.approx(share, abs=5e-3), part
    assert torch.equal(classroom_gpt2.model.transformer.wte.weight, classroom_gpt2.model.lm_head.weight)
