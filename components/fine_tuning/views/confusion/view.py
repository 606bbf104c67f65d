"""How often the classifier is right on texts it never saw, what it mistakes for what, and which texts those are."""

from __future__ import annotations

from typing import Final

import streamlit as st

from components.fine_tuning import figures
from components.fine_tuning.outcome import Outcome
from components.shell import charts
from components.shell.i18n import _

CHART: Final = "fine_tuning_confusion"


def confusion_view(outcome: Outcome) -> None:
    """Draw the view."""
    chart = figures.confusion(outcome)
    charts.chart(chart.figure, alt=chart.alt, key=CHART)
    bars = figures.accuracies(outcome)
    charts.chart(bars.figure, alt=bars.alt, key="fine_tuning_accuracies")
    st.caption(
        _(
            "“Nearest mean” has no head and no training: the label whose mean [CLS] vector of the training texts is "
            "nearest. What training adds is the difference to that."
        )
    )
    _mistakes(outcome)


def _mistakes(outcome: Outcome) -> None:
    examples = outcome.task.examples
    shares = outcome.after.probabilities
    answers = shares.argmax(axis=1)
    wrong = [
        place
        for place, (answer, truth) in enumerate(zip(answers, examples.classes(examples.held_out), strict=True))
        if answer != truth
    ]
    wrong.sort(key=lambda place: -float(shares[place].max()))
    if not wrong:
        st.success(_("All held-out texts are right."), icon=":material/check_circle:")
        return
    st.markdown(_("**What it gets wrong**, the surest first"))
    st.dataframe(
        {
            _("text"): [examples.held_out[place].text for place in wrong],
            _("is"): [examples.held_out[place].label for place in wrong],
            _("answered"): [examples.labels[answers[place]] for place in wrong],
            _("probability"): [f"{shares[place].max():.0%}" for place in wrong],
        },
        hide_index=True,
        height=240,
        alt=_("Held-out texts with a wrong answer"),
    )
