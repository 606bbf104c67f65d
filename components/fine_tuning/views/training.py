"""The training as it runs: its button, its progress, and how it is stopped."""

from __future__ import annotations

import time
from contextlib import closing
from threading import Event
from typing import Final

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from components.core.errors import VisitorError
from components.core.i18n import _
from components.core.units import to_bits
from components.fine_tuning import figures
from components.fine_tuning.outcome import Measured, Task
from components.fine_tuning.run import Run, Waiting
from components.fine_tuning.state import keep_training, read_untouched, session_trainings
from components.fine_tuning.training import Step
from components.models import cached
from components.ui import charts, errors
from components.ui.session import checkpoint, session

_WISH: Final = "fine_tuning_wish"
_OVER: Final = "fine_tuning_over"
_LOOKS_S: Final = 0.1
_REDRAW_S: Final = 1.0
_TOLD_S: Final = 0.1
_BOARD_PX: Final = 420


def pop_request() -> bool:
    """Return whether the button was pressed since the last call."""
    return bool(st.session_state.pop(_WISH, False))


def draw_button(task: Task, *, again: bool) -> None:
    """Draw the button; what it asks for happens in the run that follows."""
    steps = task.settings.steps(len(task.examples.training))
    st.button(
        _("Train again") if again else _("Train"),
        type="primary",
        icon=":material/model_training:",
        key="fine_tuning_train",
        help=_("{count} examples in {steps} steps. You can stop at any time.").format(
            count=len(task.examples.training), steps=steps
        ),
        on_click=_wish,
    )


def train_live(task: Task, stop: DeltaGenerator) -> None:
    """Train while the visitor watches; any click, another page or a closed tab ends it. What was reached is kept."""
    # a click on it starts the page anew, and that ends the training: it has nothing to do itself
    stop.button(_("Stop"), key="fine_tuning_stop", icon=":material/stop_circle:", width="stretch")
    place = st.empty()
    with place.container(height=_BOARD_PX, border=False):
        bar = st.progress(0.0, text=_("Reading the texts before any training"))
        st.caption(_("Any other click stops it too. What was learned until then is kept."))
        board = st.empty()
    kept, over = session_trainings(), Event()
    st.session_state[_OVER] = over
    try:
        run = _start(task)
        try:
            _watch(run, bar, board)
        finally:
            keep_training(run, kept)
    except VisitorError as error:
        errors.show(error)
        return
    finally:
        over.set()
    place.empty()


def wait_until_measured() -> None:
    """Wait for a training that a click has just ended: the click's own run starts before the other one is over."""
    over: Event | None = st.session_state.get(_OVER)
    if over is None or over.is_set():
        return
    with st.spinner(_("Measuring what was learned")):
        while not over.wait(_LOOKS_S):
            checkpoint()


def _start(task: Task) -> Run:
    texts = [tuple(each.text for each in part) for part in (task.examples.training, task.examples.held_out)]
    vectors = (read_untouched(task.model_id, texts[0]), read_untouched(task.model_id, texts[1]))
    return Run(cached.encoder(task.model_id), task, vectors)


def _watch(run: Run, bar: DeltaGenerator, board: DeltaGenerator) -> None:
    losses: list[float] = []
    drawn_s = told_s = 0.0
    said = ""
    with closing(run.go(checkpoint, session=session())) as events:
        for event in events:
            if isinstance(event, Waiting):
                text = _("Somebody else is training. You are number {position} in line.")
                bar.progress(0.0, text=text.format(position=event.position))
                continue
            if isinstance(event, Measured):
                said = _("held out: {accuracy:.0%} right").format(accuracy=event.accuracy)
                continue
            losses.append(event.loss)
            now_s = time.monotonic()
            if now_s - told_s > _TOLD_S:
                told_s = now_s
                bar.progress(event.number / event.of, text=_progress(event, said))
            if now_s - drawn_s > _REDRAW_S:
                drawn_s = now_s
                chart = figures.draw_live(losses, event.of)
                with board.container():
                    charts.draw(chart, key=f"fine_tuning_live_{event.number}")


def _progress(step: Step, said: str) -> str:
    text = _("Step {number} of {of}, loss {loss:.2f} bits").format(
        number=step.number, of=step.of, loss=to_bits(step.loss)
    )
    return f"{text} · {said}" if said else text


def _wish() -> None:
    st.session_state[_WISH] = True
