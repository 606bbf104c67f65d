"""What the lesson says of the built-in models in each language, measured on them."""

from __future__ import annotations

import pytest

from components.attention.capture import capture
from components.attention.corpus_search import read_sentences
from components.attention.known_heads import known_labels
from components.attention.lesson_examples import Look, begins_word, count_looks_back, examples, name_token
from components.attention.scene import row_worth_a_look
from components.attention.views.guide import ENOUGH, judge_beginnings
from components.core.i18n import LANGUAGES, use
from components.models.registry import record
from components.ui.guide.lesson import lesson

pytestmark = pytest.mark.real_model


def of(code: str):
    with use(code):
        return examples()


def look(loaded, asked: Look, text: str):
    attention = capture(loaded, text).main
    names = [name_token(token) for token in attention.key_tokens]
    row = len(names) - 1 - names[::-1].index(asked.looks)
    return names, attention.of_head(asked.layer, asked.head)[row]


@pytest.mark.parametrize("code", LANGUAGES)
def test_an_example_is_read_by_a_model_of_its_language_and_is_in_the_lesson(code):
    asked, prose = of(code), lesson("attention", code)
    for each in (asked.first, asked.hidden):
        assert code in record(each.model).languages
    assert asked.first.text.rstrip(".") in str(prose.predict.question)
    assert asked.hidden.text in [card.values.get("text") for card in prose.cards]


def test_a_korean_particle_looks_at_the_noun_before_it(classroom_e5_ko):
    asked = of("ko").first
    names, weights = look(classroom_e5_ko, asked, asked.text)
    assert names[int(weights.argmax())] == "고양이"
    assert weights.max() > 0.8


def test_the_page_opens_in_korean_on_a_particle_that_looks_at_its_noun(classroom_bert_ko):
    values = lesson("attention", "ko").defaults
    assert values["model"] == "classroom-bert-ko"
    attention = capture(classroom_bert_ko, values["text"]).main
    layer, head = int(values["layer"]), int(values["head"])
    row = row_worth_a_look(attention, layer, head)
    names = [name_token(token) for token in attention.key_tokens]
    weights = attention.of_head(layer, head)[row]
    assert (names[row], names[int(weights.argmax())]) == ("가", "친구")
    assert weights.max() > 0.9
    assert known_labels("classroom-bert-ko")[layer, head].role == "previous_token"


def test_particles_are_not_what_the_head_is_about(classroom_e5_ko):
    """Other tokens inside words look back as often; the first tokens of words do so less often."""
    asked = of("ko")
    sentences = read_sentences(["ko"])
    counts = count_looks_back(
        classroom_e5_ko, sentences, layer=asked.hidden.layer, head=asked.hidden.head, particles=asked.particles
    )
    share = {kind: each.back / each.tokens for kind, each in counts.items()}
    assert all(each.tokens > 80 for each in counts.values())
    assert share["particle"] > 0.95
    assert share["inside"] > 0.9
    assert share["beginning"] < 0.65


def test_the_roles_that_the_korean_lesson_counts_and_names():
    found = known_labels("classroom-e5-ko")
    said = " ".join(card.conclusion or "" for card in lesson("attention", "ko").cards)
    assert f"144개 중 {len(found)}개" in said
    assert f"{144 - len(found)}개에는 없어요" in said
    assert (found[2, 6].role, found[2, 6].stable) == ("next_token", True)
    assert (found[4, 5].role, found[4, 5].stable) == ("first_token", True)


@pytest.mark.parametrize("sentence", ["나는 너를 좋아한다.", "그는 문을 열었다."])
def test_the_solution_solves_the_korean_exercise(classroom_e5_ko, sentence):
    asked = of("ko").hidden
    assert sentence.rstrip(".") in lesson("attention", "ko").exercise.solution
    assert judge_beginnings(capture(classroom_e5_ko, sentence).main, asked, sentence).solved


@pytest.mark.parametrize("sentence", ["고양이가 매트 위에 앉았다.", "고양이가", "안녕!"])
def test_what_does_not_solve_it(classroom_e5_ko, sentence):
    assert not judge_beginnings(capture(classroom_e5_ko, sentence).main, of("ko").hidden, sentence).solved
    assert ENOUGH < 1


def test_the_mark_of_a_space_alone_begins_no_word(classroom_e5_ko):
    tokens = capture(classroom_e5_ko, "그는 문을 열었다.").main.key_tokens
    assert [name_token(token) for token in tokens if begins_word(token)] == ["그는", "열"]
