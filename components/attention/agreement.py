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
from components.attention.inputs import Loaded, ModelInput
from components.attention.rollout import raw_mean, rollout
from components.attention.token_effects import Method, token_effects

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Agreement:
    """How the tokens of a text matter for one position, by several methods.

    Attributes
    ----------
    values
        By method ("raw", "rollout", "flow", "effect"), each `[token]`; NaN where a method says nothing.
    spearman
        `[method, method]`, rank correlation over the tokens that all methods rate, from -1 to 1; NaN where one of the
        two rates all tokens alike.
    tokens_compared
        How many tokens that are.
    """

    values: Mapping[str, Floats]
    spearman: Floats
    tokens_compared: int


def token_importance(
    loaded: Loaded,
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
    attention = capture_input(loaded, given).main
    values: dict[str, Floats] = {"raw": raw_mean(attention)[where], "rollout": rollout(attention)[-1, where]}
    if len(given.tokens) <= MOST_TOKENS:
        values["flow"] = attention_flow(attention, where, checkpoint=checkpoint)
    effects = token_effects(loaded, given, method=method, position=where, checkpoint=checkpoint)
    return rank_agreement(values | {"effect": effects.kl_nats})


def rank_agreement(values: Mapping[str, Floats]) -> Agreement:
    """Compare how several methods rank the same tokens (Spearman, ties share their mean rank)."""
    rows = np.stack(list(values.values()))
    rated = np.isfinite(rows).all(axis=0)
    ranks = np.stack([_ranks(row[rated]) for row in rows])
    return Agreement(dict(values), _correlations(ranks), int(rated.sum()))


def _ranks(values: Floats) -> Floats:
    """Return 1 for the smallest; equal values share the mean of the ranks they take up."""
    _, group, sizes = np.unique(values, return_inverse=True, return_counts=True)
    last = sizes.cumsum()
    return np.asarray((last - (sizes - 1) / 2)[group])


def _correlations(ranks: Floats) -> Floats:
    centred = ranks - ranks.mean(axis=1, keepdims=True) if ranks.size else ranks
    lengths = np.sqrt((centred**2).sum(axis=1))
    with np.errstate(invalid="ignore"):  # ranks all alike have length 0: 0 / 0 is the NaN that is wanted
        correlations = (centred @ centred.T) / np.outer(lengths, lengths)
    return np.asarray(np.clip(correlations, -1.0, 1.0))
