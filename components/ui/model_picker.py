"""The model menu every page shares, and the panel that fetches a model which is not on this machine yet."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from contextlib import suppress
from typing import Final

import streamlit as st

from components.core.i18n import N_, _, name_languages
from components.core.policy import is_allowed, may
from components.core.roles import FOR_MEMBERS
from components.core.settings import settings
from components.core.text import escape_markdown
from components.models import memory, store
from components.models.errors import ModelError, ModelNotAllowed
from components.models.records import ModelRecord
from components.models.registry import ModelParameter, record
from components.models.sizes import readable_size
from components.models.sources.base import Progress
from components.ui import errors, links
from components.ui.session import checkpoint

_WANTED: Final = "_model_wanted"
"""Key of the model that was chosen and is not here, while the page shows its default."""
_REDRAW_S: Final = 0.2
_MOST_LANGUAGES_NAMED: Final = 3
_FETCHING: Final = {
    "wait": N_("Someone else is fetching it; waiting."),
    "download": N_("Fetched {done} of {total}."),
    "unpack": N_("Checking and unpacking."),
    "convert": N_("Writing its tokenizer in the form this dashboard reads: up to a minute, only once."),
}


def model_picker(
    scope: str,
    parameter: ModelParameter,
    *,
    label: str | None = None,
    shows_inside: bool = False,
    load: Callable[[str], object] | None = None,
) -> ModelRecord:
    """Show the model menu and return the model to use, which is on this machine.

    A chosen model that is not here yet gets a panel that offers to fetch it, or says why that cannot be; meanwhile
    the page goes on with its built-in default, whose name is then the one in the menu.

    Parameters
    ----------
    scope
        The page's slug. `links.read(scope, ...)` has read the parameter.
    parameter
        The page's `model` parameter.
    label
        What the menu is called, already translated; "Model" if not given.
    shows_inside
        Whether the page needs what happens inside a model: its menu says which models of other pages cannot be in it.
    load
        What loads the model for the page. The first visitor after a start waits seconds for it, and is told so.
    """
    model = model_in_use(scope, parameter)
    here, elsewhere = _choices(parameter)
    known = [model.id for model in (*here, *(elsewhere if may_fetch() else ()))]
    any_id = settings().downloads and settings().any_hub_id and may("member")
    names = {each: _option(each) for each in dict.fromkeys([*known, model.id])}
    st.selectbox(
        label or _("Model"),
        list(names),
        format_func=lambda each: names.get(each, each),
        accept_new_options=any_id,
        help=_help(elsewhere, any_id=any_id, shows_inside=shows_inside),
        **links.bound(scope, parameter),
    )
    wanted = st.session_state.get(_WANTED)
    if wanted is None:
        _caption(model)
    else:
        _offer_instead(wanted, model, scope, parameter)
    if load is not None and not memory.is_held(model.id):  # a spinner starts a thread
        with st.spinner(_("Loading {model}").format(model=escape_markdown(model.title))), suppress(ModelError):
            load(model.id)  # what is wrong with it the page says, which loads it again
    return model


def _choices(parameter: ModelParameter) -> tuple[list[ModelRecord], list[ModelRecord]]:
    """Return the models that are on this machine, and those that would have to be fetched first."""
    groups: tuple[list[ModelRecord], list[ModelRecord]] = [], []
    for model in parameter.choices():
        groups[not store.is_local(model)].append(model)
    return groups


def may_fetch() -> bool:
    """Say whether this visitor may have this dashboard fetch a model."""
    return settings().downloads and may("member")


def _help(elsewhere: list[ModelRecord], *, any_id: bool, shows_inside: bool) -> str | None:
    """Say what the menu does not show: a choice that cannot work here is not offered as if it could."""
    said = []
    names = ", ".join(_option(model.id) for model in elsewhere)
    if any_id:
        said.append(_("You can type the id of any model of the Hugging Face Hub, the largest public store of models."))
    elif names and may_fetch():
        said.append(_("These need a download, once: {names}.").format(names=names))
    elif names:
        said.append(_("These need a download, which is not allowed here: {names}.").format(names=names))
    if shows_inside:
        said.append(
            _(
                "Models behind an API (Bedrock, SageMaker, vLLM) are not in this menu: they send back text, and "
                "nothing of what is computed inside."
            )
        )
    return "\n\n".join(said) or None


def model_in_use(scope: str, parameter: ModelParameter) -> ModelRecord:
    """Return the model that the page computes with, and have the menu name it. Call it before the menu is drawn.

    It is the chosen one, or the built-in default while the chosen one is not here. The address goes on naming what was
    chosen: the page takes it as soon as it is here.
    """
    default, wanted = links.default_of(scope, parameter), st.session_state.pop(_WANTED, None)
    chosen = str(st.session_state.get(parameter.name, default))
    if wanted is not None and chosen == default and st.query_params.get(parameter.name) == wanted:
        chosen = str(wanted)
    model = _local_record(chosen) if parameter.problem(chosen) is None else None
    if model is None:
        st.session_state[_WANTED] = chosen
        model = record(default)
    st.session_state[parameter.name] = model.id
    return model


def _local_record(model_id: str) -> ModelRecord | None:
    """Return a model that is on this machine and that this visitor may use."""
    try:
        model = record(model_id)
    except ModelError:
        return None
    return model if is_allowed(model.id) and store.is_local(model) else None


def _offer_instead(wanted: str, shown: ModelRecord, scope: str, parameter: ModelParameter) -> None:
    """Offer to fetch the model that was asked for, or say why it cannot be used."""
    try:
        model = record(wanted)
        if not is_allowed(model.id):  # typed by hand: the menu and links offer none such
            raise ModelNotAllowed(model=model.id)
        if model.source.kind == "path":
            store.local_folder(model)  # says that its folder is empty: there is nothing to fetch
        _panel(model, shown)
    except ModelError as error:
        errors.show(error)
    st.button(
        _("Stay with {model}").format(model=shown.title),
        key="stay_with_model",
        type="tertiary",
        on_click=links.publish,
        args=(scope, parameter),
    )


def _option(model_id: str) -> str:
    """Return a model's title, with its size where that had to be fetched.

    The same before and after the fetch: the browser knows an option by its label, and would lose a choice whose label
    changes. Another language may name it otherwise: the page then sets the menu anew.
    """
    try:
        model = record(model_id)
    except ModelError:
        return model_id
    return model.title if model.size_bytes is None else f"{model.title} · {readable_size(model.size_bytes)}"


def _caption(model: ModelRecord) -> None:
    """Say which languages a model has learned and, of one made for lessons, how good it is."""
    languages = describe_languages(model)
    if model.held_out is None:
        if languages:
            st.caption(languages)
        return
    if model.held_out.measure == "perplexity":
        text = _(
            "A small teaching model: perplexity {value:.1f} in texts like those it learned from. Don't trust its facts."
        )
    elif model.held_out.measure == "right_texts_found":
        text = _("Compares texts and writes none: of right texts it has {value:.0%} among the first three it finds.")
    else:
        text = _(
            "A small teaching model: fills {value:.0%} of the gaps in texts like those it learned from. "
            "Don't trust its facts."
        )
    st.caption(" ".join(filter(None, (text.format(value=model.held_out.value), languages))))


def describe_languages(model: ModelRecord) -> str | None:
    """Return the languages of a model that has learned few; None where there are many, or nobody knows."""
    if not model.languages or len(model.languages) > _MOST_LANGUAGES_NAMED:
        return None
    return _("Learned only: {languages}.").format(languages=name_languages(model.languages))


def offer_models(scope: str, parameter: ModelParameter, languages: Collection[str]) -> None:
    """Offer the models of a menu that have learned some languages: a click takes one, or leads to its download."""
    readers = [model for model in parameter.choices() if set(languages) <= set(model.languages)]
    offered = [model for model in readers if may_fetch() or store.is_local(model)]
    if offered:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.caption(_("Models that have learned it:"), width="content")
            for model in offered:
                st.button(
                    escape_markdown(_option(model.id)),
                    key=f"reader_{model.id}",
                    type="tertiary",
                    icon=":material/arrow_forward:",
                    on_click=_take,
                    args=(scope, parameter, model.id),
                )
    elif readers:
        names = ", ".join(escape_markdown(model.title) for model in readers)
        st.caption(
            _("Models that have learned it need a download, which is not allowed here: {models}.").format(models=names)
        )


def _take(scope: str, parameter: ModelParameter, model_id: str) -> None:
    links.set_up(scope, (parameter,), {parameter.name: model_id})
    st.rerun()  # the menu may be drawn around the part of the page that was clicked in


def _panel(model: ModelRecord, shown: ModelRecord) -> None:
    """Offer to fetch a model, or say how the operator of the dashboard can allow it."""
    with st.container(border=True, key="fetch_panel"):
        st.markdown(
            _("**{model}** is not on this machine yet. The page shows **{default}** meanwhile.").format(
                model=escape_markdown(model.title), default=shown.title
            )
        )
        fetching(model)


def fetching(model: ModelRecord) -> None:
    """Offer to fetch a model that is not here, or say how the operator of the dashboard can allow it."""
    st.markdown(_facts(model))
    if not settings().downloads:
        st.info(
            _("This dashboard does not download models. The operator can allow it with `DASHBOARD_DOWNLOADS=true`."),
            icon=":material/cloud_off:",
        )
    elif not may("member"):
        st.info(_(FOR_MEMBERS), icon=":material/lock:")
    else:
        _offer(model)


def _facts(model: ModelRecord) -> str:
    facts = []
    if model.size_bytes is not None:
        facts.append(_("Size: {size}").format(size=readable_size(model.size_bytes)))
    if model.languages:
        facts.append(_("Languages: {languages}").format(languages=name_languages(model.languages)))
    if model.licence_url is not None:
        licence = model.licence or _("see the model's page")
        facts.append(_("Licence: {licence}").format(licence=f"[{licence}]({model.licence_url})"))
    return " · ".join(facts)


def _offer(model: ModelRecord) -> None:
    """Show the terms, if there are any, and the button that fetches the model."""
    accepted = model.terms is None or st.checkbox(
        _("I have read the [{terms}]({url}) and accept them.").format(terms=model.terms.name, url=model.terms.url),
        key=f"accept_terms_{model.id}",
    )
    if st.button(_("Fetch"), key="fetch_model", icon=":material/download:", disabled=not accepted):
        _fetch(model, accept_terms=accepted)


def _fetch(model: ModelRecord, *, accept_terms: bool) -> None:
    """Fetch a model while the visitor watches; any click stops it, and what has arrived is kept."""
    bar = ProgressBar()
    st.button(_("Cancel"), key="cancel_fetch")
    try:
        store.fetch(model, accept_terms=accept_terms, report=bar.show, checkpoint=checkpoint)
    except ModelError as error:
        bar.place.empty()
        errors.show(error)
        return
    st.rerun()


class ProgressBar:
    """A bar that follows a fetch, drawn a few times a second however often it is told."""

    def __init__(self) -> None:
        self.place = st.progress(0.0, text=_("Asking for it."))
        self._step = ""
        self._drawn_s = 0.0

    def show(self, progress: Progress) -> None:
        """Draw how far the fetch is."""
        now_s = time.monotonic()
        if progress.step == self._step and now_s - self._drawn_s < _REDRAW_S:
            return
        self._step, self._drawn_s = progress.step, now_s
        done, total = progress.done_bytes, progress.total_bytes
        written_total = readable_size(total) if total else "?"
        text = _(_FETCHING[progress.step]).format(done=readable_size(done), total=written_total)
        self.place.progress(min(done / total, 1.0) if total else 0.0, text=text)
