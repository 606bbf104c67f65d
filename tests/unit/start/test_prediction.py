"""What the home page shows: the stored results are the model's, and what is typed is read as the model reads it."""

from __future__ import annotations

import pytest

from components.core.i18n import LANGUAGES, use
from components.core.i18n import _ as translated
from components.models.registry import record
from components.models.shape import model_shape
from components.models.store import local_folder
from components.registry import PAGES
from components.start.hero import _POINTS, SENTENCE, share
from components.start.prediction import MODEL, MOST_CHARACTERS, predict, read_text, stored_predictions

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
@pytest.mark.parametrize("text", list(stored_predictions()))
def test_a_stored_result_is_what_the_model_computes(text):
    stored, computed = stored_predictions()[text], predict(text, lambda: None, session="a")
    assert shown(computed) == shown(stored)
    pairs = zip(computed.guesses, stored.guesses, strict=True)
    assert all(new.probability == pytest.approx(old.probability, abs=2e-6) for new, old in pairs)


def test_the_examples_say_what_the_sentences_beside_them_claim():
    first, second, third = stored_predictions().values()
    assert (first.guesses[0].token, share(first.guesses[0].probability)) == (" Paris", "91%")
    assert (second.guesses[0].token, share(second.guesses[0].probability)) == (" France", "92%")
    assert first.text.lower() == third.text
    assert " Paris" not in [guess.token for guess in third.guesses]
    assert _POINTS.keys() == stored_predictions().keys()


@pytest.mark.real_model
def test_the_longest_text_fits_into_the_model_whatever_its_script():
    positions = model_shape(local_folder(record(MODEL))).positions
    for letter in ("😀", "한", "a"):
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


def test_a_space_at_the_end_is_not_read():
    assert read_text("The capital of ") == "The capital of"
    assert read_text("  ") == ""


@pytest.mark.parametrize(
    ("probability", "text"),
    [(1.0, "100%"), (0.907432, "91%"), (0.0996, "10%"), (0.0994, "9.9%"), (0.007683, "0.8%"), (0.0004, "<0.1%")],
)
def test_a_probability_is_shown_with_the_digits_that_matter(probability, text):
    assert share(probability) == text


def test_the_default_of_the_link_is_the_first_example():
    assert SENTENCE.default == next(iter(stored_predictions()))
    assert all(len(text) <= MOST_CHARACTERS for text in stored_predictions())


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_page_with_a_lesson_asks_one_question_and_says_how_long_it_takes(lang):
    with use(lang):
        questions = [translated(entry.question) for entry in CONCEPTS]
    assert all(question.endswith("?") and question.count("?") == 1 for question in questions)
    assert len(set(questions)) == len(CONCEPTS)
    assert all(6 <= entry.minutes <= 16 for entry in CONCEPTS)
