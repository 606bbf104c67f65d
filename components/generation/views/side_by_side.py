"""Several answers written at once, side by side, and their numbers in one table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from components.core.i18n import _
from components.core.text import escape_markdown
from components.engines.contract import Request
from components.engines.offers import Offer
from components.engines.together import Run, stream_together
from components.generation.answer import Answer
from components.generation.comparison import LaneRecord, lane_record
from components.generation.engine_cache import OpenEngine
from components.generation.history import stream_into
from components.generation.state import values
from components.generation.views.answer import show_thinking
from components.generation.wording import FINISHES, other_content, why_no_text
from components.ui import errors, tables
from components.ui.session import checkpoint, session

_REDRAW_S: Final = 0.1


@dataclass(frozen=True)
class Lane:
    """One of the runs side by side."""

    title: str
    opened: OpenEngine
    request: Request


@dataclass(frozen=True, eq=False)
class Written:
    """What a lane gave, so far."""

    title: str
    offer: Offer
    answer: Answer


def write_together(lanes: Mapping[str, Lane], key: str) -> None:
    """Run all lanes while the visitor watches, and keep what they write under a key of the session's state.

    Any click, another page or a closed tab ends all of them.
    """
    written = {
        name: Written(
            lane.title,
            lane.opened.offer,
            Answer(lane.opened.offer.name, lane.opened.model, lane.request, values()),
        )
        for name, lane in lanes.items()
    }
    st.session_state[key] = written
    stop = st.empty()
    stop.button(_("Stop"), key=f"{key}_stop", icon=":material/stop_circle:")
    board = st.empty()
    runs = {name: Run(lane.opened.metered, lane.request) for name, lane in lanes.items()}
    stream_into(
        {name: each.answer for name, each in written.items()},
        stream_together(runs, checkpoint, session=session()),
        lambda: _texts(written, board.container()),
        costs={name: lane.opened.cost for name, lane in lanes.items()},
        every_s=_REDRAW_S,
    )
    stop.empty()
    board.empty()


def read_lanes(key: str) -> dict[str, Written]:
    """Return what was written under a key."""
    found: dict[str, Written] = st.session_state.get(key, {})
    return found


def show_together(written: Mapping[str, Written]) -> None:
    """Draw what was written: the texts, then their numbers."""
    _texts(written, st.container(), are_whole=True)
    draw_numbers([lane_record_of(each) for each in written.values()])


def lane_record_of(written: Written) -> LaneRecord:
    """Return what a lane gave as a row of the table."""
    price = written.offer.price(written.answer.model)
    return lane_record(written.title, written.answer, is_here=not written.offer.is_remote, price=price)


def draw_numbers(lanes: Sequence[LaneRecord]) -> None:
    """Draw the numbers of texts in one table."""
    rows: dict[str, Callable[[LaneRecord], str]] = {
        _("first token after"): lambda each: _number(each.first_token_s, _("{:.2f} s")),
        _("tokens per second"): lambda each: _number(each.tokens_per_second, "{:.0f}"),
        _("tokens read"): lambda each: _number(each.read, "{:.0f}"),
        _("tokens written"): lambda each: str(each.written),
        _("surprise of the text, bits"): lambda each: _number(each.surprise_bits, "{:.1f}"),
        _("perplexity"): lambda each: _number(each.perplexity, "{:.2f}"),
        _("different words"): _different,
        _("ended"): _why,
        _("cost"): _cost,
    }
    table = {_("measure"): list(rows)} | {each.title: [measure(each) for measure in rows.values()] for each in lanes}
    tables.draw(table, alt=_("Numbers of the texts above"))


def _texts(written: Mapping[str, Written], place: DeltaGenerator, *, are_whole: bool = False) -> None:
    with place:
        for column, each in zip(st.columns(len(written), gap="medium", border=True), written.values(), strict=True):
            with column:
                st.markdown(f"**{escape_markdown(each.title)}**")
                show_thinking(each.answer)
                for other in each.answer.transcript.others:
                    st.caption(other_content(other))
                if each.answer.text:
                    lines = each.answer.text.split("\n")
                    st.markdown("  \n".join(map(escape_markdown, lines)))
                if each.answer.fault is not None:
                    errors.show(each.answer.fault)
                elif are_whole and not each.answer.tokens:
                    st.caption(why_no_text(each.answer.transcript))
                elif each.answer.transcript.position:
                    st.caption(_("Number {position} in line").format(position=each.answer.transcript.position))
                if each.answer.saving is not None:
                    each.answer.saving.draw()


def _number(value: float | None, form: str) -> str:
    return "–" if value is None else form.format(value)


def _different(lane: LaneRecord) -> str:
    return _("{different} of {words}").format(different=lane.different_words, words=lane.words)


def _why(lane: LaneRecord) -> str:
    return _(FINISHES[lane.finish]) if lane.finish else _("stopped")


def _cost(lane: LaneRecord) -> str:
    """Say what a run cost, with the day of the price; nothing in this process, and a guess never."""
    if lane.usd is None:
        return _("not known")
    if lane.price_day is None:
        return _("nothing: it ran here")
    return _("US$ {dollars:.6f} (price of {day})").format(dollars=lane.usd, day=lane.price_day)
