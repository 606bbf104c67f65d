"""What the Korean lesson says in its sentences, computed again from the weights of the Korean model."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from components.inside.attribution import attribute
from components.inside.intervention import switch_off, tabulate_swaps
from components.inside.lens import read_lens
from components.inside.reading import find_token, read_text, run
from components.inside.stages import list_stages
from components.inside.views import guide
from components.inside.writing import heads_push, neurons_push
from tests.unit.lessons import words_of

pytestmark = pytest.mark.real_model

SEOUL, TOKYO = "대한민국의 수도는 어디입니까?", "일본의 수도는 어디입니까?"
KOREA, END = 1, 8
"""Positions in both."""


@pytest.fixture(scope="module")
def seoul(classroom_gpt_ko):
    return run(classroom_gpt_ko, read_text(classroom_gpt_ko, SEOUL), in_detail=True)


def test_what_the_korean_cards_say_of_the_rows(classroom_gpt_ko, seoul):
    lens = read_lens(seoul, [find_token(classroom_gpt_ko, "서울")])
    at = lens.rows.index
    best = {row: classroom_gpt_ko.tokenizer.decode([int(lens.token_ids[at(row), END, 0])]).strip() for row in lens.rows}
    assert best["attention.4"] == "헤"
    assert best["mlp.4"] == best["attention.5"] == best["mlp.5"] == "서울"
    assert lens.watched_ranks[at("attention.4"), END] == 2
    shares = [lens.watched_probabilities[at(row), END, 0] for row in ("attention.4", "mlp.4", "attention.5", "mlp.5")]
    assert shares == pytest.approx([0.0055, 0.230, 0.182, 0.983], abs=6e-4)
    assert float(seoul.logits[END, find_token(classroom_gpt_ko, "서울")]) == pytest.approx(12.5, abs=0.05)


def test_the_attention_of_layer_4_brings_the_country_before_its_mlp_says_the_answer(classroom_gpt_ko, seoul):
    other = run(classroom_gpt_ko, read_text(classroom_gpt_ko, TOKYO))
    table = tabulate_swaps(seoul, other, rows=["mlp.3", "attention.4"])
    assert table.is_flipped[:, END].tolist() == [False, True]


def test_what_the_korean_card_computes_by_hand(seoul):
    stages = list_stages(seoul).by_name
    scores = stages["attention.4.scores"].value[10, END]
    assert scores[KOREA] * np.sqrt(32) == pytest.approx(46.7, abs=0.05)
    assert [scores[KOREA], scores[0], scores.sum()] == pytest.approx([8.3, 3.7, 24.0], abs=0.05)
    assert scores[0] == np.sort(scores)[-2]
    assert scores[KOREA] / scores.sum() == pytest.approx(0.34, abs=5e-3)
    assert 1 / len(scores) == pytest.approx(0.11, abs=5e-3)
    shares = stages["attention.4.weights"].value[10, END]
    assert scores[KOREA] - scores[0] == pytest.approx(4.6, abs=0.05)
    assert shares[KOREA] / np.sort(shares)[-2] == pytest.approx(100, abs=5)


def test_what_the_korean_cards_say_of_the_head(classroom_gpt_ko, seoul):
    capital, country = (find_token(classroom_gpt_ko, word) for word in ("수도", "대한민국"))
    push = heads_push(seoul, "attention.5", END, watched=[capital, country])[3]
    up = [classroom_gpt_ko.tokenizer.decode([token]).strip() for token, _push in push.up]
    assert up == ["서울", "김", "석", "시장", "북"]
    assert push.watched == pytest.approx((0.9, 1.9), abs=0.05)
    weights = next(record.weights[0] for record in seoul.layers if record.layer == 5)
    assert float(weights[3, END, KOREA]) == pytest.approx(0.99, abs=5e-3)
    assert float(weights[3, END, 3]) < 0.001


def test_the_vector_of_the_country_does_not_know_what_is_asked(classroom_gpt_ko, seoul):
    """So the head that fetches it brings what belongs to the country, whatever the question is."""
    asked = run(classroom_gpt_ko, read_text(classroom_gpt_ko, "대한민국의 음식은 무엇입니까?"))
    for row in seoul.rows:
        assert torch.allclose(asked.streams[row][KOREA], seoul.streams[row][KOREA], atol=1e-4), row


def test_what_the_korean_card_says_of_the_neuron(classroom_gpt_ko, seoul):
    [strongest] = neurons_push(seoul, "mlp.4", END, count=1)
    assert strongest.number == 783
    assert [classroom_gpt_ko.tokenizer.decode([token]).strip() for token, _push in strongest.up[:3]] == [
        "도시",
        "곳",
        "서울",
    ]
    scores = guide.neuron_scores(seoul, "mlp.4", 783)
    answer, country, city, tokyo, korea, america = (
        find_token(classroom_gpt_ko, word) for word in ("서울", "대한민국", "도시", "도쿄", "한국", "미국")
    )
    assert scores[answer] - scores[country] == pytest.approx(0.9, abs=0.05)
    assert scores[city] > scores[answer]
    assert scores[tokyo] == pytest.approx(1.0, abs=0.05)
    assert max(scores[korea], scores[america]) < 0
    effects = attribute(seoul, END, answer, country).effects
    assert next(each.difference for each in effects if each.name == "mlp.4") == pytest.approx(5.4, abs=0.05)
    ten = classroom_gpt_ko.tokenizer.tokens(np.argsort(-scores)[:10].tolist())
    assert {"웠", "헤"} <= set(ten), "the limits say so"


def test_what_the_korean_card_says_of_the_heads(classroom_gpt_ko, seoul):
    answer, other = (find_token(classroom_gpt_ko, word) for word in ("서울", "도쿄"))
    heads = {
        each.name: each.difference for each in attribute(seoul, END, answer, other).effects if each.head is not None
    }
    assert len(heads) == 72
    assert max(heads, key=heads.__getitem__) == "attention.5.3"
    assert abs(heads["attention.2.6"]) < 0.05
    left = {}
    for name in heads:
        changed = run(classroom_gpt_ko, seoul.given, switch_off(classroom_gpt_ko, [name]))
        left[name] = float(changed.logits_at(END).softmax(-1)[answer])
    assert min(left, key=left.__getitem__) == "attention.2.6"
    shares = [left[name] for name in ("attention.5.3", "attention.4.10", "attention.2.6")]
    assert shares == pytest.approx([0.915, 0.897, 0.712], abs=6e-4)
    for share in shares:
        assert f"{share:.1%}" in words_of("inside", "ko")


def test_no_swap_between_seoul_and_tokyo_gives_a_third_answer(classroom_gpt_ko, seoul):
    other = run(classroom_gpt_ko, read_text(classroom_gpt_ko, TOKYO))
    table = tabulate_swaps(seoul, other)
    best = np.maximum(table.answer_probabilities, table.other_probabilities)
    assert (best > 1 - table.answer_probabilities - table.other_probabilities).all()
    ends = tabulate_swaps(seoul, other, rows=["mlp.3", "mlp.5"]).is_flipped
    assert ends[:, KOREA].tolist() == [True, False]
    assert ends[:, END].tolist() == [False, True]


def test_two_korean_words_written_alike_differ_from_the_first_attention_on(classroom_gpt_ko):
    """The quiz: one id, one row, and at the same place."""
    ship, pear = (
        run(classroom_gpt_ko, read_text(classroom_gpt_ko, text)) for text in ("큰 배를 탔다", "단 배를 먹었다")
    )
    assert ship.tokens[2].piece == pear.tokens[2].piece == "▁배"
    assert torch.equal(ship.streams["embedding"][2], pear.streams["embedding"][2])
    assert not torch.allclose(ship.streams["attention.0"][2], pear.streams["attention.0"][2], atol=0.01)
