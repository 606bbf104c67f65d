"""Fill the gaps: the candidates of each, all gaps one after the other, and the same gaps by other models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import streamlit as st

from components.core.i18n import _
from components.core.text import escape_markdown
from components.core.visible import visible_piece
from components.masked_language import figures, link
from components.masked_language.gaps import MOST_GAPS, Candidate, Gap, Step, fill_gap
from components.masked_language.reading import MaskedLanguageError, Reading
from components.masked_language.state import Request, gaps_of, local_models, reading_of, steps_of
from components.models.errors import ModelError
from components.models.registry import records
from components.ui import charts, errors, links, tables
from components.ui.model_picker import may_fetch
from components.ui.navigation import page_link
from components.ui.text_fit import warn_of_unread_text

CHART: Final = "masked_candidates"
MODELS_CHART: Final = "masked_model_0"
_MOST_OFFERED: Final = 6


def draw_gaps(request: Request, *, top: int) -> None:
    """Draw the view."""
    read, found = reading_of(request), gaps_of(request, top=top)
    if not found:
        st.info(
            _("There is no gap in this text. Write [MASK] in place of a word, or click a word above and hide it."),
            icon=":material/visibility_off:",
        )
        return
    if len(read.gaps) > MOST_GAPS:
        st.info(_("The first {most} of {all} gaps are filled.").format(most=MOST_GAPS, all=len(read.gaps)))
    left, right = st.columns([3, 2], gap="large")
    with left:
        number = choose_gap(len(found))
        draw_candidates(found[number], number, key=CHART)
    with right:
        _fill_in(read, found[number], alone=len(found) == 1)
        _one_after_the_other(found, steps_of(request))
        if read.all_tokens == len(read.tokens):
            page_link(
                "inside",
                label=_("Follow this gap through the model"),
                model=request.model_id,
                text=read.text,
                position=str(found[number].position),
            )


def choose_gap(count: int) -> int:
    """Draw the choice between several gaps and return the number of the chosen one, from 0."""
    if count == 1:
        return 0
    chosen = st.segmented_control(
        _("Gap"),
        range(count),
        default=0,
        required=True,
        format_func=lambda number: _("Gap {number}").format(number=number + 1),
        key=f"masked_gap_of_{count}",
        label_visibility="collapsed",
    )
    return int(chosen)


def draw_candidates(gap: Gap, number: int, *, key: str, of: str | None = None) -> None:
    """Draw the candidates of one gap; `of` names the model where several are shown."""
    best = gap.candidates[0]
    title = _("Gap {number}: “{word}” {probability:.1%}").format(
        number=number + 1, word=visible_piece(best.piece), probability=best.probability
    )
    chart = figures.candidates(gap, title=title if of is None else f"{of} · {title}")
    charts.draw(chart, key=key)


def _fill_in(read: Reading, gap: Gap, *, alone: bool) -> None:
    st.markdown(_("**Fill in the gap:**") if alone else _("**Fill in one gap** and see how the others change:"))
    with st.container(horizontal=True, gap="small"):
        for index, candidate in enumerate(gap.candidates[:_MOST_OFFERED]):
            st.button(
                escape_markdown(visible_piece(candidate.piece)),
                key=f"masked_fill_{index}",
                on_click=_fill,
                args=(read, gap.position, candidate),
            )


def _fill(read: Reading, position: int, candidate: Candidate) -> None:
    links.set_up(
        link.PAGE, link.PARAMETERS, {link.TEXT.name: fill_gap(read, position, candidate)[: link.MOST_CHARACTERS]}
    )


def _one_after_the_other(found: tuple[Gap, ...], steps: tuple[Step, ...]) -> None:
    if len(found) == 1:
        st.caption(_("With several gaps you see here what changes if they are filled one after the other."))
        return
    numbers = {gap.position: number for number, gap in enumerate(found, start=1)}
    at_once = {gap.position: gap.candidates[0] for gap in found}
    with st.container(key="masked_in_turn"):
        _draw_in_turn(steps, numbers, at_once)


def _draw_in_turn(steps: tuple[Step, ...], numbers: Mapping[int, int], at_once: Mapping[int, Candidate]) -> None:
    st.markdown(_("**One after the other**, the most probable first: each choice takes the earlier ones into account."))
    tables.draw(
        {
            _("gap"): [numbers[step.position] for step in steps],
            _("at once"): [visible_piece(at_once[step.position].piece) for step in steps],
            _("in turn"): [visible_piece(step.chosen.piece) for step in steps],
            _("probability"): [step.chosen.probability for step in steps],
        },
        column_config={_("probability"): st.column_config.NumberColumn(format="percent", width="small")},
        alt=_("The gaps in the order in which they are filled"),
    )


def draw_models(request: Request, *, top: int) -> None:
    """Draw the view."""
    here = local_models()
    others = [model.title for model in records(tasks=["fill-mask"]) if model not in here]
    if others:
        where = (
            _("On this machine: {here}. Choose one of these above to fetch it: {others}.")
            if may_fetch()
            else _("On this machine: {here}. These need a download, which is not allowed here: {others}.")
        )
        st.caption(where.format(here=", ".join(model.title for model in here), others=", ".join(others)))
    gaps = len(gaps_of(request, top=top))
    if not gaps:
        st.info(_("There is no gap in this text: write [MASK] in place of a word."), icon=":material/visibility_off:")
        return
    number = choose_gap(gaps)
    columns = st.columns(2, gap="large")
    for index, model in enumerate(here):
        with columns[index % len(columns)]:
            try:
                found = gaps_of(Request(model.id, request.text), top=top)
            except (ModelError, MaskedLanguageError) as error:
                errors.show(error)
                continue
            # another vocabulary cuts the same text differently, but the gaps stay in their order
            draw_candidates(found[min(number, len(found) - 1)], number, key=f"masked_model_{index}", of=model.title)
            warn_of_unread_text(model, request.text)
