"""Switch heads off, and see what becomes of the prediction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from components.attention.distribution import Change
from components.attention.errors import NoPrediction, NotWatchable
from components.attention.head_effects import (
    Head,
    HeadEffect,
    HeadOutputs,
    Replacement,
    head_effect,
    outputs_of_heads,
)
from components.attention.head_ranking import read_texts, texts
from components.attention.script_ranking import ranking_of_heads
from components.attention.script_views import LANGUAGE_MODELS, Addition, without_heads
from components.attention.token_labels import label
from components.attention.views.ranking import REPLACEMENTS, kept_rankings, rank, ranking_numbers
from components.attention.views.rollout import default_position
from components.attention.views.shown import Reading, Shown, captured, loaded
from components.core.i18n import _
from components.core.intervals import SEED
from components.core.text import escape_markdown
from components.models.loaders import task_of
from components.models.recording import Kind
from components.models.store import local_folder
from components.ui import errors
from components.ui.session import checkpoint

MOST_EFFECTS = 64
MOST_DONORS = 4
_REPLACEMENT = "attention_replacement"


@st.cache_resource(max_entries=MOST_EFFECTS, show_spinner=False)
def _effect(
    reading: Reading, kind: Kind, heads: tuple[Head, ...], replacement: Replacement, position: int
) -> HeadEffect:
    return head_effect(
        loaded(reading.model_id),
        captured(reading).input,
        heads,
        kind=kind,
        replacement=replacement,
        position=position,
        donors=_donors(reading.model_id, kind) if replacement == "resample" else (),
    )


@st.cache_resource(max_entries=MOST_DONORS, show_spinner=False)
def _donors(model_id: str, kind: Kind) -> list[HeadOutputs]:
    """Return what the heads say in the texts that rankings are measured on, to resample from."""
    model = loaded(model_id)
    return [outputs_of_heads(model, given, kind=kind, checkpoint=checkpoint) for given in read_texts(model)]


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
        rank(shown, replacement, position)


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
    numbers: dict[str, Any] = {
        "heads": [list(head) for head in effect.heads],
        "replacement": replacement,
        "position": position,
        "kl_nats": effect.kl_nats,
        "tokens": [
            {"id": change.id, "token": change.piece, "before": change.before, "after": change.after}
            for change in _changes(effect)
        ],
    }
    donors = read_texts(loaded(shown.model.id)) if replacement == "resample" else ()
    addition = without_heads(task, heads, replacement=replacement, position=position, donors=donors)
    ranking = kept_rankings(shown, position).get(replacement)
    if ranking is None:
        return addition, {"ablation": numbers}
    return addition.followed_by(ranking_of_heads(ranking)), {"ablation": numbers, "ranking": ranking_numbers(ranking)}


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
    left, right = controls.columns([3, 2])
    replacement: Replacement = left.segmented_control(
        _("Put in its place"),
        list(REPLACEMENTS),
        required=True,
        default="zero",
        format_func=lambda name: _(REPLACEMENTS[name]),
        key=_REPLACEMENT,
        help=_(
            "Zero takes all a head says. Its mean over this text leaves what it always says. Other texts: at each "
            "position, what the head says at a drawn position of the {count} texts of the ranking (seed {seed})."
        ).format(count=len(texts()), seed=SEED),
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
    if effect.kl_nats <= effect.rounding_nats:
        st.markdown(_("**The prediction does not move**, beyond what rounding does by itself."))
    else:
        st.markdown(
            _("**The prediction moves by {kl:.3g} nats** (KL divergence): {token} {before:.1%} → {after:.1%}").format(
                kl=effect.kl_nats,
                token=escape_markdown(label(before.piece)),
                before=before.before,
                after=before.after,
            )
        )
    st.caption(
        _(
            "Rounding alone moves it by {rounding:.1e} nats; {passes} forward passes; heads {heads} off. One text, one "
            "position: how sure the effect is, this number does not say."
        ).format(
            rounding=effect.rounding_nats,
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
