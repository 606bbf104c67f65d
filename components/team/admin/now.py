"""What goes on at this moment: generations and their line, models in memory; each can be ended."""

from __future__ import annotations

import time
from collections import defaultdict
from typing import Final

import psutil  # type: ignore[import-untyped]  # it has no stubs of its own
import streamlit as st

from components.core.i18n import N_, _
from components.core.policy import may
from components.core.text import escape_markdown
from components.engines import runs
from components.models import memory
from components.models.memory import Holding
from components.models.sizes import readable_size
from components.operations import script_runs
from components.team import audit
from components.team.identity import visitor

_AGAIN_S: Final = 3
_KINDS: Final = {
    "causal language model": N_("writes text"),
    "masked language model": N_("fills gaps"),
    "encoder-decoder": N_("turns texts into others"),
    "encoder": N_("makes vectors"),
    "segmenter": N_("cuts out objects"),
}


@st.fragment(run_every=_AGAIN_S)
def draw_now() -> None:
    """Draw it, and again every few seconds. A part that reruns by itself may outlive the right to see it."""
    if not may("admin"):
        return
    going = runs.running()
    waiting = sum(run.seated_s is None for run in going)
    process = psutil.Process()
    with st.container(horizontal=True):
        st.metric(_("Generations writing"), len(going) - waiting, border=True)
        st.metric(_("Generations waiting"), waiting, border=True)
        st.metric(_("Pages being drawn"), script_runs.count_running(), border=True)
        st.metric(_("Memory of the process"), readable_size(process.memory_info().rss), border=True)
    st.subheader(_("Generations"))
    _generations(going)
    st.subheader(_("Models in memory"))
    _models(memory.holdings())


def draw_nothing(icon: str, sentence: str) -> None:
    """Say that there is nothing, so that it does not look broken."""
    with st.container(border=True):
        st.markdown(f":gray[:material/{icon}:] {sentence}")


def _generations(going: tuple[runs.Run, ...]) -> None:
    if not going:
        draw_nothing("bedtime", _("Nobody is generating anything right now."))
        return
    of_model: dict[tuple[str, str], list[runs.Run]] = defaultdict(list)
    for run in going:
        of_model[run.model, run.engine].append(run)
    for (model, engine), its in of_model.items():
        waiting = sum(run.seated_s is None for run in its)
        with st.container(border=True):
            st.markdown(
                _("**{model}** on {engine}: {writing} writing, {waiting} waiting").format(
                    model=escape_markdown(model), engine=engine, writing=len(its) - waiting, waiting=waiting
                )
            )
            for run in its:
                _generation(run)


def _generation(run: runs.Run) -> None:
    seconds = time.monotonic() - run.asked_s
    state = _("waiting for {seconds:.0f} s") if run.seated_s is None else _("{tokens} tokens in {seconds:.0f} s")
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.markdown(f"`{run.id}` · {state.format(seconds=seconds, tokens=run.usage.new_tokens)}")
        st.button(
            _("End"),
            key=f"admin_end_{run.id}",
            icon=":material/stop_circle:",
            on_click=_end,
            args=(run,),
            type="tertiary",
        )


def _end(run: runs.Run) -> None:
    if may("admin"):
        run.withdraw()
        audit.record("run ended", visitor(), model=run.model)


def _models(held: tuple[Holding, ...]) -> None:
    if not held:
        draw_nothing("memory", _("No model is loaded. A model is loaded when the first visitor needs it."))
        return
    of_model: dict[str, list[Holding]] = defaultdict(list)
    for holding in held:
        of_model[holding.model].append(holding)
    for model, its in of_model.items():
        with st.container(border=True, horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            does = ", ".join(dict.fromkeys(_(_KINDS.get(each.kind, each.kind)) for each in its))
            size = readable_size(sum(each.size_bytes for each in its))
            st.markdown(f"**{escape_markdown(model)}** · {size}  \n:gray[{does}]")
            st.button(
                _("Unload"), key=f"admin_unload_{model}", icon=":material/eject:", on_click=_unload, args=(model,)
            )
    st.caption(
        _(
            "Unloading interrupts nobody: a run in progress keeps its model until it ends, and the next run loads "
            "it again."
        )
    )


def _unload(model: str) -> None:
    if may("admin"):
        memory.unload(model)
        audit.record("model unloaded", visitor(), model=model)
