"""How loss and accuracy went over the training, and the trainings of this session side by side."""

from __future__ import annotations

from typing import Final

import streamlit as st

from components.core.i18n import _
from components.fine_tuning import figures
from components.fine_tuning.comparison import compare
from components.fine_tuning.outcome import Outcome
from components.fine_tuning.views.shown import outcomes
from components.fine_tuning.wording import WHATS, probability
from components.models.registry import record
from components.ui import charts

CHART: Final = "fine_tuning_curves"


def curves_view(outcome: Outcome) -> None:
    """Draw the view."""
    chart = figures.curves(outcome)
    charts.draw(chart, key=CHART)
    st.caption(
        _(
            "Training: mean loss of the batches of an epoch, each before its step. Held out: all held-out texts after "
            "the epoch. When the first falls and the second rises, the model learns its examples by heart."
        )
    )
    _trainings(outcome)


def _trainings(outcome: Outcome) -> None:
    rows = [kept.outcome for kept in outcomes()]
    st.dataframe(
        {
            _("What is trained"): [_(WHATS[each.task.settings.what]) for each in rows],
            _("right, held out (95% interval)"): [
                figures.with_interval(each.measured[-1].accuracy, each.verdicts.intervals["after"]) for each in rows
            ],
            _("p, against the one in view"): [_paired(outcome, each) for each in rows],
            _("Training examples"): [len(each.task.examples.training) for each in rows],
            _("steps"): [f"{each.steps_done} / {each.steps}" for each in rows],
            _("learning rate"): [f"{each.task.settings.rate:g}" for each in rows],
            _("seed"): [each.task.settings.seed for each in rows],
            _("seconds"): [round(each.seconds) for each in rows],
            _("Model"): [record(each.task.model_id).title for each in rows],
        },
        hide_index=True,
        alt=_("Your trainings in this session"),
    )


def _paired(first: Outcome, second: Outcome) -> str:
    """Return the p value of the exact McNemar test of two trainings; only on the same held-out texts there is one."""
    if first is second or first.task.examples.held_out != second.task.examples.held_out:
        return "–"
    return probability(compare(first.verdicts.after, second.verdicts.after).p)
