"""The page of fine-tuning: the examples, the training as it goes on, what came of it, and the lesson around them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import streamlit as st

from components.core.i18n import _
from components.fine_tuning import link
from components.fine_tuning.export import result, script
from components.fine_tuning.figures import format_share
from components.fine_tuning.link import View
from components.fine_tuning.outcome import Outcome, Task
from components.fine_tuning.state import CurrentTask, answer_after, answer_before, find_training
from components.fine_tuning.views.controls import choose_examples, choose_settings
from components.fine_tuning.views.guide import CHECKS, judge_attempt
from components.fine_tuning.views.results import (
    CONFUSION_CHART,
    CURVES_CHART,
    MAP_CHART,
    SENTENCES_CHART,
    confusion_view,
    curves_view,
    examples_view,
    map_view,
    sentences_in_use,
    sentences_view,
)
from components.fine_tuning.views.training import draw_button, pop_request, train_live, wait_until_measured
from components.models import cached
from components.models.errors import ModelError
from components.models.records import loadable_name
from components.models.registry import record
from components.models.store import local_folder
from components.ui import errors
from components.ui.export import Export, export_menu
from components.ui.guide import position
from components.ui.guide.page import close_page, open_page
from components.ui.model_picker import model_picker
from components.ui.open_tab import choose_view

_OF_A_TRAINING: Final[dict[View, tuple[Callable[[Outcome], None], str]]] = {
    "curves": (curves_view, CURVES_CHART),
    "confusion": (confusion_view, CONFUSION_CHART),
    "map": (map_view, MAP_CHART),
}
"""For each view that needs a training, the function that draws it and the chart that the Export menu saves."""


def page() -> None:
    slot = open_page(link.PAGE, link.PARAMETERS, checks=CHECKS, exercise=judge_attempt)
    left, right = st.columns([2, 3], gap="large")
    with left:
        needs_model = st.session_state[link.VIEW.name] != "examples"
        model = model_picker(link.PAGE, link.MODEL, load=cached.encoder if needs_model else None)
        examples, settings = choose_settings(choose_examples(model))
        task = Task(model.id, examples, settings)
        is_wished = pop_request()
        button = st.empty()
    with right:
        view = _choose_view()
        with st.container(key=f"view_{view}"):
            wait_until_measured()
            if is_wished or _starts_by_itself(task):
                train_live(task, button)
                if is_wished:
                    st.rerun()  # the controls are told
            current = CurrentTask(task, sentences_in_use(), find_training(task))
            try:
                _draw_view(view, current)
            except ModelError as error:
                errors.show(error)
            else:
                with slot:
                    export_menu(_export(current, view))
    with button.container():
        draw_button(task, again=current.training is not None)
        _say_how_it_went(current.outcome)
    close_page(link.PAGE)


def _starts_by_itself(task: Task) -> bool:
    """Say whether a card shows what a head has learned: that takes a moment, and nobody has to press a button."""
    is_guided = position.current_step() is not None
    is_wanted = st.session_state[link.VIEW.name] != "examples"
    return is_guided and is_wanted and task.settings.what == "head" and find_training(task) is None


def _choose_view() -> View:
    names = {view: _(name) for view, name in link.VIEW_NAMES.items()}
    return choose_view(_("View"), link.PAGE, link.VIEW, link.VIEWS, names)


def _draw_view(view: View, current: CurrentTask) -> None:
    if view == "sentences":
        sentences_view(current)
    elif view == "examples":
        examples_view(current.examples)
    elif current.outcome is None:
        st.info(_("There is nothing to show before training. Press “Train”."), icon=":material/model_training:")
    else:
        _OF_A_TRAINING[view][0](current.outcome)


def _say_how_it_went(outcome: Outcome | None) -> None:
    """Say what the training on the screen came to, beside what is right without one."""
    if outcome is None:
        return
    if outcome.was_stopped:
        text = _("Stopped after {done} of {steps} steps; what was reached then is shown.")
        st.info(text.format(done=outcome.steps_done, steps=outcome.steps), icon=":material/stop_circle:")
    with st.container(horizontal=True):
        last, against = outcome.measured[-1].accuracy, outcome.verdicts.comparisons["centroid"]
        st.metric(
            _("right, held out"),
            format_share(last, outcome.verdicts.intervals["after"]),
            delta=_("{points:+.0f} points compared with the nearest mean").format(
                points=100 * (last - outcome.baselines.centroid)
            ),
            delta_color="normal" if against.is_sure else "off",
            border=True,
            help=_(
                "Share of the held-out texts with the right answer and its 95% interval, compared with no training at "
                "all. In grey, the difference can be chance (exact McNemar test)."
            ),
        )
    st.caption(
        _("{steps} steps in {seconds:.0f} seconds, on {threads} CPU threads.").format(
            steps=outcome.steps_done, seconds=outcome.seconds, threads=outcome.threads
        )
    )


def _export(current: CurrentTask, view: View) -> Export:
    def sentences() -> tuple[str, ...]:
        # without the trained encoder there is nothing to say of the sentences any more
        return current.sentences if current.training is None or answer_after(current) is not None else ()

    def numbers() -> dict[str, Any]:
        return result(
            current.examples.labels, sentences(), answer_before(current), answer_after(current), current.outcome
        )

    model = record(current.task.model_id)
    outcome = current.outcome
    return Export(
        page=link.PAGE,
        params={
            parameter.name: model.id if parameter is link.MODEL else st.session_state[parameter.name]
            for parameter in link.PARAMETERS
        },
        model=model.id,
        result=numbers,
        script=lambda: script(
            current.task,
            sentences(),
            weights=loadable_name(model, local_folder(model)),
            steps_done=0 if outcome is None else outcome.steps_done,
            threads=1 if outcome is None else outcome.threads,
        ),
        figure=_OF_A_TRAINING[view][1] if view in _OF_A_TRAINING else SENTENCES_CHART,
    )
