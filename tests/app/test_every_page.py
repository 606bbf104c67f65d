"""Every page of the registry, in every language, through app.py."""

from __future__ import annotations

from itertools import pairwise

import pytest

from components.core.i18n import DEFAULT_LANGUAGE, LANGUAGES, use
from components.core.i18n import _ as translated
from components.core.parameters import Choice, Choices, Number, Parameter, Text
from components.models.registry import ModelParameter, record, records
from components.models.store import is_local
from components.registry import page, pages_for
from components.ui.guide.lesson import lesson
from tests.app.opening import faults, parameters_of

PAGES = pages_for(None)  # a team's own pages: tests/app/test_team_pages.py
CONCEPTS = [entry for entry in PAGES if entry.concept]


@pytest.mark.quick
@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("entry", PAGES, ids=lambda entry: entry.slug or "home")
def test_it_draws_without_a_fault_has_one_title_and_says_what_its_charts_show(open_page, entry, lang):
    at = open_page(entry.slug, lang=lang)
    assert faults(at) == []
    assert len(at.title) == 1
    assert [element.value for element in at.warning] == []
    assert all(chart.proto.alt.strip() for chart in at.get("plotly_chart"))
    if entry.concept:
        with use(lang):
            assert at.title[0].value == translated(entry.title)


@pytest.mark.parametrize("entry", CONCEPTS, ids=lambda entry: entry.slug)
def test_every_option_of_every_choice_draws(open_page, entry):
    """But the models, which have a test of their own, and the cards: tests/app/test_guide.py opens each.

    The rows of a long list, such as 20 families, are data and are drawn by the same code: two of them are opened.
    """
    choices = [parameter for parameter in parameters_of(entry.slug) if isinstance(parameter, Choice)]
    choices = [choice for choice in choices if choice.name not in ("model", "step")]
    shown = {choice.name: choice.options if len(choice.options) < 12 else choice.options[1:3] for choice in choices}
    for name, option in ((name, option) for name, options in shown.items() for option in options):
        at = open_page(entry.slug, **{name: option})
        assert faults(at) == [], f"{name}={option}"
        assert all(chart.proto.alt.strip() for chart in at.get("plotly_chart")), f"{name}={option}"


@pytest.mark.parametrize("entry", CONCEPTS, ids=lambda entry: entry.slug)
def test_every_model_of_the_registry_is_shown_or_explained(open_page, entry):
    models = next((parameter for parameter in parameters_of(entry.slug) if parameter.name == "model"), None)
    for model in records() if models else ():
        at = open_page(entry.slug, model=model.id)
        assert list(at.exception) == []
        assert len(at.title) == 1
        shown = at.session_state["model"] == model.id and not at.error
        explained = at.error or at.warning or at.info
        assert shown or explained, model.id
        if model.embedded and models.problem(model.id) is None:
            assert shown, model.id


@pytest.mark.parametrize("entry", CONCEPTS, ids=lambda entry: entry.slug)
def test_a_link_sets_every_parameter_of_the_page(open_page, entry):
    parameters = parameters_of(entry.slug)
    asked = {parameter.name: another(parameter) for parameter in parameters}
    at = open_page(entry.slug, **asked)
    assert faults(at) == []
    assert [element.value for element in at.warning] == []
    for parameter in parameters:
        value = asked[parameter.name]
        if isinstance(parameter, ModelParameter) and not is_local(record(value)):
            value = parameter.default  # whose numbers are shown; the address still names the other
            assert at.query_params[parameter.name] == asked[parameter.name]
        assert at.session_state[parameter.name] == parameter.parse(value), parameter.name


@pytest.mark.parametrize("entry", CONCEPTS, ids=lambda entry: entry.slug)
def test_every_step_of_the_lesson_asks_for_what_the_page_has(entry):
    known = {parameter.name: parameter for parameter in parameters_of(entry.slug)}
    for step in lesson(entry.concept, DEFAULT_LANGUAGE).cards:
        assert step.values.keys() <= known.keys(), step.title
        problems = [known[name].problem(value) for name, value in step.values.items()]
        assert problems == [None] * len(problems), step.title


def another(parameter: Parameter) -> str:
    """Return a value that fits and is not the default; of models, an embedded one if there is one."""
    example = getattr(parameter, "example", None)
    if example is not None:  # of a kind that one concept has
        return example.split(", ", maxsplit=1)[0]
    match parameter:
        case ModelParameter():
            others = [model for model in parameter.choices() if model.id != parameter.default]
            return next((model.id for model in others if model.embedded), others[0].id)
        case Text():
            return "A second text"
        case Choice(options=options, default=default):
            return next(option for option in options if option != default)
        case Choices(options=options):
            return ",".join(options[:2])
        case Number(least=least, most=most, default=default):
            return str(least if default != least else most)
        case _:
            raise AssertionError(f"{parameter} needs an `example`: a value that fits and is not the default")


@pytest.mark.real_model
def test_each_page_draws_after_each_other(open_page):
    """Pages share names of parameters: what one leaves is a value on the next, or does not count there."""
    at = open_page("")
    back_and_forth = [*PAGES, *reversed(PAGES)]
    for before, entry in pairwise(back_and_forth):
        at.switch_page(entry.path).run()
        assert faults(at) == [], (before.slug, entry.slug)


@pytest.mark.real_model
def test_a_view_of_the_same_name_is_carried_to_the_next_page(open_page):
    at = open_page("attention", view="heatmap")
    at.switch_page(page("embeddings").path).run()
    assert faults(at) == []
    assert at.session_state["view"] == "heatmap"
