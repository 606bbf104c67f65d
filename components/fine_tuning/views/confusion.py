"""How often the classifier is right on texts it never saw, what it mistakes for what, and which texts those are."""

from __future__ import annotations

from typing import Final

import streamlit as st

from components.core.i18n import _
from components.fine_tuning import figures
from components.fine_tuning.comparison import SURE_BELOW
from components.fine_tuning.outcome import Outcome
from components.fine_tuning.wording import probability
from components.ui import charts

CHART: Final = "fine_tuning_confusion"
_AGAINST: Final = ("centroid", "untrained")


def confusion_view(outcome: Outcome) -> None:
    """Draw the view."""
    chart = figures.confusion(outcome)
    charts.draw(chart, key=CHART)
    bars = figures.accuracies(outcome)
    charts.draw(bars, key="fine_tuning_accuracies")
    st.caption(
        _(
            "“Nearest mean” has no head and no training: the label whose mean [CLS] vector of the training texts is "
            "nearest. What training adds is the difference to that."
        )
    )
    _differences(outcome)
    _mistakes(outcome)


def _differences(outcome: Outcome) -> None:
    """Say whether training made more than a chance difference, text by text."""
    texts = len(outcome.task.examples.held_out)
    comparisons = outcome.verdicts.comparisons
    st.markdown(_("**Can the difference be chance?** Both answered the same {count} texts.").format(count=texts))
    st.dataframe(
        {
            _("compared with"): [_("nearest mean, no training"), _("head before training")],
            _("gained / lost"): [f"{comparisons[name].gained} / {comparisons[name].lost}" for name in _AGAINST],
            "p": [probability(comparisons[name].p) for name in _AGAINST],
            _("chance?"): [_("hardly") if comparisons[name].is_sure else _("can be") for name in _AGAINST],
        },
        hide_index=True,
        alt=_("What training gained and lost on the held-out texts, with p values"),
    )
    st.caption(
        _(
            "Gained: texts that only the trained classifier has right; lost: texts that only the other has right. "
            "p (exact McNemar test): how often these texts would be divided at least so unevenly if both were equally "
            "good; from {limit} up, the difference can be chance. The brackets and thin lines are 95% intervals "
            "(Wilson): where the accuracy may lie on other texts of this kind. What another seed changes is not in "
            "them."
        ).format(limit=SURE_BELOW)
    )


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
