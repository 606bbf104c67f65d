"""Switch heads off, and see what becomes of the prediction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from components.attention import figures
from components.attention.distribution import Change
from components.attention.errors import NoPrediction, NotWatchable
from components.attention.figures import Pattern, Words
from components.attention.head_effects import Head, HeadEffect, HeadRanking, Replacement, head_effect, rank_heads
from components.attention.script_views import LANGUAGE_MODELS, Addition, without_heads
from components.attention.token_labels import label
from components.attention.views.pattern.view import clicked
from components.attention.views.rollout.view import default_position
from components.attention.views.shown.view import Reading, Shown, captured, go_to, loaded
from components.models.loaders import task_of
from components.models.recording import Kind
from components.models.store import local_folder
from components.shell import charts, errors
from components.shell.i18n import N_, _
from components.shell.session import checkpoint

MOST_EFFECTS = 64
RANKING_PX = 340
REPLACEMENTS: dict[Replacement, str] = {"zero": N_("zero"), "mean": N_("its own mean")}
_RANKING = "attention_ranking"
_REPLACEMENT = "attention_replacement"
CHART = "attention_ablation"


@st.cache_resource(max_entries=MOST_EFFECTS, show_spinner=False)
def _effect(
    reading: Reading, kind: Kind, heads: tuple[Head, ...], replacement: Replacement, position: int
) -> HeadEffect:
    given = captured(reading).input
    return head_effect(loaded(reading.model_id), given, heads, kind=kind, replacement=replacement, position=position)


def ablation(shown: Shown, controls: DeltaGenerator) -> None:
    """Draw the view."""
    replacement, position = _choose(shown, controls)
    heads = _choose_heads(shown)
    try:
        effect = _effect(shown.reading, shown.attention.kind, tuple(heads), replacement, position)
    except (NoPrediction, NotWatchable) as error:
        errors.show(error)
        return
    left, right = st.columns([1, 1], gap="medium")
    with left:
        _show_effect(shown, effect)
    with right:
        _rank(shown, replacement, position)


def ablation_to_take_home(shown: Shown) -> tuple[Addition, dict[str, Any]] | None:
    """Return what computes the effect that is on the screen in a script, and its numbers; None where there is none."""
    task = task_of(shown.model, local_folder(shown.model))
    if task not in LANGUAGE_MODELS or len(shown.record.kinds) > 1:
        return None
    replacement: Replacement = st.session_state.get(_REPLACEMENT, "zero")
    position: int = st.session_state.get(_position_key(shown), default_position(shown))
    heads = _heads_off(shown, st.session_state.get(_more_key(shown), []))
    try:
        effect = _effect(shown.reading, shown.attention.kind, tuple(heads), replacement, position)
    except (NoPrediction, NotWatchable):
        return None
    numbers = {
        "heads": [list(head) for head in effect.heads],
        "replacement": replacement,
        "position": position,
        "kl_nats": effect.kl_nats,
        "tokens": [
            {"id": change.id, "token": change.piece, "before": change.before, "after": change.after}
            for change in _changes(effect)
        ],
    }
    return without_heads(task, heads, replacement=replacement, position=position), numbers


def _position_key(shown: Shown) -> str:
    return f"attention_position_{shown.reading!r}"


def _more_key(shown: Shown) -> str:
    return f"attention_more_heads_{shown.model.id}"


def _heads_off(shown: Shown, added: Sequence[Head]) -> list[Head]:
    chosen = (shown.layer, shown.head)
    return [chosen, *(pair for pair in added if pair != chosen)]


def _changes(effect: HeadEffect) -> list[Change]:
    """Return the best predictions before, then the most changed of the others."""
    seen = {change.id for change in effect.most_likely}
    return [*effect.most_likely, *(change for change in effect.most_changed if change.id not in seen)]


def _choose(shown: Shown, controls: DeltaGenerator) -> tuple[Replacement, int]:
    left, right = controls.columns([1, 1])
    replacement: Replacement = left.segmented_control(
        _("Put in its place"),
        list(REPLACEMENTS),
        required=True,
        default="zero",
        format_func=lambda name: _(REPLACEMENTS[name]),
        key=_REPLACEMENT,
        help=_("Zero takes all a head says. Its mean over this text leaves what it always says."),
    )
    tokens = shown.record.input.target or shown.record.input.tokens
    position: int = right.selectbox(
        _("Prediction at"),
        range(len(tokens)),
        index=default_position(shown),
        format_func=lambda index: f"{index} {label(tokens[index].text)}",
        key=_position_key(shown),
        help=_("An encoder fills a gap: write [MASK] in the text. A decoder predicts what comes after a token."),
    )
    return replacement, position


def _choose_heads(shown: Shown) -> list[Head]:
    """Return the heads to switch off: the chosen one, and those added to it."""
    every = [(int(layer), int(head)) for layer, head in np.ndindex(shown.attention.layers, shown.attention.heads)]
    added: list[Head] = st.multiselect(
        _("Switch off too"),
        [pair for pair in every if pair != (shown.layer, shown.head)],
        format_func=lambda pair: f"{pair[0]}-{pair[1]}",
        key=_more_key(shown),
        placeholder=_("Layer {layer}, head {head} is off; add others").format(layer=shown.layer, head=shown.head),
    )
    return _heads_off(shown, added)


def _show_effect(shown: Shown, effect: HeadEffect) -> None:
    before = effect.most_likely[0]
    if effect.kl_nats <= effect.noise_floor_nats:
        st.markdown(_("**The prediction does not move**, beyond what rounding does by itself."))
    else:
        st.markdown(
            _("**The prediction moves by {kl:.3g} nats** (KL divergence): {token} {before:.1%} → {after:.1%}").format(
                kl=effect.kl_nats,
                token=errors.escape_markdown(label(before.piece)),
                before=before.before,
                after=before.after,
            )
        )
    st.caption(
        _("Noise floor {floor:.1e} nats; {passes} forward passes; heads {heads} off.").format(
            floor=effect.noise_floor_nats,
            passes=effect.passes,
            heads=", ".join(f"{layer}-{head}" for layer, head in effect.heads),
        )
    )
    changes = _changes(effect)
    number = st.column_config.NumberColumn(format="%.4f")
    bar = st.column_config.ProgressColumn(format="%.4f", min_value=0.0, max_value=1.0)
    st.dataframe(
        {
            _("token"): [label(change.piece) for change in changes],
            _("before"): [change.before for change in changes],
            _("after"): [change.after for change in changes],
            _("change"): [change.difference for change in changes],
        },
        column_config={_("before"): bar, _("after"): bar, _("change"): number},
        hide_index=True,
        height="content",
        row_height=28,
    )


def _rank(shown: Shown, replacement: Replacement, position: int) -> None:
    """Rank all heads when asked to; the result stays until something else is asked."""
    asked = (shown.reading, shown.attention.kind, replacement, position)
    kept: tuple[Any, HeadRanking] | None = st.session_state.get(_RANKING)
    if kept is None or kept[0] != asked:
        place = st.empty()
        with place.container():
            ranking = _rank_when_asked(shown, replacement, position)
        if ranking is None:
            return
        place.empty()
        kept = (asked, ranking)
        st.session_state[_RANKING] = kept
    _show_ranking(shown, kept[1])


def _rank_when_asked(shown: Shown, replacement: Replacement, position: int) -> HeadRanking | None:
    count = shown.attention.layers * shown.attention.heads
    st.markdown(_("**Which heads matter here?** Switch off each of the {count} heads alone.").format(count=count))
    if not st.button(_("Rank all heads"), icon=":material/sort:", key="attention_rank"):
        return None
    return _measure(shown, replacement, position)


def _measure(shown: Shown, replacement: Replacement, position: int) -> HeadRanking:
    bar = st.progress(0.0, text=_("Switching off one head after another"))
    st.button(_("Stop"), key="attention_stop", icon=":material/stop_circle:")

    def progress(done: int, total: int) -> None:
        bar.progress(done / total, text=_("{done} of {total} heads").format(done=done, total=total))

    return rank_heads(
        loaded(shown.model.id),
        shown.record.input,
        kind=shown.attention.kind,
        replacement=replacement,
        position=position,
        checkpoint=checkpoint,
        progress=progress,
    )


def _show_ranking(shown: Shown, ranking: HeadRanking) -> None:
    layer, head = ranking.ranked[0]
    layers, heads = ranking.kl_nats.shape
    figure = figures.pattern(
        Pattern(ranking.kl_nats, [str(number) for number in range(layers)], [str(number) for number in range(heads)]),
        Words(
            title=_("Most missed: layer {layer}, head {head} ({kl:.3g} nats)").format(
                layer=layer, head=head, kl=ranking.kl_nats[layer, head]
            ),
            queries=_("Layer"),
            keys=_("Head"),
            weight=_("KL, nats"),
        ),
        largest=float(ranking.kl_nats.max()) or 1.0,
        pinned=(shown.layer, shown.head),
        height_px=RANKING_PX,
    )
    alt = _("Effect of each of {count} heads alone. The five largest: {best}.").format(
        count=ranking.kl_nats.size,
        best="; ".join(f"{pair[0]}-{pair[1]} {ranking.kl_nats[pair]:.3g}" for pair in ranking.ranked[:5]),
    )
    charts.chart(figure, alt=alt, key=CHART, on_select=lambda: _open(shown), selection_mode="points")
    st.caption(
        _(
            "{passes} forward passes, noise floor {floor:.1e} nats. Effects do not add up: others make up for one "
            "missing head. Click a head to switch off that one."
        ).format(passes=ranking.passes, floor=ranking.noise_floor_nats)
    )


def _open(shown: Shown) -> None:
    point = clicked(CHART)
    if point is not None and point[0] in range(shown.attention.layers) and point[1] in range(shown.attention.heads):
        go_to(shown.shape, layer=point[0], head=point[1])
