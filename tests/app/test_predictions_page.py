"""What a student predicted and what was true, read from the progress."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter

from components.core.i18n import LANGUAGES, use
from components.core.i18n import _ as translated
from components.registry import page
from components.start.predictions import list_outcomes
from components.ui.guide.lesson import guided_pages, lesson
from components.ui.guide.progress import PageProgress
from tests.app.opening import faults


def with_progress(at, pages):
    at.session_state["_guide_progress"] = TypeAdapter(dict[str, PageProgress]).validate_python(pages)
    return at.run()


def words(at):
    return "\n".join(element.value for element in (*at.markdown, *at.caption))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_prediction_is_beside_what_was_true(open_page, lang):
    options = lesson("tokenizer", lang).predict.question.options
    tries = {"0": False, "1": True, "2": True}
    at = with_progress(
        open_page("predictions", lang=lang), {"tokenizer": {"predicted": (0, 2), "first_tries": tries, "solved": True}}
    )
    assert faults(at) == []
    assert all(text in words(at) for text in (options[0].reason, f"**{options[2].answer}**", options[2].reason))
    with use(lang):
        counts = translated("Questions answered: {count}, right at the first try: {right}.").format(count=3, right=2)
        assert f"{counts} {translated('Exercise solved.')}" in words(at)
        assert translated(page("tokenizer").title) in words(at)


def test_without_predictions_it_says_what_will_be_here(open_page):
    at = open_page("predictions")
    assert faults(at) == []
    assert "You have not answered any yet" in words(at)
    [link] = [link for link in at.get("page_link") if "step=0" in link.proto.query_string]
    assert link.proto.page == guided_pages()[0].slug


def test_an_answer_that_the_lesson_does_not_have_is_left_out(open_page):
    at = with_progress(open_page("predictions"), {"tokenizer": {"predicted": (0, 77)}})
    assert faults(at) == []
    assert "You have not answered any yet" in words(at)


def test_outcomes_are_in_the_order_of_the_pages():
    slugs = [entry.slug for entry in guided_pages()]
    done = {slug: PageProgress(predicted=(1, 1)) for slug in reversed(slugs)}
    outcomes = list(list_outcomes(done, "en"))
    assert [outcome.entry.slug for outcome in outcomes] == slugs
    assert all(outcome.is_right for outcome in outcomes)
