"""The controls: which examples, what is trained, and how."""

from __future__ import annotations

from typing import Final

import streamlit as st

from components.core.i18n import _, use
from components.core.text import sanitize
from components.fine_tuning import link
from components.fine_tuning.csv_examples import (
    MOST_CHARACTERS,
    MOST_EXAMPLES,
    MOST_TEXT_CHARS,
    ExamplesError,
    Pasted,
    decode_upload,
    parse_csv,
)
from components.fine_tuning.examples import Examples, divide, read_shipped, some_of
from components.fine_tuning.lesson_examples import lesson_examples
from components.fine_tuning.outcome import Task
from components.fine_tuning.training import USUAL_RATE, Settings, What
from components.models.records import ModelRecord
from components.models.registry import records
from components.models.store import is_local
from components.ui import errors, links
from components.ui.text_fit import warn_of_unread_text

_KOREAN: Final = "ko"
_HEIGHT_PX: Final = 200
_UPLOADED: Final = "fine_tuning_upload"
_REFUSED: Final = "fine_tuning_refused"


def read_task(model: ModelRecord) -> Task:
    """Return the task that the link asks for, without drawing a control; like `choose_examples` on bad examples."""
    what = next(each for each in USUAL_RATE if each == st.session_state[link.WHAT.name])
    settings = Settings(
        what=what,
        epochs=int(st.session_state[link.EPOCHS.name]),
        rate=float(st.session_state[link.RATE.name]) * USUAL_RATE[what],
        seed=int(st.session_state[link.SEED.name]),
    )
    count = int(st.session_state[link.COUNT.name])
    return Task(model.id, some_of(_examples_in_use(model), count, seed=settings.seed), settings)


def _examples_in_use(model: ModelRecord) -> Examples:
    data = st.session_state[link.DATA.name]
    if data == "korean" and _KOREAN in model.languages:
        return read_shipped("korean")
    if data == "own":
        try:
            return divide(parse_csv(st.session_state[link.OWN.name]).examples)
        except ExamplesError:
            return read_shipped("film")
    return read_shipped("film")


def choose_examples(model: ModelRecord) -> Examples:
    """Draw the choice of examples and return them; the shipped reviews in place of what cannot be used."""
    reads_korean = _KOREAN in model.languages
    asked = st.session_state[link.DATA.name]
    options = [name for name in link.DATA.options if name != "korean" or reads_korean or name == asked]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.segmented_control(
            _("Examples to learn from"),
            options,
            required=True,
            format_func=lambda name: _(link.DATA_NAMES[name]),
            **links.bound(link.PAGE, link.DATA),
        )
        if "korean" not in options:
            _draw_way_to_korean(model)
    if chosen == "own":
        return _own(model) or read_shipped("film")
    if chosen == "korean" and reads_korean:
        return read_shipped("korean")
    if chosen == "korean":
        st.info(_why_no_korean(model), icon=":material/translate:")
        st.caption(_("Until then, the page uses its English film reviews."))
    return read_shipped("film")


def _draw_way_to_korean(model: ModelRecord) -> None:
    """Draw the Korean reviews as a button: it also chooses a model that reads them, where one is on this machine."""
    readers = [each for each in records(tasks=link.MODEL.tasks) if _reads_korean_here(each)]
    with use(_KOREAN):
        of_lesson = lesson_examples().model
    reader = min(readers, key=lambda each: each.id != of_lesson, default=None)
    if reader is None:
        st.button(_(link.DATA_NAMES["korean"]), disabled=True, key="fine_tuning_korean", help=_why_no_korean(model))
        return
    st.button(
        _(link.DATA_NAMES["korean"]),
        key="fine_tuning_korean",
        icon=":material/translate:",
        help=_("Also chooses {model}, which reads Korean.").format(model=reader.title),
        on_click=links.set_up,
        args=(link.PAGE, link.PARAMETERS, {link.MODEL.name: reader.id, link.DATA.name: "korean"}),
    )


def _reads_korean_here(model: ModelRecord) -> bool:
    return _KOREAN in model.languages and is_local(model)


def _why_no_korean(model: ModelRecord) -> str:
    """Say what is missing for the Korean reviews."""
    readers = [each for each in records(tasks=link.MODEL.tasks) if _KOREAN in each.languages]
    here = [each.title for each in readers if is_local(each)]
    if here:
        text = _("“{model}” does not read Korean. Choose {models} in the model menu.")
        return text.format(model=model.title, models=", ".join(here))
    text = _("“{model}” does not read Korean, and {models} are not on this machine: fetch one in the model menu.")
    return text.format(model=model.title, models=", ".join(each.title for each in readers))


def _own(model: ModelRecord) -> Examples | None:
    """Draw the field for a visitor's own examples and return them; None while they cannot be used."""
    st.file_uploader(_("CSV file"), type=["csv", "tsv", "txt"], key=_UPLOADED, on_change=_take_file, max_upload_size=1)
    refused: ExamplesError | None = st.session_state.pop(_REFUSED, None)
    if refused is not None:
        errors.show(refused)
    text: str = st.text_area(
        _("One example a row: text, label"),
        height=_HEIGHT_PX,
        max_chars=MOST_CHARACTERS,
        placeholder=_('The soup was cold,bad\n"Warm bread, kind people",good'),
        help=_("Up to {rows} rows with texts of up to {characters} characters. They stay on this machine.").format(
            rows=MOST_EXAMPLES, characters=MOST_TEXT_CHARS
        ),
        **links.bound(link.PAGE, link.OWN),
    )
    if not text.strip():
        st.caption(_("Until there are examples here, the page uses its film reviews."))
        return None
    warn_of_unread_text(model, text, (link.PAGE, link.MODEL))
    try:
        pasted = parse_csv(text)
    except ExamplesError as error:
        errors.show(error)
        st.caption(_("Until this is corrected, the page uses its film reviews."))
        return None
    _say_what_was_changed(pasted)
    return divide(pasted.examples)


def _take_file() -> None:
    """Put an uploaded file into the field."""
    uploaded = st.session_state[_UPLOADED]
    if uploaded is None:
        return
    try:
        text = sanitize(decode_upload(uploaded.getvalue()), most_characters=MOST_CHARACTERS).text
    except ExamplesError as error:
        st.session_state[_REFUSED] = error
        return
    links.set_up(link.PAGE, (link.OWN,), {link.OWN.name: text})


def _say_what_was_changed(pasted: Pasted) -> None:
    notes = [
        (pasted.repeated, _("Repeated rows left out: {count}.")),
        (pasted.left_over, _("Rows beyond the first {most} left out: {count}.")),
        (pasted.cut, _("Texts cut after {characters} characters: {count}.")),
        (pasted.replaced, _("Characters that were damaged in copying are shown as �: {count}.")),
    ]
    said = [text.format(count=count, most=MOST_EXAMPLES, characters=MOST_TEXT_CHARS) for count, text in notes if count]
    if said:
        st.info(" ".join(said), icon=":material/content_cut:")


def choose_settings(whole: Examples) -> tuple[Examples, Settings]:
    """Draw what is trained and how; return the examples to use and the settings."""
    what = _choose_what()
    with st.popover(_("Settings"), icon=":material/tune:"):
        count = st.number_input(
            _("Training examples"),
            int(link.COUNT.least),
            int(link.COUNT.most),
            help=_("There are {count}. If you take fewer, the labels are kept as equal in number as possible.").format(
                count=len(whole.training)
            ),
            **links.bound(link.PAGE, link.COUNT),
        )
        epochs = st.slider(
            _("Epochs"),
            int(link.EPOCHS.least),
            int(link.EPOCHS.most),
            help=_("How often each training text is seen."),
            **links.bound(link.PAGE, link.EPOCHS),
        )
        times = st.number_input(
            _("Learning rate, times the usual one"),
            link.RATE.least,
            link.RATE.most,
            step=0.5,
            help=_("The usual one is {full} for everything and {head} for the head only.").format(
                full=USUAL_RATE["full"], head=USUAL_RATE["head"]
            ),
            **links.bound(link.PAGE, link.RATE),
        )
        st.caption(_("The learning rate is {rate:g} at its highest.").format(rate=times * USUAL_RATE[what]))
        seed = st.number_input(
            _("Seed"),
            int(link.SEED.least),
            int(link.SEED.most),
            help=_("Decides which numbers the head starts with and in which order the texts come."),
            **links.bound(link.PAGE, link.SEED),
        )
    settings = Settings(what=what, epochs=int(epochs), rate=float(times) * USUAL_RATE[what], seed=int(seed))
    return some_of(whole, int(count), seed=settings.seed), settings


def _choose_what() -> What:
    chosen = st.segmented_control(
        _("What is trained"),
        link.WHAT.options,
        required=True,
        format_func=lambda name: _(link.WHAT_NAMES[name]),
        help=_(
            "The head is one layer on top of [CLS], a few hundred numbers. “Everything” changes all "
            "parameters of the model too: of a copy that belongs to you alone."
        ),
        **links.bound(link.PAGE, link.WHAT),
    )
    return next(what for what in USUAL_RATE if what == chosen)
