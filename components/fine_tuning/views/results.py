"""What the classifier says: of the visitor's sentences, over the training, and on the held-out texts."""

from __future__ import annotations

from typing import Final

import streamlit as st

from components.core.i18n import _
from components.core.text import sanitize
from components.fine_tuning import figures, link
from components.fine_tuning.examples import Examples
from components.fine_tuning.figures import format_p_value
from components.fine_tuning.link import WHAT_NAMES
from components.fine_tuning.measures import SURE_BELOW, compare
from components.fine_tuning.outcome import Outcome
from components.fine_tuning.state import CurrentTask, answer_after, answer_before, session_trainings
from components.models.registry import record
from components.ui import charts, links, tables
from components.ui.text_fit import warn_of_unread_text

SENTENCES_CHART: Final = "fine_tuning_sentences"
_HEIGHT_PX: Final = 124
_MOST_CHARS: Final = 200
CURVES_CHART: Final = "fine_tuning_curves"
CONFUSION_CHART: Final = "fine_tuning_confusion"
_AGAINST: Final = ("centroid", "untrained")
MAP_CHART: Final = "fine_tuning_map"


def sentences_in_use() -> tuple[str, ...]:
    """Return the sentences of the page's field or link, each once, at most `MOST_SENTENCES`."""
    lines = str(st.session_state[link.SENTENCES.name]).replace("\r", "\n").split("\n")
    texts = (sanitize(line.strip(), most_characters=_MOST_CHARS).text for line in lines)
    return tuple(dict.fromkeys(text for text in texts if text))[: link.MOST_SENTENCES]


def sentences_view(current: CurrentTask) -> None:
    st.text_area(
        _("Your sentences, one a line"),
        height=_HEIGHT_PX,
        max_chars=link.SENTENCES.most_chars,
        help=_("Up to {most} are shown.").format(most=link.MOST_SENTENCES),
        **links.bound(link.PAGE, link.SENTENCES),
    )
    warn_of_unread_text(record(current.task.model_id), "\n".join(current.sentences))
    if not current.sentences:
        st.info(_("Write a sentence, and the classifier answers."), icon=":material/edit:")
        return
    answers = answer_after(current)
    chart = figures.draw_sentences(current.sentences, current.examples.labels, answer_before(current), answers)
    charts.draw(chart, key=SENTENCES_CHART)
    if current.training is None:
        st.caption(
            _(
                "Grey: before training. The new layer still holds random numbers, so these answers are noise. "
                "Change the seed and they change. Press “Train”."
            )
        )
    elif answers is None:
        st.info(
            _("Your trained model was removed to make room for another visitor's. Train again to use it."),
            icon=":material/memory:",
        )
    else:
        st.caption(
            _(
                "Grey: before training, with random numbers in the new layer. The length of a bar is the "
                "probability of its answer."
            )
        )


def curves_view(outcome: Outcome) -> None:
    chart = figures.draw_curves(outcome)
    charts.draw(chart, key=CURVES_CHART)
    st.caption(
        _(
            "Training: mean loss of the batches of an epoch, each before its step. Held out: all held-out "
            "texts after the epoch. When the first falls and the second rises, the model memorises its "
            "examples."
        )
    )
    with st.container(key="fine_tuning_trainings"):
        _trainings(outcome)


def _trainings(outcome: Outcome) -> None:
    rows = [kept.outcome for kept in session_trainings()]
    tables.draw(
        {
            _("What is trained"): [_(WHAT_NAMES[each.task.settings.what]) for each in rows],
            _("right, held out (95% interval)"): [
                figures.format_share(each.measured[-1].accuracy, each.verdicts.intervals["after"]) for each in rows
            ],
            _("p, against the one in view"): [_paired(outcome, each) for each in rows],
            _("Training examples"): [len(each.task.examples.training) for each in rows],
            _("steps"): [f"{each.steps_done} / {each.steps}" for each in rows],
            _("learning rate"): [f"{each.task.settings.rate:g}" for each in rows],
            _("seed"): [each.task.settings.seed for each in rows],
            _("seconds"): [round(each.seconds) for each in rows],
            _("Model"): [record(each.task.model_id).title for each in rows],
        },
        alt=_("Your trainings in this session"),
    )


def _paired(first: Outcome, second: Outcome) -> str:
    """Return the p value of the exact McNemar test of two trainings; only on the same held-out texts there is one."""
    if first is second or first.task.examples.held_out != second.task.examples.held_out:
        return "–"
    return format_p_value(compare(first.verdicts.after, second.verdicts.after).p)


def confusion_view(outcome: Outcome) -> None:
    with st.container(key="fine_tuning_chance"):
        _differences(outcome)
    chart = figures.draw_confusion(outcome)
    charts.draw(chart, key=CONFUSION_CHART)
    bars = figures.draw_accuracies(outcome)
    charts.draw(bars, key="fine_tuning_accuracies")
    st.caption(
        _(
            "“Nearest mean” has no head and no training: it answers with the label whose mean [CLS] vector "
            "is nearest. What training adds is the difference to that."
        )
    )
    _mistakes(outcome)


def _differences(outcome: Outcome) -> None:
    """Say whether training made more than a chance difference, text by text."""
    texts = len(outcome.task.examples.held_out)
    comparisons = outcome.verdicts.comparisons
    st.markdown(_("**Can the difference be chance?** Both answered the same {count} texts.").format(count=texts))
    tables.draw(
        {
            _("compared with"): [_("nearest mean, no training"), _("head before training")],
            _("gained / lost"): [f"{comparisons[name].gained} / {comparisons[name].lost}" for name in _AGAINST],
            "p": [format_p_value(comparisons[name].p) for name in _AGAINST],
            _("chance?"): [_("hardly") if comparisons[name].is_sure else _("can be") for name in _AGAINST],
        },
        alt=_("What training gained and lost on the held-out texts, with p values"),
    )
    st.caption(
        _(
            "Gained: texts that only the trained classifier gets right; lost: texts that only the other gets "
            "right. p (exact McNemar test): how often chance alone would divide these texts at least so "
            "unevenly if both were equally good; from {limit} up, the difference can be chance. The brackets "
            "and thin lines are 95% intervals (Wilson): where the accuracy may be on other texts of this "
            "kind. What another seed changes is not in them."
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
    st.markdown(_("**What it gets wrong**, the highest probability first"))
    tables.draw(
        {
            _("text"): [examples.held_out[place].text for place in wrong],
            _("is"): [examples.held_out[place].label for place in wrong],
            _("answered"): [examples.labels[answers[place]] for place in wrong],
            _("probability"): [f"{shares[place].max():.0%}" for place in wrong],
        },
        height=240,
        alt=_("Held-out texts with a wrong answer"),
    )


def map_view(outcome: Outcome) -> None:
    chart = figures.draw_vectors(outcome)
    charts.draw(chart, key=MAP_CHART)
    if outcome.task.settings.what == "head":
        st.caption(
            _(
                "Both pictures are the same: the encoder was not trained, so no vector moved. Only the head learned "
                "where to draw its line through all of their numbers."
            )
        )
    else:
        st.caption(
            _(
                "Each point is a held-out text, never trained on. The axes are the two directions in which the "
                "vectors after training differ most (principal components), each with its share of all "
                "differences; the vectors before training are drawn on the same axes."
            )
        )


def examples_view(examples: Examples) -> None:
    st.markdown(
        _("{training} texts to learn from, {held_out} held out. A held-out text is never trained on.").format(
            training=len(examples.training), held_out=len(examples.held_out)
        )
    )
    parts = ((_("training"), examples.training), (_("held out"), examples.held_out))
    rows = [(name, example) for name, part in parts for example in part]
    tables.draw(
        {
            _("part"): [name for name, _example in rows],
            _("label"): [example.label for _name, example in rows],
            _("text"): [example.text for _name, example in rows],
        },
        height=420,
        alt=_("All examples with their labels"),
    )
