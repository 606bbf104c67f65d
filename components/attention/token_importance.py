"""Which tokens mattered? Four answers side by side, and whether they rank the tokens alike.

Raw attention, rollout and flow look at weights only. The effect of a token is measured on the prediction when the model
cannot see it. Where they disagree, the weights do not explain the prediction (Jain and Wallace 2019, arXiv 1902.10186;
Wiegreffe and Pinter 2019, 1908.04626).

There are two ways to take a token away, for two questions. `hide` cuts the token off: no other position may look at it,
in any layer (attention knockout, Geva et al. 2023, arXiv 2304.14767); everything else stays where it was, and it works
for every model. `replace` puts a mask in its place: the model knows that a word was there, but not which (as the
blank-out of Abnar and Zuidema 2020, arXiv 2005.00928); it needs a model with a mask.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from components.attention.compare import with_mask
from components.attention.errors import NoMask, NotWatchable
from components.attention.prediction import LogProbabilities, divergence_nats, predict, predict_each, predicted_position
from components.attention.record import AttentionRecord
from components.attention.rollout import MOST_TOKENS, attention_flow, raw_mean, rollout
from components.attention.statistics import RankCorrelations, rank_correlations
from components.models.inputs import ModelInput, mask_id
from components.models.loaders import LoadedModel
from components.models.recording import HiddenKey, Kind

MOST_TOKENS_A_PASS: Final = 512
"""Of all copies of the text together, each without another token."""
Method = Literal["hide", "replace"]
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class TokenEffects:
    """The effect of every token alone.

    Attributes
    ----------
    position
        Where the prediction is measured: of the text, or of the target of an encoder-decoder.
    kl_nats
        `[token]`: KL(seeing all || not seeing this token). NaN for the position that predicts, and for masks when
        tokens are replaced by masks.
    """

    method: Method
    position: int
    kl_nats: NDArray[np.float64]
    passes: int


def token_effects(
    loaded: LoadedModel,
    given: ModelInput,
    *,
    method: Method = "hide",
    position: int | None = None,
    checkpoint: Callable[[], None] = lambda: None,
) -> TokenEffects:
    """Take away each token of the text alone, many in one pass. One more pass measures everything.

    Parameters
    ----------
    checkpoint
        Called before each pass; may raise to stop.

    Raises
    ------
    NotWatchable
        If the model's attention cannot be reached.
    NoPrediction, NoMaskedPosition
        If there is nothing to measure the effect on.
    NoMask
        If tokens are to be replaced in a model that has no mask.
    """
    if not loaded.watchable:
        raise NotWatchable(architecture=loaded.model.config.model_type)
    if method == "replace" and mask_id(loaded.tokenizer) is None:
        raise NoMask()
    where = predicted_position(loaded, given) if position is None else position
    seeing_all = predict(loaded, given, position=where)
    effects = np.full(len(given.tokens), np.nan)
    taken = [
        token
        for token in range(len(given.tokens))
        if not _is_predicted(given, token, where)
        and not (method == "replace" and given.ids[token] == mask_id(loaded.tokenizer))
    ]
    size = max(1, MOST_TOKENS_A_PASS // (len(given.tokens) + len(given.target)))
    together = [taken[start : start + size] for start in range(0, len(taken), size)]
    for tokens in together:
        checkpoint()
        for token, without in zip(tokens, _without(loaded, given, tokens, where, method), strict=True):
            effects[token] = divergence_nats(seeing_all, without)
    return TokenEffects(method=method, position=where, kl_nats=effects, passes=1 + len(together))


def _without(
    loaded: LoadedModel, given: ModelInput, tokens: Sequence[int], where: int, method: Method
) -> list[LogProbabilities]:
    """Return the predictions without each of some tokens."""
    if method == "replace":
        return predict_each(loaded, [with_mask(loaded, given, token) for token in tokens], where)
    kinds: tuple[Kind, ...] = ("encoder", "cross") if given.target else ("encoder", "decoder")
    hidden = [HiddenKey(token, kind, text) for text, token in enumerate(tokens) for kind in kinds]
    return predict_each(loaded, [given] * len(tokens), where, hidden=hidden)


def _is_predicted(given: ModelInput, token: int, where: int) -> bool:
    return not given.target and token == where


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
    record: AttentionRecord,
    *,
    method: Method = "hide",
    position: int | None = None,
    checkpoint: Callable[[], None] = lambda: None,
) -> Agreement:
    """Measure what each token means for the prediction at one position, four ways.

    Flow is left out for texts of more than `rollout.MOST_TOKENS` tokens.

    Parameters
    ----------
    record
        The attention of the text, in full precision.
    method
        How tokens are taken away for the measured effect.
    checkpoint
        Called before each slow step; may raise to stop.

    Raises
    ------
    AttentionError
        Whatever `token_effects` raises.
    ValueError
        For an encoder-decoder: its prediction stands in another text than its tokens.
    """
    given, attention = record.input, record.main
    if given.target:
        raise ValueError("in an encoder-decoder the prediction stands in another text than the tokens")
    where = predicted_position(loaded, given) if position is None else position
    effects = token_effects(loaded, given, method=method, position=where, checkpoint=checkpoint)
    values: dict[str, Floats] = {"raw": raw_mean(attention)[where], "rollout": rollout(attention)[-1, where]}
    if len(given.tokens) <= MOST_TOKENS:
        values["flow"] = attention_flow(attention, where, checkpoint=checkpoint)
    return rank_agreement(values | {"effect": effects.kl_nats})


def rank_agreement(values: Mapping[str, Floats]) -> Agreement:
    """Compare how several methods rank the same tokens (Spearman, ties share their mean rank)."""
    rows = np.stack(list(values.values()))
    rated = np.isfinite(rows).all(axis=0)
    return Agreement(dict(values), rank_correlations(rows[:, rated]), int(rated.sum()))
