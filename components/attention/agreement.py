"""Which tokens mattered? Four answers side by side, and whether they rank the tokens alike.

Raw attention, rollout and flow look at weights only; the effect of hiding a token is measured on the prediction. Where
they disagree, the weights do not explain the prediction (Jain and Wallace 2019, arXiv 1902.10186; Wiegreffe and Pinter
2019, 1908.04626).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from components.attention.capture import capture_input
from components.attention.distribution import predicted_position
from components.attention.flow import MOST_TOKENS, attention_flow
from components.attention.inputs import ModelInput
from components.attention.rank_correlation import RankCorrelations, rank_correlations
from components.attention.rollout import raw_mean, rollout
from components.attention.token_effects import Method, token_effects
from components.models.loaders import LoadedModel

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Agreement:
    """How the tokens of a text matter for one position, by several methods.

    Attributes
    ----------
    values
        By method ("raw", "rollout", "flow", "effect"), each `[token]`; NaN where a method says nothing.
    ranks
        `[method, method]`, rank correlations over the tokens that all methods rate.
    tokens_compared
        How many tokens that are.
    """

    values: Mapping[str, Floats]
    ranks: RankCorrelations
    tokens_compared: int


def token_importance(
    loaded: LoadedModel,
    given: ModelInput,
    *,
    method: Method = "hide",
    position: int | None = None,
    checkpoint: Callable[[], None] = lambda: None,
) -> Agreement:
    """Measure what each token means for the prediction at one position, four ways.

    Flow is left out for texts of more than `flow.MOST_TOKENS` tokens.

    Parameters
    ----------
    method
        How tokens are taken away for the measured effect.
    checkpoint
        Called before each slow step; may raise to stop.

    Raises
    ------
    AttentionError
        Whatever `capture_input` and `token_effects` raise.
    ValueError
        For an encoder-decoder: its prediction stands in another text than its tokens.
    """
    if given.target:
        raise ValueError("in an encoder-decoder the prediction stands in another text than the tokens")
    where = predicted_position(loaded, given) if position is None else position
    attention = capture_input(loaded, given, in_full=True).main
    values: dict[str, Floats] = {"raw": raw_mean(attention)[where], "rollout": rollout(attention)[-1, where]}
    if len(given.tokens) <= MOST_TOKENS:
        values["flow"] = attention_flow(attention, where, checkpoint=checkpoint)
    effects = token_effects(loaded, given, method=method, position=where, checkpoint=checkpoint)
    return rank_agreement(values | {"effect": effects.kl_nats})


def rank_agreement(values: Mapping[str, Floats]) -> Agreement:
    """Compare how several methods rank the same tokens (Spearman, ties share their mean rank)."""
    rows = np.stack(list(values.values()))
    rated = np.isfinite(rows).all(axis=0)
    return Agreement(dict(values), rank_correlations(rows[:, rated]), int(rated.sum()))
