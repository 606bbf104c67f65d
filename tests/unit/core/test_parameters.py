"""What a link may say, and how it is read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.core.parameters import Choice, Choices, Number, Text, write_value

MODEL = Choice("model", ("bert", "gpt2"), "bert")
COMPARE = Choices("compare", ("bert", "gpt2", "llama"))
LAYER = Number("layer", 0, 11, default=3)
BASE = Number("base", 2.0, 1e6, default=10_000.0)
TEXT = Text("text", most_chars=5, default="hello")


def test_of_many_values_the_first_are_listed():
    many = [f"model-{number}" for number in range(80)]
    for parameter in (Choice("model", many, many[0]), Choices("compare", many)):
        problem = parameter.problem("nope")
        assert "model-15 and 64 more." in problem
        assert "model-16" not in problem


@pytest.mark.parametrize(
    ("parameter", "asked", "value"),
    [
        (MODEL, "gpt2", "gpt2"),
        (COMPARE, "bert,llama", ["bert", "llama"]),
        (COMPARE, "", []),
        (LAYER, "0", 0),
        (LAYER, "11", 11),
        (BASE, "500.5", 500.5),
        (BASE, "1e3", 1000.0),
        (TEXT, "", ""),
        (TEXT, "가나다라마", "가나다라마"),
    ],
)
def test_a_value_that_fits_is_read_as_its_widget_holds_it(parameter, asked, value):
    assert parameter.problem(asked) is None
    assert parameter.parse(asked) == value
    assert type(parameter.parse(asked)) is type(value)


@pytest.mark.parametrize(
    ("parameter", "asked", "allowed"),
    [
        (MODEL, "BERT", "bert, gpt2"),
        (MODEL, "", "bert, gpt2"),
        (COMPARE, "bert,mistral", "bert, gpt2, llama"),
        (LAYER, "12", "from 0 to 11"),
        (LAYER, "-1", "from 0 to 11"),
        (LAYER, "1.5", "a whole number"),
        (LAYER, "9" * 5000, "from 0 to 11"),
        (BASE, "nan", "a number from 2.0"),
        (BASE, "inf", "a number from 2.0"),
        (BASE, "", "a number from 2.0"),
        (TEXT, "sixsix", "up to 5 characters"),
    ],
)
def test_a_value_that_does_not_fit_is_answered_with_what_would(parameter, asked, allowed):
    assert allowed in parameter.problem(asked)


def test_a_number_is_whole_only_if_both_bounds_are():
    assert Number("x", 0, 1.0, default=0).parse("1") == 1.0
    assert isinstance(Number("x", 0, 1.0, default=0).parse("1"), float)


@given(st.one_of(st.integers(0, 11).map(lambda n: (LAYER, n)), st.floats(2.0, 1e6).map(lambda x: (BASE, x))))
def test_a_number_survives_the_way_through_a_link(case):
    parameter, value = case
    assert parameter.problem(write_value(value)) is None
    assert parameter.parse(write_value(value)) == value


@given(st.lists(st.sampled_from(COMPARE.options), unique=True))
def test_a_list_survives_the_way_through_a_link(values):
    assert COMPARE.parse(write_value(values)) == values
    assert write_value(tuple(values)) == write_value(values)


@pytest.mark.parametrize("parameter", [MODEL, COMPARE, LAYER, BASE, TEXT], ids=lambda parameter: parameter.name)
def test_the_default_fits(parameter):
    assert parameter.problem(write_value(parameter.default)) is None


@given(st.text())
def test_no_text_makes_a_parameter_fail(asked):
    for parameter in (MODEL, COMPARE, LAYER, BASE, TEXT):
        problem = parameter.problem(asked)
        assert problem is None or problem
        if problem is None:
            parameter.parse(asked)
