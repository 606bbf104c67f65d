"""The frame of a concept page: title, guide and Export above the live view, limits and glossary below it.

The guide shows one card at a time (`lesson.py`). Turning a card sets the page up and draws it anew; an answer redraws
only the card. What is right is computed from the live model wherever the model decides.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from components import registry
from components.core.i18n import _, name_languages
from components.core.parameters import Parameter
from components.ui import links, navigation
from components.ui.glossary import draw_glossary_link, mark_terms
from components.ui.guide import browser, position, progress
from components.ui.guide.lesson import Exercise, Lesson, Question
from components.ui.session import fragment

MOST_LINKED_CHARACTERS: Final = 2_000
PREDICTION: Final = "0"
"""Name of the question of the first card; the others have the number of their step, or `quiz-1`."""

HINT_AFTER: Final = 2
SOLUTION_AFTER: Final = 4

_PREDICTIONS: Final = "predictions"
_TOLD: Final = "_guide_progress_told"


@dataclass(frozen=True)
class Answer:
    """What the live model says about a question of the lesson."""

    option: str | int
    """The right one of the lesson's options: as it is written there, or its index where that is a sentence."""
    evidence: str
    """The numbers it was read from, in words."""

    def index(self, question: Question) -> int:
        """Return which of a question's options is right."""
        if isinstance(self.option, int):
            return self.option
        return [option.answer for option in question.options].index(self.option)


@dataclass(frozen=True)
class Verdict:
    """What the live model says about an attempt at the exercise."""

    solved: bool
    evidence: str
    """What was measured; for a failed attempt also what is missing."""


Check = Callable[[], Answer]


@dataclass(frozen=True)
class Given:
    """What a student answered to a question.

    Attributes
    ----------
    tries
        Indexes of the answers chosen so far.
    right
        Index of the right answer.
    evidence
        The numbers that decided it, "" for a fact.
    """

    tries: tuple[int, ...]
    right: int
    evidence: str

    @property
    def is_right(self) -> bool:
        """Whether the right answer was found."""
        return self.right in self.tries


@dataclass(frozen=True)
class _Page:
    """What a page hands over to its guide; see `open_page`."""

    slug: str
    parameters: Sequence[Parameter]
    checks: Mapping[str, Check]
    exercise: Callable[[], Verdict | None]
    text: Callable[[], str] | None

    def go(self, step: int) -> None:
        """Open a card, as a callback."""
        position.go(self.slug, self.parameters, step)


def open_page(
    slug: str,
    parameters: Sequence[Parameter],
    *,
    checks: Mapping[str, Check],
    exercise: Callable[[], Verdict | None],
    text: Callable[[], str] | None = None,
) -> DeltaGenerator:
    """Read the link, draw the title and the guide, and note what in the link did not fit.

    Parameters
    ----------
    checks
        By the name that the lesson's `Check:` has: what computes the right answer. Called when a student has answered.
    exercise
        Draws the exercise's widgets, and judges an attempt; None before there is one.
    text
        Returns the text on the screen, which the link to the next page carries along.

    Returns
    -------
    DeltaGenerator
        The slot beside the title, for the Export menu: the page fills it once its numbers are there.
    """
    position.enter(slug)
    links.read(slug, parameters)
    prose = position.lesson_of(slug)
    step = position.current_step()
    slot = _draw_title(slug, parameters, step)
    if step is None:
        st.markdown(prose.goal.body)
    else:
        progress.note_card(slug, step)
        with st.container(key="guide"):
            page = _Page(slug, parameters, checks, exercise, text)
            _draw_head(page, prose, step)
            _draw_card(page, step)
    links.notes(slug)
    return slot


def close_page(slug: str) -> None:
    """Draw what belongs to the page and is no part of its view: limits and glossary."""
    prose = position.lesson_of(slug)
    with st.container(horizontal=True):
        with st.popover(prose.limits.title, icon=":material/info:", key="limits"):
            st.markdown(prose.limits.body)
        draw_glossary_link(registry.page(slug).concept)


def _draw_title(slug: str, parameters: Sequence[Parameter], step: int | None) -> DeltaGenerator:
    head = st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute")
    head.title(_(registry.page(slug).title), width="content")
    side = head.container(horizontal=True, width="content", vertical_alignment="center")
    _draw_example_switch(side, slug, parameters)
    turn = position.explore if step is not None else position.return_to_guide
    side.button(
        _("Explore freely") if step is not None else _("Guide"),
        key="guide_explore",
        icon=":material/explore:" if step is not None else ":material/school:",
        help=_("Fold the guide away; the page stays as it is.") if step is not None else _("Continue the lesson."),
        on_click=turn,
        args=(slug, parameters),
    )
    return side.container(width="content")


def _draw_example_switch(place: DeltaGenerator, slug: str, parameters: Sequence[Parameter]) -> None:
    """Draw what changes between the example in the visitor's language and the one in English."""
    other = position.find_other_example(slug, parameters)
    if other is None:
        return
    name = name_languages([other.language])
    place.button(
        _("Example in {language}").format(language=name),
        key="guide_example",
        type="tertiary",
        icon=":material/translate:",
        help=_("Only what the page shows changes: text and model. The question of the card stays.")
        if position.current_step() is not None
        else None,
        on_click=position.show_example,
        args=(slug, parameters, other.values),
    )


def _draw_head(page: _Page, prose: Lesson, step: int) -> None:
    """Draw which cards there are, the title of this one, and what turns them."""
    cards = prose.cards
    last = len(cards) - 1
    st.session_state["guide_steps"] = step
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", gap="small"):
        st.segmented_control(
            _("Steps of the lesson"),
            range(len(cards)),
            format_func=partial(_name_step, page.slug, last),
            key="guide_steps",
            required=True,
            label_visibility="collapsed",
            width="content",
            on_change=lambda: page.go(st.session_state["guide_steps"]),
        )
        st.markdown(f"**{cards[step].title}**", width="stretch")
        st.button(
            _("Back"),
            key="guide_back",
            type="tertiary",
            icon=":material/arrow_back:",
            disabled=step == 0,
            on_click=page.go,
            args=(step - 1,),
        )
        st.button(
            _("Next"),
            key="guide_next",
            type="primary",
            icon=":material/arrow_forward:",
            icon_position="right",
            disabled=step == last,
            on_click=page.go,
            args=(step + 1,),
        )


def _name_step(slug: str, last: int, step: int) -> str:
    if step == last:
        return ":material/flag:"
    if step == last - 1:
        return ":material/star:"
    is_done = progress.of_page(slug).first_tries.get(str(step)) is not None
    name = ":material/psychology:" if step == 0 else str(step)
    return f"{name} :material/check:" if is_done else name


@fragment
def _draw_card(page: _Page, step: int) -> None:
    if st.session_state.pop(_TOLD, False):
        st.rerun()  # the head shows what is done
    prose = position.lesson_of(page.slug)
    card, last = prose.cards[step], len(prose.cards) - 1
    concept = registry.page(page.slug).concept or ""
    with st.container(key="guide_card"):
        about, asked = st.columns(2, gap="medium") if card.question is not None else (st.container(), st.container())
        with about:
            if step == 0:
                st.caption(prose.goal.body)
            if card.body:
                st.markdown(mark_terms(card.body, concept))
        with asked:
            given = None if card.question is None else _ask(page, str(step), card.question)
            is_open = card.question is not None and (given is None or not (given.is_right or step == 0))
            if card.conclusion and not is_open:
                st.markdown(f"**{_('So:')}** {card.conclusion}")
        if step == last - 1:
            _draw_exercise(page, prose.exercise)
        if step == last:
            _draw_end(page, prose)
    browser.show_target(
        card.look or "",
        step=step,
        moment=f"{page.slug} {position.moment(page.slug)}",
        title=card.title,
        on_progress=_draw_card_anew,
    )


def _ask(page: _Page, name: str, question: Question) -> Given | None:
    """Draw a question, and what is known about the answers given so far."""
    slug = page.slug
    kept: dict[tuple[str, str], Given] = st.session_state.setdefault(progress.ANSWERS, {})
    given = kept.get((slug, name))
    is_prediction = name == PREDICTION
    answers = [option.answer for option in question.options]
    chosen = st.pills(
        f"**{question.text}**",
        answers,
        key=f"guide_answer_{slug}_{name}",
        wrap=True,
        disabled=is_prediction and given is not None,
    )
    if chosen is not None and (given is None or answers.index(chosen) not in given.tries):
        given = kept[slug, name] = _judge(question, answers.index(chosen), given, page.checks)
        progress.note_answer(slug, name, is_right=given.tries[0] == given.right)
    if given is None:
        return None
    shown = list(given.tries)
    if is_prediction:
        progress.note_prediction(slug, given.tries[0], given.right)
        if not given.is_right:
            shown.append(given.right)
    for index in shown:
        option = question.options[index]
        _draw_verdict(index == given.right, option.verdict)
        if index != given.right and option.step is not None:
            label = _("See step {number}").format(number=option.step)
            if st.button(label, key=f"guide_see_{slug}_{name}_{index}", type="tertiary"):
                page.go(option.step)
                st.rerun()
    if given.is_right or is_prediction:
        if given.evidence:
            st.caption(given.evidence)
    else:
        st.caption(_("Try another answer."))
    return given


def _judge(question: Question, chosen: int, before: Given | None, checks: Mapping[str, Check]) -> Given:
    if before is not None:
        return Given((*before.tries, chosen), before.right, before.evidence)
    if question.right is not None:
        return Given((chosen,), question.right, "")
    answer = checks[question.check or ""]()
    return Given((chosen,), answer.index(question), answer.evidence)


def _draw_verdict(is_right: bool, reason: str) -> None:
    said = f":green-badge[{_('Right')}]" if is_right else f":orange-badge[{_('Not quite')}]"
    st.markdown(f"{said} {reason}")


def _draw_exercise(page: _Page, task: Exercise) -> None:
    """Draw the exercise, and the help that failed tries have earned."""
    slug = page.slug
    tries: list[str] = st.session_state.setdefault(progress.TRIES, {}).setdefault(slug, [])
    verdict = page.exercise()
    if verdict is not None:
        _draw_verdict(verdict.solved, verdict.evidence)
        if verdict.solved:
            progress.note_solved(slug)
        elif verdict.evidence not in tries:
            tries.append(verdict.evidence)
    if progress.of_page(slug).solved:
        st.markdown(task.debrief)
        return
    if len(tries) >= HINT_AFTER:
        st.markdown(f"**{_('Hint:')}** {task.hint}")
    if len(tries) >= SOLUTION_AFTER:
        st.markdown(f"**{_('Solution:')}** {task.solution}")


def _draw_end(page: _Page, prose: Lesson) -> None:
    """Draw the quiz, and the way to the next page with the student's text."""
    for number, (place, question) in enumerate(zip(st.columns(len(prose.quiz)), prose.quiz, strict=True), start=1):
        with place:
            _ask(page, f"quiz-{number}", question)
    following = _next_page(page.slug)
    if following is None:
        navigation.page_link(_PREDICTIONS)
        return
    carried = {}
    if page.text is not None and following.text_parameter is not None:
        carried = {following.text_parameter: page.text()[:MOST_LINKED_CHARACTERS]}
    label = _("Next page: {title}").format(title=_(following.title))
    navigation.page_link(following.slug, label=label, **{position.STEP: "0", **carried})


def _next_page(slug: str) -> registry.PageEntry | None:
    lessons = [entry for entry in navigation.open_pages() if entry.concept is not None]
    places = [index for index, entry in enumerate(lessons) if entry.slug == slug]
    return lessons[places[0] + 1] if places and places[0] + 1 < len(lessons) else None


def _draw_card_anew() -> None:
    st.session_state[_TOLD] = True
