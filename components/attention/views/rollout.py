"""Attention over all layers, four ways side by side, and whether they agree."""

from __future__ import annotations

from itertools import combinations
from typing import Final

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from components.attention import figures
from components.attention.errors import NoMaskedPosition, NoPrediction, NotWatchable
from components.attention.export import LANGUAGE_MODELS, ViewExport, export_importance
from components.attention.figures import Pattern, Words
from components.attention.prediction import predicted_position
from components.attention.rollout import MOST_TOKENS as MOST_FLOW_TOKENS
from components.attention.rollout import attention_flow, raw_mean, rollout
from components.attention.state import Reading, ViewState, capture_text, in_full, load_model
from components.attention.statistics import FEWEST_FOR_INTERVAL, RankCorrelations
from components.attention.token_importance import Agreement, rank_agreement, token_importance
from components.core.i18n import N_, _
from components.core.units import BITS_PER_NAT, Signed
from components.models.loaders import task_of
from components.models.recording import Kind
from components.models.store import local_folder
from components.ui import charts
from components.ui.charts import Chart
from components.ui.session import checkpoint

MOST_TEXTS = 32
SIGNIFICANT: Final = 0.05
CHART = "attention_rollout_tokens"
METHODS = {
    "raw": N_("mean attention"),
    "rollout": N_("rollout"),
    "flow": N_("flow"),
    "effect": N_("effect of hiding it"),
}
_MODE = "attention_rollout"
TOKENS, MATRICES = "tokens", "matrices"
MODES = {TOKENS: N_("Token by token"), MATRICES: N_("Whole tables")}


@st.cache_resource(max_entries=MOST_TEXTS, show_spinner=False)
def _importance(reading: Reading, kind: Kind, position: int) -> Agreement:
    """Return what each token means for one position; without the measured effect where it cannot be measured."""
    record = capture_text(reading)
    if len(record.kinds) == 1:
        try:
            full = in_full(record, reading.model_id)
            return token_importance(load_model(reading.model_id), full, position=position, checkpoint=checkpoint)
        except (NoPrediction, NotWatchable):
            pass  # no output layer, or no way to hide a token: the three that only need weights remain
    attention = record.of(kind)
    values = {"raw": raw_mean(attention)[position], "rollout": rollout(attention)[-1, position]}
    if attention.weights.shape[-1] <= MOST_FLOW_TOKENS:
        values["flow"] = attention_flow(attention, position, checkpoint=checkpoint)
    return rank_agreement(values)


def default_position(state: ViewState) -> int:
    """Return the position whose prediction is looked at first: the mask, the last token of a decoder, or a word."""
    try:
        return predicted_position(load_model(state.model.id), state.record.input)
    except (NoMaskedPosition, NoPrediction):
        return _last_word(state)


def _last_word(state: ViewState) -> int:
    tokens = state.attention.query_tokens
    ordinary = [index for index, token in enumerate(tokens) if not token.special]
    words = [index for index in ordinary if any(character.isalnum() for character in tokens[index].text)]
    return (words or ordinary or [0])[-1]


def chart_on_screen() -> str:
    """Return the key of the chart that is shown, for the Export menu."""
    return "attention_matrix_rollout" if st.session_state.get(_MODE) == MATRICES else CHART


def draw_rollout(state: ViewState, controls: DeltaGenerator) -> None:
    """Draw the view."""
    if state.attention.kind == "cross":
        st.info(
            _(
                "Rollout and flow follow a token through the layers of one text. Cross-attention connects two "
                "texts, so they do not apply."
            ),
            icon=":material/call_split:",
        )
        return
    mode, position = _choose(state, controls)
    if mode == MATRICES:
        _matrices(state)
    else:
        _by_token(state, position)


def rollout_export(state: ViewState) -> ViewExport | None:
    """Return what exports the four answers; None where there are not four."""
    model = load_model(state.model.id)
    task = task_of(state.model, local_folder(state.model))
    if task not in LANGUAGE_MODELS or len(state.record.kinds) > 1 or not model.watchable:
        return None
    position: int = st.session_state.get(_position_key(state), default_position(state))
    return export_importance(
        lambda: _importance(state.reading, state.attention.kind, position),
        task=task,
        position=position,
        with_flow=state.attention.weights.shape[-1] <= MOST_FLOW_TOKENS,
    )


def _position_key(state: ViewState) -> str:
    return f"attention_rollout_token_{state.attention.kind}_{state.reading!r}"


def _choose(state: ViewState, controls: DeltaGenerator) -> tuple[str, int]:
    left, right = controls.columns([1, 1])
    mode: str = left.segmented_control(
        _("Show"),
        list(MODES),
        required=True,
        default=TOKENS,
        format_func=lambda m: _(MODES[m]),
        key=_MODE,
    )
    labels = state.query_labels
    # An encoder-decoder predicts in its target, which is another text than the encoder's.
    elsewhere = bool(state.record.input.target) and state.attention.kind == "encoder"
    position: int = right.selectbox(
        _("For the token"),
        range(len(labels)),
        index=_last_word(state) if elsewhere else default_position(state),
        format_func=lambda index: f"{index} {labels[index]}",
        key=_position_key(state),
        disabled=mode == MATRICES,
    )
    return mode, position


def _by_token(state: ViewState, position: int) -> None:
    with st.spinner(_("Hiding each token in turn")):
        found = _importance(state.reading, state.attention.kind, position)
    names = {method: _(METHODS[method]) for method in found.values}
    columns = [values * BITS_PER_NAT if method == "effect" else values for method, values in found.values.items()]
    left, right = st.columns([3, 2], gap="medium")
    with left:
        largest = [np.nanmax(values) for values in columns]
        shares = np.stack([v / top if top > 0 else v for v, top in zip(columns, largest, strict=True)])
        figure = figures.numbers_table(
            np.stack(columns).T,
            shares.T,
            rows=state.key_labels,
            columns=[
                _("{method}, bits").format(method=name) if method == "effect" else name
                for method, name in names.items()
            ],
            title=_("What matters for “{token}”? Four answers").format(token=state.query_labels[position]),
        )
        alt = _("For each of {count} tokens: {methods}. All numbers are in the data export.").format(
            count=len(state.key_labels), methods=", ".join(names.values())
        )
        charts.draw(Chart(figure, alt), key=CHART)
    with right:
        figure = figures.agreement(
            found.ranks.spearman,
            _intervals(found.ranks),
            list(names.values()),
            title=_("Do they rank the tokens in the same order?"),
        )
        lowest = float(np.nanmin(found.ranks.spearman)) if np.isfinite(found.ranks.spearman).any() else float("nan")
        alt = _("Rank correlations between the methods; the lowest is {lowest:.2f}.").format(lowest=lowest)
        charts.draw(Chart(figure, alt), key="attention_rollout_agreement")
        st.caption(
            _(
                "Spearman's rank correlation over {count} tokens: 1 the same order, 0 unrelated, −1 the "
                "opposite. Each column on the left is coloured up to its own largest value. The effect is the KL "
                "divergence, in bits, of the prediction at this token when no other token may look at the hidden "
                "one."
            ).format(count=found.tokens_compared)
        )
        st.caption(_how_sure(found))
        if "flow" not in found.values:
            st.caption(_("Flow is computed for up to {most} tokens.").format(most=MOST_FLOW_TOKENS))
        if "effect" not in found.values:
            st.caption(_("This model gives no prediction in which the effect of a token could be measured."))


def _intervals(ranks: RankCorrelations) -> list[list[str]]:
    """Return what stands under each correlation: nothing on the diagonal, which is 1 by definition."""
    count = len(ranks.spearman)
    return [
        ["" if one == other or np.isnan(ranks.low[one, other]) else _range(ranks, one, other) for other in range(count)]
        for one in range(count)
    ]


def _range(ranks: RankCorrelations, one: int, other: int) -> str:
    return f"{Signed(ranks.low[one, other]):.2f} …<br>{Signed(ranks.high[one, other]):.2f}"


def _how_sure(found: Agreement) -> str:
    ranks = found.ranks
    if found.tokens_compared < FEWEST_FOR_INTERVAL:
        return _("With so few tokens there is no interval: these correlations say next to nothing.")
    pairs = [(one, other) for one, other in combinations(range(len(ranks.spearman)), 2)]
    by_chance = sum(bool(ranks.p_value[pair] > SIGNIFICANT) for pair in pairs)
    return _(
        "Under each number: what 95% of bootstrap resamples of the tokens give. For {by_chance} of the "
        "{pairs} pairs of methods, ranks in random order correlate at least as strongly in more than "
        "{level:.0%} of the cases (permutation test, not corrected for {pairs} tests). One text says "
        "little: try others."
    ).format(level=SIGNIFICANT, by_chance=by_chance, pairs=len(pairs))


def _matrices(state: ViewState) -> None:
    attention = state.attention
    tables = (
        ("raw", _("Mean over all layers and heads"), raw_mean(attention)),
        ("rollout", _("Rollout"), rollout(attention)[-1]),
    )
    for column, (name, title, weights) in zip(st.columns(2, gap="medium"), tables, strict=True):
        with column:
            figure = figures.pattern(
                Pattern(weights, state.query_labels, state.key_labels),
                Words(title=title, queries=_("looks (query)"), keys=_("is looked at (key)"), weight=_("share")),
                largest=float(weights.max()),
            )
            alt = _("{title}: {count} by {count} shares, the largest {largest:.2f}.").format(
                title=title, count=len(weights), largest=weights.max()
            )
            charts.draw(Chart(figure, alt), key=f"attention_matrix_{name}")
    st.caption(_("The strongest colour is the largest share of each table."))
