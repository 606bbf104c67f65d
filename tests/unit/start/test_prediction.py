"""What the home page shows: the stored results are the model's, and what is typed is read as the model reads it."""

from __future__ import annotations

import pytest

from components.core.i18n import LANGUAGES, use
from components.core.i18n import _ as translated
from components.models.registry import record
from components.models.shape import model_shape
from components.models.store import local_folder
from components.registry import PAGES
from components.start.hero import SENTENCE, share
from components.start.prediction import (
    MOST_CHARACTERS,
    example_in_this_language,
    examples,
    model_of,
    predict,
    read_text,
)

CONCEPTS = [entry for entry in PAGES if entry.concept]


def shown(prediction):
    """Return what a visitor can read of it."""
    return (
        prediction.ids,
        prediction.tokens,
        [(guess.token, share(guess.probability)) for guess in prediction.guesses],
        share(1 - sum(guess.probability for guess in prediction.guesses)),
    )


@pytest.mark.real_model
@pytest.mark.parametrize("lang", ["en", "ko"])
def test_a_stored_result_is_what_the_model_computes(lang):
    with use(lang):
        for text, example in examples().items():
            computed = predict(text, lambda: None, session="a")
            assert computed.model == example.prediction.model
            assert shown(computed) == shown(example.prediction)
            pairs = zip(computed.guesses, example.prediction.guesses, strict=True)
            assert all(new.probability == pytest.approx(old.probability, abs=2e-6) for new, old in pairs)


def best(example):
    """Return the likeliest token and its share, as they are shown."""
    guess = example.prediction.guesses[0]
    return guess.token, share(guess.probability)


def test_the_examples_say_what_the_sentences_beside_them_claim():
    with use("en"):
        first, second, third = examples().values()
    assert (best(first), best(second)) == ((" Paris", "91%"), (" France", "92%"))
    assert first.prediction.text.lower() == third.prediction.text
    assert " Paris" not in [guess.token for guess in third.prediction.guesses]


def test_the_korean_examples_make_the_same_three_points():
    with use("ko"):
        first, second, third = examples().values()
    assert (best(first), best(second)) == ((" 서울", "98%"), (" 수도", "98%"))
    assert first.prediction.text.replace(" ", "") == third.prediction.text.replace(" ", "")
    assert third.prediction.guesses[0].probability < 0.2
    assert " 서울" not in [guess.token for guess in third.prediction.guesses]


def test_a_text_is_continued_by_a_model_that_has_learned_its_language():
    with use("en"):
        assert model_of("") == model_of("Once upon a") == model_of("Столица") == "classroom-gpt2"
        assert model_of("옛날 옛적에") == "classroom-gpt-ko"
    with use("ko"):
        assert model_of("") == model_of("옛날 옛적에") == model_of("Столица") == model_of("123") == "classroom-gpt-ko"
        assert model_of("Once upon a") == "classroom-gpt2"


def test_an_example_has_its_counterpart_in_the_other_language():
    with use("en"):
        english = list(examples())
    with use("ko"):
        korean = list(examples())
        assert [example_in_this_language(text) for text in [*english, *korean, "Romeo"]] == [*korean, *korean, "Romeo"]


@pytest.mark.real_model
@pytest.mark.parametrize("model", ["classroom-gpt2", "classroom-gpt-ko"])
def test_the_longest_text_fits_into_the_model_whatever_its_script(model):
    positions = model_shape(local_folder(record(model))).positions
    with use("ko" if model.endswith("ko") else "en"):
        for letter in ("😀", "한", "a", "ㅋ"):
            prediction = predict(letter * MOST_CHARACTERS, lambda: None, session="a")
            assert len(prediction.ids) <= positions
            assert sum(guess.probability for guess in prediction.guesses) <= 1


@pytest.mark.real_model
def test_a_run_that_is_not_wanted_any_more_ends():
    class Left(Exception):
        pass

    def leave():
        raise Left

    with pytest.raises(Left):
        predict("Once upon a", leave, session="a")
    assert predict("Once upon a", lambda: None, session="a").guesses[0].token == " time"


@pytest.mark.real_model
@pytest.mark.parametrize(
    ("text", "end"), [("프랑스의 수도는 파리입니다.", "[SEP]"), ("The Earth goes around the Sun.", "<|endoftext|>")]
)
def test_the_token_that_ends_a_text_is_known_as_that(text, end):
    guesses = predict(text, lambda: None, session="a").guesses
    assert [guess.token for guess in guesses if guess.is_end] == [end]


def test_a_space_at_the_end_is_not_read():
    assert read_text("The capital of ") == "The capital of"
    assert read_text("  ") == ""


@pytest.mark.parametrize(
    ("probability", "text"),
    [(1.0, "100%"), (0.907432, "91%"), (0.0996, "10%"), (0.0994, "9.9%"), (0.007683, "0.8%"), (0.0004, "<0.1%")],
)
def test_a_probability_is_shown_with_the_digits_that_matter(probability, text):
    assert share(probability) == text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_default_of_the_link_is_the_first_example(lang):
    with use(lang):
        texts = list(examples())
    assert all(len(text) <= MOST_CHARACTERS for text in texts)
    if lang == "en":
        assert SENTENCE.default == texts[0]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_page_with_a_lesson_asks_one_question_and_says_how_long_it_takes(lang):
    with use(lang):
        questions = [translated(entry.question) for entry in CONCEPTS]
    assert all(question.endswith("?") and question.count("?") == 1 for question in questions)
    assert len(set(questions)) == len(CONCEPTS)
    assert all(6 <= entry.minutes <= 16 for entry in CONCEPTS)
