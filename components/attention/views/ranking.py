"""Rank all heads by what switching off each alone does, over a set of texts and in the visitor's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from components.attention import figures
from components.attention.figures import Pattern, Words
from components.attention.head_effects import Replacement
from components.attention.head_ranking import HeadRanking, rank_agreement, rank_heads, ranked, texts
from components.attention.views.pattern import clicked
from components.attention.views.shown import Shown, go_to, loaded
from components.core.i18n import N_, _
from components.core.intervals import RESAMPLES, SEED
from components.ui import charts
from components.ui.charts import Chart
from components.ui.session import checkpoint

MOST_RANKED = 8
RANKING_PX = 340
REPLACEMENTS: dict[Replacement, str] = {
    "zero": N_("zero"),
    "mean": N_("its mean"),
    "resample": N_("other texts"),
}
CHART = "attention_ablation"
_RANKING = "attention_ranking"


def kept_rankings(shown: Shown, position: int) -> dict[Replacement, HeadRanking]:
    """Return the rankings that were measured for this text and position, by what took a head's place."""
    asked = (shown.reading, shown.attention.kind, position)
    kept: tuple[Any, dict[Replacement, HeadRanking]] | None = st.session_state.get(_RANKING)
    return kept[1] if kept is not None and kept[0] == asked else {}


def rank(shown: Shown, replacement: Replacement, position: int) -> None:
    """Rank all heads when asked to; the result stays until something else is asked."""
    kept = kept_rankings(shown, position)
    if replacement not in kept:
        ranking = _rank_when_asked(shown, replacement, position)
        if ranking is None:
            return
        kept = kept | {replacement: ranking}
        st.session_state[_RANKING] = ((shown.reading, shown.attention.kind, position), kept)
        st.rerun()  # the Export menu, which is drawn before, gets the ranking too
    _show_ranking(shown, kept[replacement])
    _compare_replacements(kept, replacement)


def _rank_when_asked(shown: Shown, replacement: Replacement, position: int) -> HeadRanking | None:
    count = shown.attention.layers * shown.attention.heads
    st.markdown(
        _(
            "**Which heads matter?** Switch off each of the {count} heads alone, in your text and in {texts} texts "
            "that come with the page: one text ranks heads by what it happens to say."
        ).format(count=count, texts=len(texts()))
    )
    if not st.button(_("Rank all heads"), icon=":material/sort:", key="attention_rank"):
        return None
    return _measure(shown, replacement, position)


def _measure(shown: Shown, replacement: Replacement, position: int) -> HeadRanking:
    bar = st.progress(0.0, text=_("Switching off one head after another"))
    st.button(_("Stop"), key="attention_stop", icon=":material/stop_circle:")

    def progress(done: int, total: int) -> None:
        bar.progress(done / total, text=_("{done} of {total} heads and texts").format(done=done, total=total))

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
    best = ranking.ranked[0]
    low, high = ranking.interval
    layers, heads = ranking.mean.shape
    figure = figures.pattern(
        Pattern(ranking.mean, [str(number) for number in range(layers)], [str(number) for number in range(heads)]),
        Words(
            title=_("Most missed over {texts} texts: layer {layer}, head {head} ({kl:.3g} nats)").format(
                texts=len(ranking.of_set), layer=best[0], head=best[1], kl=ranking.mean[best]
            ),
            queries=_("Layer"),
            keys=_("Head"),
            weight=_("KL, nats"),
        ),
        largest=float(ranking.mean.max()) or 1.0,
        pinned=(shown.layer, shown.head),
        height_px=RANKING_PX,
    )
    alt = _("Mean effect of each of {count} heads alone. The five largest: {best}.").format(
        count=ranking.mean.size,
        best="; ".join(f"{pair[0]}-{pair[1]} {ranking.mean[pair]:.3g}" for pair in ranking.ranked[:5]),
    )
    charts.draw(Chart(figure, alt), key=CHART, on_select=lambda: _open(shown), selection_mode="points")
    rows = ranking.ranked[:MOST_RANKED]
    own_rank = {head: place for place, head in enumerate(ranked(ranking.of_own_text), start=1)}
    st.dataframe(
        {
            _("head"): [f"{layer}-{head}" for layer, head in rows],
            _("mean, nats"): [f"{ranking.mean[row]:.3g} ({low[row]:.2g}–{high[row]:.2g})" for row in rows],
            _("comes first"): [f"{ranking.first_share[row]:.0%}" for row in rows],
            _("your text (rank)"): [f"{ranking.of_own_text[row]:.3g} ({own_rank[row]})" for row in rows],
        },
        hide_index=True,
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
            "{passes} forward passes; rounding moves a prediction by at most {rounding:.1e} nats. Effects do not add "
            "up: others make up for one missing head. Click a head to switch off that one."
        ).format(passes=ranking.passes, rounding=ranking.rounding_nats)
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


def ranking_numbers(ranking: HeadRanking) -> dict[str, Any]:
    """Return a ranking as the exports hold it."""
    low, high = ranking.interval
    between = ranking.between_texts
    return {
        "replacement": ranking.replacement,
        "seed": SEED,
        "texts": [
            {"ids": list(given.ids), "position": position, "own": given is ranking.inputs[-1]}
            for given, position in zip(ranking.inputs, ranking.positions, strict=True)
        ],
        "kl_nats": ranking.kl_nats.tolist(),
        "mean": ranking.mean.tolist(),
        "low": low.tolist(),
        "high": high.tolist(),
        "first_share": ranking.first_share.tolist(),
        "spearman_between_texts": {"mean": between.mean, "lowest": between.lowest, "highest": between.highest},
        "spearman_own_text": ranking.own_agreement,
    }


def _open(shown: Shown) -> None:
    point = clicked(CHART)
    if point is not None and point[0] in range(shown.attention.layers) and point[1] in range(shown.attention.heads):
        go_to(shown.shape, layer=point[0], head=point[1])
