"""Switch heads off and see what becomes of the prediction; rank all heads by what each alone does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from components.attention import figures
from components.attention.errors import NoPrediction, NotWatchable
from components.attention.export import LANGUAGE_MODELS, ViewExport, export_ablation
from components.attention.figures import Pattern, Words
from components.attention.head_effects import (
    Head,
    HeadEffect,
    HeadOutputs,
    Replacement,
    head_effect,
    outputs_of_heads,
)
from components.attention.head_ranking import HeadRanking, rank_agreement, rank_heads, ranked, read_texts, texts
from components.attention.prediction import Change
from components.attention.state import Reading, ViewState, capture_text, go_to, load_model
from components.attention.token_labels import label
from components.attention.views.pattern import read_clicked_cell
from components.attention.views.rollout import default_position
from components.core.i18n import N_, _
from components.core.intervals import RESAMPLES, SEED
from components.core.text import escape_markdown
from components.core.units import BITS_PER_NAT, to_bits
from components.models.loaders import task_of
from components.models.recording import Kind
from components.models.store import local_folder
from components.ui import charts, errors, tables
from components.ui.charts import Chart
from components.ui.session import checkpoint

MOST_EFFECTS = 64
MOST_DONORS = 4
_REPLACEMENT = "attention_replacement"
MOST_RANKED = 8
RANKING_PX = 340
REPLACEMENTS: dict[Replacement, str] = {
    "zero": N_("zero"),
    "mean": N_("its mean"),
    "resample": N_("other texts"),
}
CHART = "attention_ablation"
_RANKING = "attention_ranking"


@st.cache_resource(max_entries=MOST_EFFECTS, show_spinner=False)
def _effect(
    reading: Reading, kind: Kind, heads: tuple[Head, ...], replacement: Replacement, position: int
) -> HeadEffect:
    return head_effect(
        load_model(reading.model_id),
        capture_text(reading).input,
        heads,
        kind=kind,
        replacement=replacement,
        position=position,
        donors=_donors(reading.model_id, kind) if replacement == "resample" else (),
    )


@st.cache_resource(max_entries=MOST_DONORS, show_spinner=False)
def _donors(model_id: str, kind: Kind) -> list[HeadOutputs]:
    """Return what the heads say in the texts that rankings are measured on, to resample from."""
    model = load_model(model_id)
    return [outputs_of_heads(model, given, kind=kind, checkpoint=checkpoint) for given in read_texts(model)]


def draw_ablation(state: ViewState, controls: DeltaGenerator) -> None:
    """Draw the view."""
    replacement, position = _choose(state, controls)
    heads = _choose_heads(state)
    try:
        effect = _effect(state.reading, state.attention.kind, tuple(heads), replacement, position)
    except (NoPrediction, NotWatchable) as error:
        errors.show(error)
        return
    left, right = st.columns([1, 1], gap="medium")
    with left:
        _show_effect(state, effect)
    with right:
        rank(state, replacement, position)


def ablation_export(state: ViewState) -> ViewExport | None:
    """Return what exports the effect that is on the screen, and the ranking; None where no notebook can measure it."""
    task = task_of(state.model, local_folder(state.model))
    if task not in LANGUAGE_MODELS or len(state.record.kinds) > 1:
        return None
    replacement: Replacement = st.session_state.get(_REPLACEMENT, "zero")
    position: int = st.session_state.get(_position_key(state), default_position(state))
    heads = _heads_off(state, st.session_state.get(_more_key(state), []))
    try:
        effect = _effect(state.reading, state.attention.kind, tuple(heads), replacement, position)
    except (NoPrediction, NotWatchable):
        return None
    donors = read_texts(load_model(state.model.id)) if replacement == "resample" else ()
    return export_ablation(effect, stored_rankings(state, position).get(replacement), task=task, donors=donors)


def _position_key(state: ViewState) -> str:
    return f"attention_position_{state.reading!r}"


def _more_key(state: ViewState) -> str:
    return f"attention_more_heads_{state.model.id}"


def _heads_off(state: ViewState, added: Sequence[Head]) -> list[Head]:
    chosen = (state.layer, state.head)
    return [chosen, *(pair for pair in added if pair != chosen)]


def _choose(state: ViewState, controls: DeltaGenerator) -> tuple[Replacement, int]:
    left, right = controls.columns([3, 2])
    replacement: Replacement = left.segmented_control(
        _("Replace its output by"),
        list(REPLACEMENTS),
        required=True,
        default="zero",
        format_func=lambda name: _(REPLACEMENTS[name]),
        key=_REPLACEMENT,
        help=_(
            "Zero removes everything that the head contributes. Its mean over this text removes only what "
            "differs from token to token. Other texts: at each position, the output of the head at a random "
            "position of the {count} texts of the ranking (seed {seed})."
        ).format(count=len(texts()), seed=SEED),
    )
    tokens = state.record.input.target or state.record.input.tokens
    position: int = right.selectbox(
        _("Prediction at"),
        range(len(tokens)),
        index=default_position(state),
        format_func=lambda index: f"{index} {label(tokens[index].text)}",
        key=_position_key(state),
        help=_("An encoder fills a gap: write [MASK] in the text. A decoder predicts what comes after a token."),
    )
    return replacement, position


def _choose_heads(state: ViewState) -> list[Head]:
    """Return the heads to switch off: the chosen one, and those added to it."""
    every = [(int(layer), int(head)) for layer, head in np.ndindex(state.attention.layers, state.attention.heads)]
    added: list[Head] = st.multiselect(
        _("Switch off too"),
        [pair for pair in every if pair != (state.layer, state.head)],
        format_func=lambda pair: f"{pair[0]}-{pair[1]}",
        key=_more_key(state),
        placeholder=_("Layer {layer}, head {head} is off; add others").format(layer=state.layer, head=state.head),
    )
    return _heads_off(state, added)


def _show_effect(state: ViewState, effect: HeadEffect) -> None:
    before = effect.most_likely[0]
    if effect.kl_nats <= effect.rounding_nats:
        st.markdown(_("**The prediction does not change**, beyond what rounding does by itself."))
    else:
        st.markdown(
            _("**{token}: {before:.1%} → {after:.1%}** (KL divergence {kl:.3g} bits)").format(
                kl=to_bits(effect.kl_nats),
                token=escape_markdown(_name(state, before)),
                before=before.before,
                after=before.after,
            )
        )
    st.caption(
        _(
            "Rounding alone changes it by {rounding:.1e} bits; {passes} forward passes; heads {heads} off. "
            "This is one text and one position: the number does not say how reliable the effect is."
        ).format(
            rounding=to_bits(effect.rounding_nats),
            passes=effect.passes,
            heads=", ".join(f"{layer}-{head}" for layer, head in effect.heads),
        )
    )
    changes = effect.changes
    number = st.column_config.NumberColumn(format="percent")
    bar = st.column_config.ProgressColumn(format="percent", min_value=0.0, max_value=1.0)
    tables.draw(
        {
            _("token"): [_name(state, change) for change in changes],
            _("before"): [change.before for change in changes],
            _("after"): [change.after for change in changes],
            _("change"): [change.difference for change in changes],
        },
        column_config={_("before"): bar, _("after"): bar, _("change"): number},
        height="content",
        row_height=28,
    )


def _name(state: ViewState, change: Change) -> str:
    """Return a token as it is read: byte-level pieces write a space and all that is not ASCII as other characters."""
    piece = change.piece
    is_plain = piece.isascii() or piece.startswith("##")
    return label(piece if is_plain else load_model(state.model.id).tokenizer.decode([change.id]))


def stored_rankings(state: ViewState, position: int) -> dict[Replacement, HeadRanking]:
    """Return the rankings that were measured for this text and position, by what took a head's place."""
    asked = (state.reading, state.attention.kind, position)
    kept: tuple[Any, dict[Replacement, HeadRanking]] | None = st.session_state.get(_RANKING)
    return kept[1] if kept is not None and kept[0] == asked else {}


def rank(state: ViewState, replacement: Replacement, position: int) -> None:
    """Rank all heads when asked to; the result stays until something else is asked."""
    kept = stored_rankings(state, position)
    if replacement not in kept:
        ranking = _rank_when_asked(state, replacement, position)
        if ranking is None:
            return
        kept = kept | {replacement: ranking}
        st.session_state[_RANKING] = ((state.reading, state.attention.kind, position), kept)
        st.rerun()  # the Export menu, which is drawn before, gets the ranking too
    _show_ranking(state, kept[replacement])
    _compare_replacements(kept, replacement)


def _rank_when_asked(state: ViewState, replacement: Replacement, position: int) -> HeadRanking | None:
    count = state.attention.layers * state.attention.heads
    st.markdown(
        _(
            "**Which heads matter?** Switch off each of the {count} heads alone, in your text and in {texts} "
            "texts that come with the page: a ranking from one text depends on what that text happens to be "
            "about."
        ).format(count=count, texts=len(texts()))
    )
    if not st.button(_("Rank all heads"), icon=":material/sort:", key="attention_rank"):
        return None
    return _measure(state, replacement, position)


def _measure(state: ViewState, replacement: Replacement, position: int) -> HeadRanking:
    bar = st.progress(0.0, text=_("Switching off one head after another"))
    st.button(_("Stop"), key="attention_stop", icon=":material/stop_circle:")

    def progress(done: int, total: int) -> None:
        bar.progress(done / total, text=_("{done} of {total} heads and texts").format(done=done, total=total))

    return rank_heads(
        load_model(state.model.id),
        state.record.input,
        kind=state.attention.kind,
        replacement=replacement,
        position=position,
        checkpoint=checkpoint,
        progress=progress,
    )


def _show_ranking(state: ViewState, ranking: HeadRanking) -> None:
    best = ranking.ranked[0]
    low, high = (bound * BITS_PER_NAT for bound in ranking.interval)
    mean, own = ranking.mean * BITS_PER_NAT, ranking.of_own_text * BITS_PER_NAT
    layers, heads = ranking.mean.shape
    figure = figures.pattern(
        Pattern(mean, [str(number) for number in range(layers)], [str(number) for number in range(heads)]),
        Words(
            title=_("Largest effect over {texts} texts: layer {layer}, head {head} ({kl:.3g} bits)").format(
                texts=len(ranking.of_set), layer=best[0], head=best[1], kl=mean[best]
            ),
            queries=_("Layer"),
            keys=_("Head"),
            weight=_("KL, bits"),
        ),
        largest=float(mean.max()) or 1.0,
        pinned=(state.layer, state.head),
        height_px=RANKING_PX,
    )
    alt = _("Mean effect of each of {count} heads alone. The five largest: {best}.").format(
        count=ranking.mean.size,
        best="; ".join(f"{pair[0]}-{pair[1]} {mean[pair]:.3g}" for pair in ranking.ranked[:5]),
    )
    charts.draw(Chart(figure, alt), key=CHART, on_select=lambda: _open(state), selection_mode="points")
    rows = ranking.ranked[:MOST_RANKED]
    own_rank = {head: place for place, head in enumerate(ranked(ranking.of_own_text), start=1)}
    tables.draw(
        {
            _("head"): [f"{layer}-{head}" for layer, head in rows],
            _("mean, bits"): [f"{mean[row]:.3g} ({low[row]:.2g}–{high[row]:.2g})" for row in rows],
            _("comes first"): [f"{ranking.first_share[row]:.0%}" for row in rows],
            _("your text (rank)"): [f"{own[row]:.3g} ({own_rank[row]})" for row in rows],
        },
        height="content",
        row_height=28,
    )
    between = ranking.between_texts
    st.caption(
        _(
            "In brackets: 95% of {resamples} bootstrap resamples of the texts; “comes first”: in how many of them. Two "
            "texts of the set agree on the order of the heads with ρ = {mean:.2f} on average (from {lowest:.2f} to "
            "{highest:.2f}), your text with the mean with ρ = {own:.2f} (Spearman)."
        ).format(
            resamples=RESAMPLES,
            mean=between.mean,
            lowest=between.lowest,
            highest=between.highest,
            own=ranking.own_agreement,
        )
    )
    st.caption(
        _(
            "{passes} forward passes; rounding changes a prediction by at most {rounding:.1e} bits. The "
            "effects of single heads do not add up: other heads can make up for a missing one. Click a head "
            "to switch off that one."
        ).format(passes=ranking.passes, rounding=to_bits(ranking.rounding_nats))
    )


def _compare_replacements(kept: Mapping[Replacement, HeadRanking], replacement: Replacement) -> None:
    others = [name for name in kept if name != replacement]
    if others:
        told = ", ".join(
            f"{_(REPLACEMENTS[name])}: ρ = {rank_agreement(kept[name].mean, kept[replacement].mean):.2f}"
            for name in others
        )
        st.caption(_("The same ranking with something else in the head's place: {told}.").format(told=told))
    else:
        st.caption(_("Rank them again with something else in the head's place: the order depends on that too."))


def _open(state: ViewState) -> None:
    point = read_clicked_cell(CHART, state.attention.heads)
    if point is not None and point[0] in range(state.attention.layers) and point[1] in range(state.attention.heads):
        go_to(state.shape, layer=point[0], head=point[1])
