"""Where a student is in the lesson of a page: the link parameter `step`.

`step=3` is the third step, 0 the prediction before them, and the two numbers after the last step are the exercise and
the end. A step is a beginning: what the address does not name has the value that the card sets, so `?step=3` shows the
same to everybody. `step=explore` is the page without its guide. An address without `step` opens the guide, unless it
names other parameters: then somebody links to a view, and that is what is shown.

What neither address nor card names has the default of the visitor's language: another one in Korean than in English
where the lesson file says so (`{#defaults}`). An address that names a view and no step means the English defaults, as
all did before there were others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import streamlit as st

from components import registry
from components.core.i18n import DEFAULT_LANGUAGE, language
from components.core.i18n import SESSION_KEY as LANGUAGE
from components.core.parameters import Choice, Parameter, write_value
from components.ui import links
from components.ui.guide.lesson import Card, Lesson, lesson

STEP: Final = links.STEP
EXPLORE: Final = "explore"

_LEFT_AT: Final = "_guide_left_at"
_SET_UP: Final = "_guide_set_up"
_MOMENT: Final = "_guide_moment"


def lesson_of(slug: str) -> Lesson:
    """Return the lesson of a page in the visitor's language."""
    return _prose(slug, language())


def enter(slug: str) -> None:
    """Read `step` from the link, and have the page begin with what its card sets.

    For a page that has to know a value before `open_page`; otherwise that calls it.
    """
    cards = lesson_of(slug).cards
    if links.is_arriving(slug) and STEP not in st.query_params:
        st.session_state.pop(STEP, None)  # another page's
    links.enter(slug)
    links.read(slug, (_parameter(cards),))
    if not st.session_state[STEP]:
        left = st.session_state.get(_SET_UP, {}).get(slug)
        st.session_state[STEP] = EXPLORE if _names_a_view() else left.step if left else "0"
    beginning = _read_beginning(slug)
    if st.session_state.get(_SET_UP, {}).get(slug) != beginning:  # a link, Back, or another language
        _begin(slug, beginning)
        links.forget(slug, keep=STEP, also=links.defaults(slug))


def current_step() -> int | None:
    """Return the number of the card on the screen, None without the guide."""
    step: str = st.session_state[STEP]
    return None if step == EXPLORE else int(step)


def moment(slug: str) -> int:
    """Return a number that is new each time a card sets the page up; coming back to the page keeps it."""
    moments: dict[str, int] = st.session_state.get(_MOMENT, {})
    return moments.get(slug, 0)


def go(slug: str, parameters: Sequence[Parameter], step: int) -> None:
    """Open a card and set the page up for it; Back returns to what was there before."""
    cards = lesson_of(slug).cards
    st.session_state[STEP] = str(step)
    _begin(slug, _Beginning(str(step), language(), language()))
    links.reset(slug, parameters)
    links.publish(slug, *parameters, _parameter(cards))


def explore(slug: str, parameters: Sequence[Parameter]) -> None:
    """Fold the guide away, and leave the page as it is."""
    st.session_state[STEP] = EXPLORE
    _begin(slug, _Beginning(EXPLORE, language(), language()))
    links.publish(slug, *parameters, _parameter(lesson_of(slug).cards))


def return_to_guide(slug: str, parameters: Sequence[Parameter]) -> None:
    """Open the guide where it was folded away."""
    go(slug, parameters, int(st.session_state.get(_LEFT_AT, {}).get(slug, "0")))


@dataclass(frozen=True)
class OtherExample:
    """The example of a card that is not on the screen: each language may set another one up.

    Attributes
    ----------
    language
        The code of the language that it is in.
    values
        The link parameters of the card there.
    """

    language: str
    values: Mapping[str, str]


def find_other_example(slug: str, parameters: Sequence[Parameter]) -> OtherExample | None:
    """Return the example in the language of the code, or the visitor's own where that is shown.

    None where both are the same. Call it after the parameters were read.
    """
    own, others = (_prose(slug, code) for code in (language(), DEFAULT_LANGUAGE))
    step = current_step()
    values = own.defaults if step is None else own.cards[step].values
    standard = {each.name: write_value(each.default) for each in parameters if each.name in values}
    english = standard if step is None else others.cards[step].values
    if values == english:
        return None
    if all(write_value(st.session_state.get(name)) == value for name, value in english.items()):
        return OtherExample(language(), values)
    return OtherExample(DEFAULT_LANGUAGE, english)


def show_example(slug: str, parameters: Sequence[Parameter], values: Mapping[str, str]) -> None:
    """Set the page up for another example and stay on the card; what a value may be can depend on those before it."""
    for parameter in parameters:
        if parameter.name in values:
            st.session_state[parameter.name] = parameter.parse(values[parameter.name])
    links.publish(slug, *parameters)


class _Beginning(NamedTuple):
    """What decides how a page begins: `spoken` is the language of the values that the address does not name."""

    step: str
    language: str
    spoken: str


def _read_beginning(slug: str) -> _Beginning:
    step, own = st.session_state[STEP], language()
    if step != EXPLORE or STEP in st.query_params:
        return _Beginning(step, own, own)
    if _names_a_view():
        return _Beginning(step, own, DEFAULT_LANGUAGE)
    left = st.session_state.get(_SET_UP, {}).get(slug)
    return left if left and left[:2] == (step, own) else _Beginning(step, own, own)


def _names_a_view() -> bool:
    return any(name not in (LANGUAGE, STEP) for name in st.query_params)


def _begin(slug: str, beginning: _Beginning) -> None:
    prose, step = _prose(slug, beginning.spoken), current_step()
    card = {} if step is None else prose.cards[step].values
    names_itself = step is not None or prose.defaults
    links.set_defaults(slug, {**prose.defaults, **card}, step=beginning.step if names_itself else "")
    if step is not None:
        st.session_state.setdefault(_LEFT_AT, {})[slug] = beginning.step
    st.session_state.setdefault(_SET_UP, {})[slug] = beginning
    st.session_state.setdefault(_MOMENT, {})[slug] = moment(slug) + 1


def _prose(slug: str, code: str) -> Lesson:
    concept = registry.page(slug).concept
    if concept is None:
        raise ValueError(f"the page {slug!r} belongs to no concept and has no lesson")
    return lesson(concept, code)


def _parameter(cards: Sequence[Card]) -> Choice:
    """Return the parameter `step`; no address leaves it out for being a default."""
    return Choice(STEP, (EXPLORE, *map(str, range(len(cards)))), default="")
