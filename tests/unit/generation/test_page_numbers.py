"""Small numbers of the page: heat, measures, examples that suit a model, the lesson's answers, the next-word game."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.core.i18n import use
from components.engines.contract import Finished, Message, Request, Token
from components.engines.scoring import Guess
from components.generation.answer import Answer
from components.generation.comparison import measures
from components.generation.examples import EXAMPLES, NO_CODE, NO_INSTRUCTIONS, why_not
from components.generation.export import document, link_values
from components.generation.lesson_examples import examples, passages
from components.generation.questions import (
    FIRST_WORD,
    SEEDS,
    SHARES,
    Attempt,
    Played,
    Round,
    compare_repeats,
    count_texts,
    nearest,
    nucleus,
    rounds,
    score,
    with_seeds,
)
from components.generation.views.answer import FULL_HEAT_BITS, measure_warmth


def token(text="a", logprob=-1.0, entropy=1.0):
    return Token(text, 1, logprob, entropy)


def test_heat_grows_with_surprisal_up_to_its_full_colour():
    cold, warm, hot = measure_warmth(
        [token(logprob=0.0), token(logprob=-6 * math.log(2)), token(logprob=-99.0)], "surprisal"
    )
    assert cold.heat == 0
    assert warm.heat == pytest.approx(6 / FULL_HEAT_BITS["surprisal"])
    assert hot.heat == 1


def test_heat_of_what_no_engine_tells_is_unknown():
    [unknown] = measure_warmth([Token("a")], "entropy")
    assert unknown.heat is None


def test_a_loop_has_few_different_words():
    found = measures([token("The film. The film. "), token("the film.", -2.0)])
    assert (found.words, found.different_words, found.logprob) == (6, 2, -3.0)


def test_a_text_with_a_token_of_unknown_chance_has_no_sum():
    assert measures([token(), Token("b")]).logprob is None
    assert measures([]).logprob is None


def reason(title, **model):
    known = {"follows_instructions": False, "is_for_lessons": False, "languages": ("en",)} | model
    return why_not(next(each for each in EXAMPLES if each.title == title), **known)


def test_examples_say_what_a_model_lacks():
    assert reason("Star Trek") is None
    assert str(reason("Film review, in Korean")) == "This model was trained to write this language only: English."
    assert reason("Film review, in Korean", languages=("en", "ko")) is None
    assert reason("Dutch", languages=("en", "ko"), follows_instructions=True) is None, "a long list is never complete"
    assert reason("Summarise") == NO_INSTRUCTIONS
    assert reason("Code", is_for_lessons=True) == NO_CODE
    assert reason("Code") is None


def test_a_model_that_writes_korean_alone_gets_korean_examples():
    korean = {"is_for_lessons": True, "languages": ("ko",)}
    assert [each.title for each in EXAMPLES if reason(each.title, **korean) is None] == [
        "Star Trek, in Korean",
        "Film review, in Korean",
        "Conversation, in Korean",
        "Capital, in Korean",
    ]
    assert reason("Code", **korean) == NO_CODE
    with use("ko"):
        assert str(reason("Star Trek", **korean)) == "이 모델이 쓸 줄 아는 언어는 한국어뿐이에요."


def test_the_nucleus_of_a_sure_model_is_small():
    scores = np.zeros(1000, dtype=np.float32)
    scores[7] = 20
    assert nucleus(scores).kept == 1
    assert nucleus(scores).option == "< 1%"


def test_the_nucleus_of_a_model_that_knows_nothing_is_what_its_name_suggests():
    found = nucleus(np.zeros(1000, dtype=np.float32))
    assert found.kept == pytest.approx(900, abs=2)
    assert found.option == "90%"
    assert max(SHARES.values()) == 1


def test_a_phrase_is_measured_where_it_comes_first_and_second():
    text = [token("a", -1.0), token(" b", -2.0), token(" c", -1.0), token("a", -0.5), token(" b", -0.5), token("ab")]
    found = compare_repeats(text, "a b")
    assert found.first == pytest.approx(3.0 / math.log(2))
    assert found.second == pytest.approx(1.0 / math.log(2))
    assert found.change == "falls"
    assert compare_repeats([token("ab"), *text], "ab").change == "stays"
    with pytest.raises(ValueError, match="1 times"):
        compare_repeats(text, " c")


def test_counts_become_the_nearest_answer_of_the_lesson():
    assert [nearest(count, (0, 45, 250)) for count in (3.0, 46.3, 240.0)] == ["0", "45", "250"]
    assert [count_texts(Attempt(tuple("abcde"[:different].ljust(5, "a")))) for different in (1, 3, 5)] == [
        "1",
        f"2–{len(SEEDS) - 1}",
        "5",
    ]


def test_seeds_make_a_difference_unless_only_one_token_can_come(engine):
    def different(**settings):
        request = Request(prompt="Star", strategy="sample", **settings)
        return with_seeds(engine(), request, checkpoint=lambda: None, session="").different

    assert different(temperature=2.0) > 1
    assert different(top_k=1) == 1
    assert different(temperature=0.0) == 1


def answered():
    request = Request(mode="chat", messages=(Message("user", "a secret"),))
    made = Answer("transformers", "m", request, {"prompt": "a secret", "temperature": 0.8})
    made.add(token(" told"))
    made.add(Finished("length"))
    return made


def test_history_holds_no_text_unless_it_is_wanted():
    plain = document([answered()], with_text=False)
    assert "secret" not in plain
    assert "told" not in plain
    assert json.loads(plain)[0]["settings"] == {"temperature": 0.8}
    assert "prompt" not in link_values(answered(), with_text=False)


def test_history_with_text_holds_prompt_and_answer():
    [row] = json.loads(document([answered()], with_text=True))
    assert row["messages"] == [{"role": "user", "text": "a secret"}]
    assert row["result"]["text"] == " told"
    assert link_values(answered(), with_text=True)["prompt"] == "a secret"


def guessed(rank, probability):
    return Guess(
        pieces=(1,), probability=probability, rank=rank, is_first_choice=rank == 1, first=probability, candidates=()
    )


def played(typed, word, *, rank):
    return Played(Round("before", word), typed, guessed(9, 0.1), guessed(rank, 0.25))


def test_every_word_after_the_first_ones_is_hidden_once():
    [passage, *_] = examples().passages
    found = rounds(passage)
    assert found[0].before == "The old captain"
    assert [each.word for each in found[:2]] == ["looked", "at"]
    assert found[-1].word == "storm"
    assert len(found) == len(passage.split()) - FIRST_WORD


def test_the_game_has_texts_in_a_language_that_the_model_has_learned():
    english = examples().passages
    assert passages(()) == passages(("en",)) == passages(("ko", "en")) == passages(("fr",)) == english
    with use("ko"):
        korean = examples().passages
        assert passages(()) == passages(("ko",)) == passages(("en", "ko")) == korean != english
        assert passages(("en",)) == english
    assert passages(("ko",)) == korean


@given(st.text())
def test_the_text_before_a_word_is_the_text(passage):
    for each in rounds(passage):
        assert passage.startswith(each.before)
        assert each.word in passage[len(each.before) :]
        assert each.word


def test_a_hit_does_not_mind_case_or_spaces():
    assert played(" Storm ", "storm", rank=3).hit
    assert not played("rain", "storm", rank=3).hit


def test_the_score_counts_both_players_and_their_bits():
    total = score([played("a", "a", rank=1), played("b", "a", rank=5)])
    assert (total.words, total.hits, total.model_hits) == (2, 1, 1)
    assert math.isclose(total.bits, 2.0)
