"""The arc that every concept page follows, so that a student who knows one page knows them all.

Title and goal come first (`opening`), then the page's live view, then the guided path, a prediction, an exercise and
the limits of the view (`closing`). The prose is the lesson's; what is right is always computed from the live model.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from components import registry
from components.core.i18n import _, language
from components.core.parameters import Parameter
from components.ui import links
from components.ui.glossary import draw_glossary, mark_terms
from components.ui.lesson import Lesson, Option, Step, lesson


@dataclass(frozen=True)
class Answer:
    """What the live model says about the question of `{#predict}`."""

    option: str
    """The answer as it stands in the lesson's options."""
    evidence: str
    """The numbers it was read from, in words."""


@dataclass(frozen=True)
class Verdict:
    """What the live model says about an attempt at the exercise."""

    solved: bool
    evidence: str
    """What was measured; for a failed attempt also what is missing."""


def opening(slug: str, parameters: Sequence[Parameter]) -> DeltaGenerator:
    """Read the link, draw the title and the goal, and note what in the link did not fit.

    Returns
    -------
    DeltaGenerator
        The slot beside the title, for the Export menu: the page fills it once its numbers are there.
    """
    links.enter(slug)
    links.read(slug, parameters)
    entry = registry.page(slug)
    head = st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute")
    head.title(_(entry.title), width="content")
    slot = head.container(width="content")
    st.markdown(mark_terms(_lesson(slug).goal.body, entry.concept or ""))
    links.notes(slug)
    return slot


def closing(
    slug: str,
    parameters: Sequence[Parameter],
    *,
    predict: Callable[[], Answer],
    exercise: Callable[[], None],
) -> None:
    """Draw the lesson under the live view.

    Parameters
    ----------
    predict
        Computes the right answer; called only once the student has committed to one.
    exercise
        Draws the exercise's widgets and calls `show_verdict`.
    """
    prose = _lesson(slug)
    st.divider()
    left, right = st.columns(2, gap="large")
    with left:
        _guided_path(slug, prose, parameters)
    with right:
        st.header(prose.predict.title)
        _prediction(slug, prose, predict)
        st.header(prose.exercise.title)
        st.markdown(prose.exercise.body)
        exercise()
        st.header(prose.limits.title)
        st.markdown(prose.limits.body)
    draw_glossary(registry.page(slug).concept)


def show_verdict(verdict: Verdict) -> None:
    """Show whether an attempt solved the exercise, and the numbers that decided it."""
    if verdict.solved:
        st.success(verdict.evidence, icon=":material/check_circle:")
    else:
        st.info(verdict.evidence, icon=":material/trending_flat:")


def _lesson(slug: str) -> Lesson:
    concept = registry.page(slug).concept
    if concept is None:
        raise ValueError(f"the page {slug!r} belongs to no concept and has no lesson")
    return lesson(concept, language())


def _guided_path(slug: str, prose: Lesson, parameters: Sequence[Parameter]) -> None:
    st.header(prose.path.title)
    if prose.path.body:
        st.markdown(prose.path.body)
    for number, step in enumerate(prose.steps, start=1):
        _step(number, step, slug, parameters)


def _step(number: int, step: Step, slug: str, parameters: Sequence[Parameter]) -> None:
    with st.container(border=True, gap="small"):
        st.markdown(f"**{number}. {step.title}**\n\n{step.body}")
        st.button(
            step.label,
            key=f"step_{number}",
            icon=":material/play_arrow:",
            on_click=links.open_link,
            args=(slug, parameters, step.values),
        )


@st.fragment
def _prediction(slug: str, prose: Lesson, predict: Callable[[], Answer]) -> None:
    st.markdown(prose.predict.body)
    chosen: Option | None = st.radio(
        prose.predict.title,
        prose.options,
        index=None,
        format_func=lambda option: option.answer,
        key=f"predict_{slug}",
        label_visibility="collapsed",
    )
    if not st.button(_("Check my answer"), key=f"reveal_{slug}", disabled=chosen is None) or chosen is None:
        return
    answer = predict()
    right = next((option for option in prose.options if option.answer == answer.option), None)
    if chosen == right:
        st.success(f"{chosen.reason}\n\n{answer.evidence}", icon=":material/check_circle:")
    else:
        st.info(f"{chosen.reason}\n\n{answer.evidence}", icon=":material/lightbulb:")
        if right is not None:
            st.markdown(f"**{right.answer}** · {right.reason}")
