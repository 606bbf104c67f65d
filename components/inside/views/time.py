"""What it costs: operations, bytes and measured time of each kind of stage, the KV cache, one step of learning."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import streamlit as st

from components.core.i18n import N_, _, count_in_words
from components.inside import figures
from components.inside.cost import CacheCost, StageCost, compare_cache, measure_machine, measure_stages
from components.inside.errors import InsideError
from components.inside.learning import Step, take_step
from components.inside.reading import is_causal, read_text
from components.inside.state import Request, Watched, load_model, pass_of, stages_of
from components.models.errors import ModelError
from components.models.memory import model_bytes, require_room
from components.models.sizes import readable_size
from components.ui import charts, errors, tables
from components.ui.session import checkpoint

CHART: Final = "inside_cache"
_COSTS: Final = "inside_costs"
_CACHE: Final = "inside_cache_costs"
_STEP: Final = "inside_learning_step"
_COPIES: Final = 4
"""A copy, its gradients and the two moments of AdamW."""
GROUPS: Final = {
    "lookup": N_("Look-up of vectors by id and position"),
    "norm": N_("Norms"),
    "projection": N_("Queries, keys, values and the attention's output matrix"),
    "scores": N_("Scores, mask and softmax of attention"),
    "mix": N_("Values, weighted and added"),
    "mlp": N_("MLP: up, activation, down"),
    "sum": N_("Adding to the stream"),
    "output": N_("The output: scores of all tokens, softmax"),
}
_GROUP_OF_PART: Final = {
    **dict.fromkeys(("up", "gate", "neurons"), "mlp"),
    **dict.fromkeys(("scores", "biased", "capped", "masked", "weights"), "scores"),
    "mixed": "mix",
}

_Measured = TypeVar("_Measured")


@dataclass(frozen=True)
class _Sum:
    """The costs of a group of stages."""

    name: str
    operations: int
    bytes_moved: int
    estimated_s: float
    measured_s: float


def draw_costs(request: Request, watched: Watched) -> None:
    """Draw the view."""
    _draw_stages(request)
    left, right = st.columns(2, gap="large")
    with left:
        _draw_cache(request)
    with right:
        _draw_learning(request, watched)


def group_of(name: str) -> str:
    """Return the group of a stage."""
    row, _dot, part = name.rpartition(".")
    if name.startswith(("logits", "probabilities", "transform", "final")):
        return "norm" if name in {"final", "transform.norm"} else "output"
    if name.endswith("_vectors") or name.startswith("embedding") or not row:
        return "lookup"
    if row.startswith("mlp") and part in {"added", "projected"}:
        return "mlp"
    if part.endswith("normed"):
        return "norm"
    otherwise = "projection" if row.startswith(("attention", "cross")) and part != "sum" else "sum"
    return _GROUP_OF_PART.get(part, otherwise)


def add_up(costs: Sequence[StageCost], rows: Sequence[str]) -> list[_Sum]:
    """Return the sums of the groups; the stream after a sublayer is of the group that adds."""
    found: dict[str, list[StageCost]] = {name: [] for name in GROUPS}
    for cost in costs:
        found["sum" if cost.name in rows[1:] else group_of(cost.name)].append(cost)
    return [
        _Sum(
            name,
            sum(each.operations for each in members),
            sum(each.bytes_moved for each in members),
            sum(each.estimated_s for each in members),
            sum(each.measured_s for each in members),
        )
        for name, members in found.items()
        if members
    ]


def _draw_stages(request: Request) -> None:
    sums = add_up(_once(_COSTS, request, lambda: _measure(request)), pass_of(request).rows)
    total_s = sum(each.measured_s for each in sums)
    most = max(sums, key=lambda each: each.measured_s)
    st.markdown(
        _("**{operations} operations for {tokens} tokens.** Most of the time: {part}.").format(
            operations=count_in_words(sum(each.operations for each in sums)),
            tokens=len(pass_of(request).tokens),
            part=_(GROUPS[most.name]),
        )
    )
    milliseconds = st.column_config.NumberColumn(format="%.2f")
    tables.draw(
        {
            _("part"): [_(GROUPS[each.name]) for each in sums],
            _("operations, millions"): [each.operations / 1e6 for each in sums],
            _("bytes moved, MB"): [each.bytes_moved / 1e6 for each in sums],
            _("expected, ms"): [1e3 * each.estimated_s for each in sums],
            _("measured, ms"): [1e3 * each.measured_s for each in sums],
            _("share of the time"): [each.measured_s / total_s for each in sums],
        },
        column_config={
            _("operations, millions"): st.column_config.NumberColumn(format="%.1f"),
            _("bytes moved, MB"): st.column_config.NumberColumn(format="%.1f"),
            _("expected, ms"): milliseconds,
            _("measured, ms"): milliseconds,
            _("share of the time"): st.column_config.ProgressColumn(format="percent", min_value=0.0, max_value=1.0),
        },
        height="content",
    )
    st.caption(
        _(
            "Expected: as long as this machine needs for so many operations at its fastest product of matrices, or for "
            "so many bytes at its fastest copy, whichever is longer. Measured: the median of five runs of each "
            "operation alone, on this machine, just now."
        )
    )


def _measure(request: Request) -> tuple[StageCost, ...]:
    bar = st.progress(0.0, text=_("Measuring one operation after another"))
    loaded = load_model(request.model_id)

    def progress(made: int, total: int) -> None:
        bar.progress(made / total, text=_("{made} of {total} operations").format(made=made, total=total))

    costs = measure_stages(
        loaded, stages_of(request), measure_machine(loaded), checkpoint=checkpoint, progress=progress
    )
    bar.empty()
    return costs


def _once(key: str, request: Request, measure: Callable[[], _Measured]) -> _Measured:
    """Return what was measured for this text: once for a visitor, not in each rerun."""
    kept: tuple[Request, _Measured] | None = st.session_state.get(key)
    if kept is None or kept[0] != request:
        kept = st.session_state[key] = (request, measure())
    return kept[1]


def _draw_cache(request: Request) -> None:
    st.subheader(_("With and without a KV cache"))
    loaded = load_model(request.model_id)
    if not is_causal(loaded) or loaded.model.config.is_encoder_decoder:
        st.info(_("Only a decoder of one text writes on with a cache; choose GPT-2 to see it."), icon=":material/info:")
        return

    def measure() -> CacheCost:
        with st.spinner(_("Writing 16 tokens twice")):
            return compare_cache(loaded, read_text(loaded, request.text, request.target), checkpoint=checkpoint)

    cost = _once(_CACHE, request, measure)
    totals = [1e3 * sum(each) for each in (cost.with_cache_s, cost.without_cache_s)]
    charts.draw(
        figures.draw_cache_times(
            [1e3 * each for each in cost.with_cache_s],
            [1e3 * each for each in cost.without_cache_s],
            title=_("{with_cache:.0f} ms with the cache, {without:.0f} ms without").format(
                with_cache=totals[0], without=totals[1]
            ),
            names=(_("with cache"), _("without")),
            axis=_("new token"),
            unit=_("time, ms"),
        ),
        key=CHART,
    )
    same = (
        _("Both ways write the same tokens.")
        if cost.is_same
        else _("The two ways wrote different tokens: rounding decided between two equally likely ones.")
    )
    st.caption(
        _("The cache keeps the keys and values of every token: {size} after the last one. {same}").format(
            size=readable_size(cost.cache_bytes[-1]), same=same
        )
    )


def _draw_learning(request: Request, watched: Watched) -> None:
    st.subheader(_("One step of learning"))
    st.caption(
        _("A copy of the model takes one step of AdamW on this text, and is thrown away. The model itself stays.")
    )
    learns_text = is_causal(load_model(request.model_id))  # else the watched word at the mask
    asked = (request, None if learns_text else watched.word)
    kept: tuple[tuple[Request, int | None], Step] | None = st.session_state.get(_STEP)
    if st.button(_("Take one step"), icon=":material/trending_down:", key="inside_learn"):
        try:
            step = _learn(*asked)
        except (InsideError, ModelError) as error:
            errors.show(error, is_fault=not isinstance(error, InsideError))
            return
        kept = (asked, step)
        st.session_state[_STEP] = kept
    if kept is None or kept[0] != asked:
        return
    step = kept[1]
    st.markdown(
        _("Loss on {tokens} tokens: **{before:.4f} → {after:.4f} nats**").format(
            tokens=step.tokens, before=step.loss_before, after=step.loss_after
        )
    )
    tables.draw(
        {
            _("weights"): list(step.gradient_norms),
            _("length of the gradient"): list(step.gradient_norms.values()),
            _("length of the step"): [step.update_norms[name] for name in step.gradient_norms],
        },
        height="content",
    )


def _learn(request: Request, answer: int | None) -> Step:
    loaded = load_model(request.model_id)
    require_room(loaded.record.id, _COPIES * model_bytes(loaded.model), loaded.device)
    with st.spinner(_("Learning from this text")):
        given = read_text(loaded, request.text, request.target)
        return take_step(loaded, given, answer=answer)
