"""What the lessons say of a gap beyond their questions, measured on the models that they show."""

from __future__ import annotations

import pytest

from components.core.units import to_bits
from components.masked_language.gaps import fill_stepwise, gaps
from components.masked_language.reading import read
from components.masked_language.surprise import surprises
from tests.unit import built_in
from tests.unit.lessons import words_of

pytestmark = pytest.mark.real_model

MODELS = {"en": "classroom-bert", "ko": "classroom-bert-ko"}


def model_of(code):
    return built_in.load(MODELS[code])


def reading_of(model, text):
    return read(model.tokenizer, text, model=model.record.id)


def candidates(model, text, *, top=8):
    [gap] = gaps(model, reading_of(model, text), top=top)
    return gap.candidates


SHARES = {
    "en": [
        ("The capital of France is [MASK].", "paris", ".1%", "99.7%"),
        ("The [MASK].", "sea", ".0%", "“sea”, with 2%"),
        ("Lyon is the capital of [MASK].", "france", ".0%", "almost 95%"),
    ],
    "ko": [
        ("대한민국의 수도는 [MASK]입니다.", "서울", ".1%", "99.4%"),
        ("[MASK].", "좋다", ".0%", "‘좋다’로 바뀌고 확률도 17%"),
        ("선생님은 [MASK]에서 일합니다.", "학교", ".0%", "학교가 99%"),
        ("제주도는 [MASK]의 수도입니다.", "한국", ".0%", "‘한국’이 58%"),
    ],
}


@pytest.mark.parametrize("code", MODELS)
def test_the_shares_in_the_lesson_are_those_of_the_model(code):
    model = model_of(code)
    for text, word, form, said in SHARES[code]:
        best = candidates(model, text)[0]
        assert best.text == word, text
        assert format(best.probability, form) in said, (text, best.probability)
        assert said in words_of("masked_language", code), said


FIRST = {
    "en": [("The [MASK] flew to its nest.", "bird"), ("The [MASK] flew to its airport.", "plane")],
    "ko": [
        ("[MASK]는 야옹 하고 웁니다.", "고양이"),
        ("[MASK]는 멍멍 하고 웁니다.", "개"),
        ("대한민국의 수도는 어디입니까? [MASK]", "."),
        ("우리는 호수에서 [MASK]를 봤다.", "영화"),
    ],
}


@pytest.mark.parametrize("code", MODELS)
def test_what_comes_first_in_other_words_is_what_the_lesson_says(code):
    model = model_of(code)
    assert [(text, candidates(model, text)[0].text) for text, _ in FIRST[code]] == FIRST[code]


def test_the_reasons_of_the_korean_prediction_are_those_of_the_model():
    best = candidates(model_of("ko"), "[MASK]는 아기를 낳았다.")
    assert [each.text for each in best[:2]] == ["아버지", "어머니"]
    assert f"{best[1].probability:.0%}" == "10%"
    assert "고양이" not in [each.text for each in best]
    said = words_of("masked_language", "ko")
    assert "2위이고 10%예요" in said
    assert "8위 안에도 없어요" in said


def test_two_korean_gaps_do_not_match_at_once_and_match_in_turn():
    reading = reading_of(model_of("ko"), "[MASK]은 [MASK]에서 일합니다.")
    assert [gap.candidates[0].text for gap in gaps(model_of("ko"), reading, top=1)] == ["선생님", "병원"]
    filled = {step.position: step.chosen.text for step in fill_stepwise(model_of("ko"), reading)}
    assert [filled[position] for position in sorted(filled)] == ["선생님", "학교"]


def test_only_the_cat_that_barks_is_a_surprise():
    barks, meows = (
        {reading.tokens[each.position].piece: to_bits(each.nats) for each in surprises(model_of("ko"), reading).tokens}
        for reading in (reading_of(model_of("ko"), f"고양이는 {sound} 하고 웁니다.") for sound in ("멍멍", "야옹"))
    )
    assert barks.pop("▁고양이") > 12
    assert max(barks.values()) < 1
    assert meows["▁고양이"] < 1
