"""Made-up values through the readers of every page's link, and some through the pages themselves.

A value either fits, and then it survives being written to a link and read again, or it is answered with a sentence that
says what would; no reader raises anything. On a page it changes nothing but what is shown. FUZZED_LINKS=10000 tries as
many values; without it there are two thousand.
"""

from __future__ import annotations

import os
import re
import string

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from components.core.parameters import Choice, Choices, Parameter, write_value
from components.core.text import escape_markdown
from components.registry import PAGES
from tests.app.opening import faults, parameters_of
from tests.app.test_hostile_links import UNFIT

CONCEPTS = [entry.slug for entry in PAGES if entry.concept]
VALUES_A_PAGE = int(os.environ.get("FUZZED_LINKS", "2000")) // len(CONCEPTS) + 1
VISITS_A_PAGE = 4
MOST_CHARS_ON_A_PAGE = 60

# The same values in each run: what is found here is a fault of the code and not of the day.
fuzzed = settings(max_examples=VALUES_A_PAGE, derandomize=True, database=None, phases=[Phase.generate])
visited = settings(
    max_examples=VISITS_A_PAGE,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

any_text = st.text(st.characters(exclude_categories=()))  # lone surrogates and NUL too
numbers = st.one_of(st.integers(), st.floats(), st.decimals()).map(str)
hostile = st.sampled_from(sorted(UNFIT.values()))
markup = st.text(st.sampled_from("<>&\"'/\\=;:()[]{}`$!-_.,%+\n\0" + "scriptonerrorjavascript"), max_size=80)
digits = st.text(st.sampled_from("0123456789٣७３.eE+-_xinfa "), max_size=12)


def values(parameter: Parameter) -> st.SearchStrategy[str]:
    """Values for one parameter: of any kind, and such as nearly fit."""
    kinds = [any_text, numbers, hostile, markup, digits]
    if isinstance(parameter, (Choice, Choices)):
        option = st.sampled_from(list(parameter.options) or [""])
        kinds += [option, option.map(str.swapcase), st.lists(option | any_text, max_size=4).map(",".join)]
        kinds += [st.tuples(option, any_text).map("".join)]
    return st.one_of(kinds)


@pytest.mark.parametrize("slug", CONCEPTS)
def test_no_reader_raises_and_what_fits_survives_the_link(slug):
    parameters = parameters_of(slug)

    @fuzzed
    @given(st.one_of([st.tuples(st.just(each), values(each)) for each in parameters]))
    def read(case: tuple[Parameter, str]) -> None:
        parameter, asked = case
        allowed = parameter.problem(asked)
        if allowed is not None:
            assert allowed.strip()
            return
        value = parameter.parse(asked)
        assert parameter.problem(write_value(value)) is None
        assert parameter.parse(write_value(value)) == value

    read()


@fuzzed
@given(st.one_of(any_text, markup, hostile))
def test_what_a_note_quotes_is_never_markup(text):
    quoted = escape_markdown(text)
    unescaped = re.sub(r"\\.", "", quoted, flags=re.DOTALL)
    assert not set(unescaped) & set(string.punctuation + "\n")


@pytest.mark.parametrize("slug", CONCEPTS)
def test_no_page_fails_on_any_link(open_page, slug):
    parameters = parameters_of(slug)
    links = st.fixed_dictionaries({}, optional={each.name: values(each) for each in parameters})

    @visited
    @given(links)
    def visit(link: dict[str, str]) -> None:
        # As a browser sends it: no lone surrogates. Long texts only take longer.
        sent = {name: value.encode("utf-8", "replace").decode()[:MOST_CHARS_ON_A_PAGE] for name, value in link.items()}
        at = open_page(slug, **sent)
        assert faults(at) == []
        assert len(at.title) == 1

    visit()
