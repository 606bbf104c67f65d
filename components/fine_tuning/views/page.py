"""The page of fine-tuning: the examples, the training as it goes on, what came of it, and the lesson around them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import streamlit as st

from components.core.i18n import _
from components.fine_tuning import link, wording
from components.fine_tuning.figures import with_interval
from components.fine_tuning.link import View
from components.fine_tuning.outcome import Outcome, Task
from components.fine_tuning.result import result
from components.fine_tuning.script import Recipe, script
from components.fine_tuning.views.confusion import CHART as CONFUSION_CHART
from components.fine_tuning.views.confusion import confusion_view
from components.fine_tuning.views.controls import choose_examples, choose_settings
from components.fine_tuning.views.curves import CHART as CURVES_CHART
from components.fine_tuning.views.curves import curves_view
from components.fine_tuning.views.examples import examples_view
from components.fine_tuning.views.lesson import exercise, predict
from components.fine_tuning.views.live import draw_button, train_live, wait_until_measured, wished
from components.fine_tuning.views.map import CHART as MAP_CHART
from components.fine_tuning.views.map import map_view
from components.fine_tuning.views.sentences import CHART as SENTENCES_CHART
from components.fine_tuning.views.sentences import sentences_in_use, sentences_view
from components.fine_tuning.views.shown import Asked, after, before, training_of
from components.models.errors import ModelError
from components.models.loadable import loadable_name
from components.models.registry import record
from components.models.store import local_folder
from components.ui import errors, links, teaching
from components.ui.export import Export, export_menu
from components.ui.model_picker import model_picker

_OF_A_TRAINING: Final[dict[View, tuple[Callable[[Outcome], None], str]]] = {
    "curves": (curves_view, CURVES_CHART),
    "confusion": (confusion_view, CONFUSION_CHART),
    "map": (map_view, MAP_CHART),
}
"""Of each view that needs a training what draws it, and the chart that the Export menu saves."""


def page() -> None:
    """Draw the page."""
    slot = teaching.opening(link.PAGE, link.PARAMETERS)
    left, right = st.columns([2, 3], gap="large")
    with left:
        model = model_picker(link.PAGE, link.MODEL)
        examples, settings = choose_settings(choose_examples(model))
        task = Task(model.id, examples, settings)
        is_training = wished()
        button = st.empty()
    with right:
        wait_until_measured()
        if is_training:
            train_live(task, button)
        asked = Asked(task, sentences_in_use(), training_of(task))
        try:
            view = _results(asked)
        except ModelError as error:
            errors.show(error)
        else:
            with slot:
                export_menu(_export(asked, view))
    with button.container():
        draw_button(task, again=asked.kept is not None)
        _say_how_it_went(asked.outcome)
    teaching.closing(link.PAGE, link.PARAMETERS, predict=predict, exercise=exercise)


def _results(asked: Asked) -> View:
    chosen = st.segmented_control(
        _("View"),
        link.VIEWS,
        required=True,
        format_func=lambda name: _(wording.VIEWS[name]),
        label_visibility="collapsed",
        **links.bound(link.PAGE, link.VIEW),
    )
    view = next(each for each in link.VIEWS if each == chosen)
    if view == "sentences":
        sentences_view(asked)
    elif view == "examples":
        examples_view(asked.examples)
    elif asked.outcome is None:
        st.info(_("There is nothing to show before a training. Press “Train”."), icon=":material/model_training:")
    else:
        _OF_A_TRAINING[view][0](asked.outcome)
    return view


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
            with_interval(last, outcome.verdicts.intervals["after"]),
            delta=_("{points:+.0f} points against the nearest mean").format(
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


def _export(asked: Asked, view: View) -> Export:
    unanswered, answered = before(asked), after(asked)
    # without the trained encoder there is nothing to say of the sentences any more
    sentences = asked.sentences if asked.kept is None or answered is not None else ()
    model = record(asked.task.model_id)
    outcome = asked.outcome
    return Export(
        page=link.PAGE,
        params={
            parameter.name: model.id if parameter is link.MODEL else st.session_state[parameter.name]
            for parameter in link.PARAMETERS
        },
        model=model.id,
        result=lambda: result(asked.examples.labels, sentences, unanswered, answered, outcome),
        script=lambda: script(
            Recipe(
                weights=loadable_name(model, local_folder(model)),
                task=asked.task,
                sentences=sentences,
                steps_done=0 if outcome is None else outcome.steps_done,
                threads=1 if outcome is None else outcome.threads,
            )
        ),
        figure=_OF_A_TRAINING[view][1] if view in _OF_A_TRAINING else SENTENCES_CHART,
    )
