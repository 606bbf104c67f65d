"""What the lessons say in their sentences, computed again; and the verdicts on the exercise."""

from __future__ import annotations

import re
from collections import Counter
from itertools import permutations

import numpy as np
import pytest
import torch

from components.core.i18n import LANGUAGES, use
from components.inside.attribution import attribute
from components.inside.errors import SameAnswer
from components.inside.intervention import tabulate_swaps
from components.inside.lens import read_lens
from components.inside.lesson_examples import lesson_examples
from components.inside.reading import find_token, read_text, run
from components.inside.stages import list_stages
from components.inside.views import guide
from components.inside.writing import heads_push, neurons_push
from components.ui.guide.lesson import lesson
from tests.unit.lessons import words_of

pytestmark = pytest.mark.real_model

every_language = pytest.mark.parametrize("code", LANGUAGES)

FRANCE, GERMANY = "The capital of France is", "The capital of Germany is"
COUNTRY, LAST = 3, 4
"""Positions in both."""
KOREA = 1
"""Position in the Korean sentences."""


@pytest.fixture(autouse=True)
def _same_models(monkeypatch, classroom_gpt2, classroom_gpt_ko):
    models = {"classroom-gpt2": classroom_gpt2, "classroom-gpt-ko": classroom_gpt_ko}
    monkeypatch.setattr(guide.cached, "causal_lm", models.__getitem__)


@pytest.fixture(scope="module")
def france(classroom_gpt2):
    return run(classroom_gpt2, read_text(classroom_gpt2, FRANCE), in_detail=True)


@every_language
def test_the_cards_set_up_what_the_checks_ask(code):
    """A number that is measured on another text or place than the one on the screen would be a puzzle."""
    with use(code):
        asked = lesson_examples()
    cards = {card.question.check: card.values for card in lesson("inside", code).cards if card.question is not None}
    assert {values["model"] for values in cards.values()} == {asked.model}
    assert {check: values["text"] for check, values in cards.items()} == dict.fromkeys(cards, asked.first.text) | {
        "row": asked.homonym.text
    }
    assert cards["swap"]["compare"] == asked.second.text
    for check, head in (("share", asked.looks), ("writes", asked.writes)):
        assert (cards[check]["row"], cards[check]["head"]) == (head.row, str(head.head))
    assert (cards["neuron"]["row"], cards["neuron"]["watch"], cards["neuron"]["against"]) == (
        asked.mlp,
        asked.first.answer,
        asked.first.country,
    )
    assert cards["guilty"]["ablate"] == asked.suspects[0]
    assert (cards["guilty"]["watch"], cards["guilty"]["against"]) == (asked.first.answer, asked.second.answer)
    exercise = lesson("inside", code).exercise.card.values
    assert (exercise["model"], exercise["text"], exercise["compare"]) == (
        asked.model,
        asked.first.text,
        asked.second.text,
    )


@every_language
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
    written = lesson("inside", code)
    asked = {card.question.check: card.question for card in written.cards if card.question is not None}
    with use(code):
        assert {name: guide.CHECKS[name]().index(question) for name, question in asked.items()} == expected


@pytest.mark.parametrize(
    ("code", "text", "other", "layer"),
    [
        ("en", "Monday comes after", "Friday comes after", 3),
        ("en", "Two plus two is", "Two plus five is", 2),
        ("en", "The husband and his", "The wife and his", 3),
        ("ko", "월요일 다음은", "금요일 다음은", 2),
        ("ko", "기쁘다의 반대말은", "나쁘다의 반대말은", 1),
        ("ko", "나쁘다의 반대말은", "기쁘다의 반대말은", 1),
    ],
)
def test_the_solutions_solve_the_exercise(code, text, other, layer):
    with use(code):
        verdict = guide.judge_pair(text, other)
    assert verdict.solved
    crosses = {"en": f"crosses in layer {layer}", "ko": f"정보는 {layer}층에서 건너가요"}[code]
    assert crosses in verdict.evidence


@pytest.mark.parametrize("code", ["en", "ko"])
def test_the_pair_of_the_lesson_is_no_solution(code):
    with use(code):
        asked = lesson_examples()
        assert not guide.judge_pair(asked.first.text, asked.second.text).solved


@pytest.mark.parametrize(
    ("text", "other", "said"),
    [
        (FRANCE, GERMANY, "before layer 4"),
        (GERMANY, FRANCE, "crosses in layer 5"),
        ("The capital of Japan is", "The capital of Italy is", "before layer 4"),
        ("I read a", "I read the", "the last token"),
        ("The capital of France is", "France is the capital of", "differ in 5 tokens"),
    ],
)
def test_an_attempt_that_fails_is_told_why(text, other, said):
    verdict = guide.judge_pair(text, other)
    assert not verdict.solved
    assert said in verdict.evidence


CAPITALS = {
    "en": ("The capital of {} is", "France Germany Italy Japan Spain Russia", COUNTRY),
    "ko": ("{}의 수도는 어디입니까?", "대한민국 일본 중국 프랑스 독일 이탈리아", KOREA),
}
"""Six countries whose capitals the model knows, and where they are in the sentence."""
CROSSINGS = {
    "en": (23, 7, "Of 30 pairs of capitals, 23 cross in layer 4 and 7 in layer 5"),
    "ko": (24, 6, "문장 30쌍 가운데 24쌍은 4층에서, 6쌍은 5층에서 건너가요"),
}


@every_language
def test_in_which_layers_pairs_of_capitals_cross(code):
    text, countries, place = CAPITALS[code]
    with use(code):
        loaded = guide.cached.causal_lm(lesson_examples().model)
    passes = [run(loaded, read_text(loaded, text.format(country))) for country in countries.split()]
    flips = Counter()
    for one, other in permutations(passes, 2):
        table = tabulate_swaps(one, other, rows=["mlp.3", "mlp.4"])
        flips[tuple(table.is_flipped[:, place].tolist())] += 1
    in_4, in_5, said = CROSSINGS[code]
    assert flips == {(True, False): in_4, (True, True): in_5}
    assert said in words_of("inside", code)


@pytest.mark.parametrize(("code", "model"), [("en", "classroom_gpt2"), ("ko", "classroom_gpt_ko")])
def test_two_vectors_of_one_word_become_less_alike_from_layer_to_layer(request, code, model):
    with use(code):
        homonym = lesson_examples().homonym
    loaded = request.getfixturevalue(model)
    done = run(loaded, read_text(loaded, homonym.text))
    first, second = (index for index, token in enumerate(done.tokens) if token.text.strip() == homonym.word)
    assert str(done.given.ids[first]) in lesson("inside", code).steps[0].body
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
    assert lens.watched_ranks[at("attention.3"), 4] == 350
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
    scores = guide.neuron_scores(france, "mlp.5", 267)
    ids = {word: find_token(classroom_gpt2, word) for word in ("Paris", "France", "London", "Tokyo", "Mexico")}
    assert scores[ids["Paris"]] - scores[ids["France"]] == pytest.approx(2.0, abs=0.05)
    assert scores[ids["Paris"]] < min(scores[ids["London"]], scores[ids["Tokyo"]])
    countries = [scores[find_token(classroom_gpt2, word)] for word in lesson_examples().countries.split()]
    assert (len(countries), sum(score < 0 for score in countries)) == (42, 41)
    assert scores[ids["Mexico"]] > 0
    effects = attribute(france, 4, ids["Paris"], ids["France"]).effects
    assert next(each.difference for each in effects if each.name == "mlp.5") == pytest.approx(3.8, abs=0.05)


def test_the_strongest_direct_effect_is_that_of_the_head_that_looked_guilty(classroom_gpt2, france):
    paris, berlin = (find_token(classroom_gpt2, word) for word in ("Paris", "Berlin"))
    effects = attribute(france, 4, paris, berlin).effects
    assert max(effects, key=lambda each: each.difference).name == "attention.5.10"


def test_no_swap_between_the_capitals_gives_a_third_answer(classroom_gpt2, france):
    other = run(classroom_gpt2, read_text(classroom_gpt2, GERMANY))
    table = tabulate_swaps(france, other)
    # more than what is left for all other tokens together
    best = np.maximum(table.answer_probabilities, table.other_probabilities)
    assert (best > 1 - table.answer_probabilities - table.other_probabilities).all()


@pytest.mark.parametrize(
    ("code", "model", "million", "shares"),
    [
        ("en", "classroom_gpt2", 30.1, {".wte.": 64, ".mlp.": 24, ".attn.": 12}),
        (
            "ko",
            "classroom_gpt_ko",
            18.24,
            {"word_embeddings": 40, ("intermediate.dense", r".\d.output.dense"): 39, ".attention.": 19},
        ),
    ],
)
def test_the_tally_of_parameters(request, code, model, million, shares):
    body = request.getfixturevalue(model).model
    numbers = {name: parameter.numel() for name, parameter in body.named_parameters()}
    total = sum(numbers.values())
    assert total == pytest.approx(million * 1e6, abs=5e4)
    for parts, percent in shares.items():
        pattern = "|".join(parts) if isinstance(parts, tuple) else re.escape(parts)
        held = sum(count for name, count in numbers.items() if re.search(pattern, name))
        assert held / total == pytest.approx(percent / 100, abs=5e-3), parts
        assert f"{percent}%" in words_of("inside", code)
    assert torch.equal(body.get_input_embeddings().weight, body.get_output_embeddings().weight)
