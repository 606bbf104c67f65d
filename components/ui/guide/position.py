"""Where a student is in the lesson of a page: the link parameter `step`.

`step=3` is the third step, 0 the prediction before them, and the two numbers after the last step are the exercise and
the end. A step is a beginning: what the address does not name has the value that the card sets, so `?step=3` shows the
same to everybody. `step=explore` is the page without its guide. An address without `step` opens the guide, unless it
names other parameters: then somebody links to a view, and that is what is shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

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
    concept = registry.page(slug).concept
    if concept is None:
        raise ValueError(f"the page {slug!r} belongs to no concept and has no lesson")
    return lesson(concept, language())


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
        names_a_view = any(name not in (LANGUAGE, STEP) for name in st.query_params)
        left_at, _language = st.session_state.get(_SET_UP, {}).get(slug, ("0", ""))
        st.session_state[STEP] = EXPLORE if names_a_view else left_at
    if st.session_state.setdefault(_SET_UP, {}).get(slug) != _beginning():  # a link, Back, or another language
        _begin(slug, cards)
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
    _begin(slug, cards)
    links.reset(slug, parameters)
    links.publish(slug, *parameters, _parameter(cards))


def explore(slug: str, parameters: Sequence[Parameter]) -> None:
    """Fold the guide away, and leave the page as it is."""
    st.session_state[STEP] = EXPLORE
    _begin(slug, lesson_of(slug).cards)
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


def find_other_example(slug: str) -> OtherExample | None:
    """Return the example of this card in the language of the code, or the visitor's own where that is shown.

    None where both are the same, and without the guide. Call it after the parameters were read.
    """
    step = current_step()
    if step is None:
        return None
    own = lesson_of(slug).cards[step].values
    other = lesson(registry.page(slug).concept or "", DEFAULT_LANGUAGE).cards[step].values
    if own == other:
        return None
    if all(write_value(st.session_state.get(name)) == value for name, value in other.items()):
        return OtherExample(language(), own)
    return OtherExample(DEFAULT_LANGUAGE, other)


def show_example(slug: str, parameters: Sequence[Parameter], values: Mapping[str, str]) -> None:
    """Set the page up for another example and stay on the card; what a value may be can depend on those before it."""
    for parameter in parameters:
        if parameter.name in values:
            st.session_state[parameter.name] = parameter.parse(values[parameter.name])
    links.publish(slug, *parameters)


def _begin(slug: str, cards: Sequence[Card]) -> None:
    step: str = st.session_state[STEP]
    if step == EXPLORE:
        links.set_defaults(slug, {})
    else:
        links.set_defaults(slug, cards[int(step)].values, step=step)
        st.session_state.setdefault(_LEFT_AT, {})[slug] = step
    st.session_state.setdefault(_SET_UP, {})[slug] = _beginning()
    st.session_state.setdefault(_MOMENT, {})[slug] = moment(slug) + 1


def _beginning() -> tuple[str, str]:
    """Return what decides how a page begins: a card sets another text in another language."""
    return (st.session_state[STEP], language())


def _parameter(cards: Sequence[Card]) -> Choice:
    """Return the parameter `step`; no address leaves it out for being a default."""
    return Choice(STEP, (EXPLORE, *map(str, range(len(cards)))), default="")
