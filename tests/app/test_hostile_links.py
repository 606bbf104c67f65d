"""Links with values nobody should write: each gives a note that names it, the page its defaults, and no fault."""

from __future__ import annotations

from itertools import product

import pytest

from components.catalog.link import HubName
from components.core.parameters import Parameter, Text
from components.registry import PAGES
from components.ui.guide.position import EXPLORE, STEP
from tests.app.opening import faults, parameters_of

CONCEPTS = [entry.slug for entry in PAGES if entry.concept]

# none of them names a model, an option or a number within any bounds
UNFIT = {
    "blank": " ",
    "none": "None",
    "not a number": "nan",
    "infinite": "inf",
    "minus infinite": "-inf",
    "beyond a float": "1e400",
    "below": "-1",
    "beyond": "9" * 400,
    "hexadecimal": "0x10",
    "many digits": "1" * 5000,
    "two numbers": "1 2",
    "a list": "[]",
    "an object": '{"a": 1}',
    "unknown options": "a,b",
    "a parent folder": "../../../../etc/passwd",
    "a Windows path": "..\\..\\Windows\\win.ini",
    "a root path": "/etc/passwd",
    "a file address": "file:///etc/passwd",
    "an address": "http://example.org/model",
    "another's repository": "somebody/pickled-model",
    "an image that fails": "<img src=x onerror=alert(1)>",
    "a closed script": "</script><script>alert(1)</script>",
    "a script link": "[click](javascript:alert(1))",
    "a remote picture": "![x](http://example.org/x.png)",
    "a template": "{value} {0} {{7*7}} %s %n",
    "a statement": "'; DROP TABLE models; --",
    "a NUL": "\0",
    "right to left": "\u202e\u2067abc",
    "a family": "👨‍👩‍👧‍👦" * 100,
    "combining marks": "Z" + "\u0351" * 1000,
    "formula": "$\\frac{1}{0}$",
    "an icon": ":material/home: :red[x] **bold** # title",
    "newlines": "a\n\n# b\r\n---",
}


VISITS_A_PAGE = 6


@pytest.mark.parametrize("visit", range(VISITS_A_PAGE))
@pytest.mark.parametrize("slug", CONCEPTS)
def test_what_does_not_fit_is_noted_and_the_default_shown(open_page, slug, visit):
    """Each parameter has another value in each visit; the next test asks each about all of them."""
    parameters, values = parameters_of(slug), list(UNFIT.values())
    first = 6 * visit + CONCEPTS.index(slug)
    asked = {parameter.name: values[(first + number) % len(values)] for number, parameter in enumerate(parameters)}
    at = open_page(slug, **asked)
    assert faults(at) == []
    notes = "\n".join(element.value for element in at.warning)
    for parameter in parameters:
        value = asked[parameter.name]
        if parameter.name == STEP:
            assert "step = " in notes
            assert at.session_state[STEP] == EXPLORE, "an address that names other parameters opens no guide"
        elif takes_any(parameter, value):
            assert at.session_state[parameter.name] == value
        else:
            assert f"{parameter.name} = " in notes
            assert at.session_state[parameter.name] == parameter.parse(str_of(parameter.default))


@pytest.mark.parametrize("slug", CONCEPTS)
def test_every_parameter_says_what_would_fit_instead(slug):
    for parameter, value in product(parameters_of(slug), UNFIT.values()):
        assert takes_any(parameter, value) or parameter.problem(value), (parameter.name, value)


@pytest.mark.parametrize("slug", CONCEPTS)
def test_a_text_that_is_too_long_is_noted(open_page, slug):
    texts = [parameter for parameter in parameters_of(slug) if isinstance(parameter, Text)]
    at = open_page(slug, **{text.name: "a" * (text.most_chars + 1) for text in texts})
    assert faults(at) == []
    notes = "\n".join(element.value for element in at.warning)
    for text in texts:
        assert f"{text.name} = " in notes
        assert at.session_state[text.name] == text.default


@pytest.mark.parametrize("value", ["de", "KO", "../../etc/passwd"])
def test_an_unknown_language_is_noted_and_the_page_speaks_english(open_page, value):
    at = open_page("tokenizer", lang=value)
    assert faults(at) == []
    assert at.title[0].value == "Tokenizer explorer"
    assert "lang = " in "\n".join(element.value for element in at.warning)


def takes_any(parameter: Parameter, value: str) -> bool:
    """Say whether the parameter is a text, or a name that could be one of JumpStart's: that is only known there."""
    if isinstance(parameter, HubName):
        return value.isascii() and value.isalnum() and len(value) <= 63
    return isinstance(parameter, Text) and len(value) <= parameter.most_chars


def str_of(default: object) -> str:
    return ",".join(default) if isinstance(default, tuple) else str(default)
