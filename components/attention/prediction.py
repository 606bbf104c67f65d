"""What a model predicts at one position, and how far two predictions are apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from components.attention.errors import NoMaskedPosition, NoPrediction, NotWatchable
from components.models import recording
from components.models.inputs import ModelInput, mask_id, scores_at
from components.models.loaders import LoadedModel
from components.models.recording import HeadSwitch, HiddenKey, OnLayer

if TYPE_CHECKING:
    from torch import Tensor

LogProbabilities = NDArray[np.float64]
"""`[vocabulary]`, natural logarithms of probabilities."""


@dataclass(frozen=True)
class Change:
    """How the probability of one token changed."""

    id: int
    piece: str
    before: float
    after: float

    @property
    def difference(self) -> float:
        """After minus before."""
        return self.after - self.before


def predicted_position(loaded: LoadedModel, given: ModelInput) -> int:
    """Return where the model predicts: at the first mask, or after the last token if it writes texts.

    In an encoder-decoder it is a position of the target.

    Raises
    ------
    NoPrediction
        If the model has no output layer.
    NoMaskedPosition
        If it fills masks and the text has none.
    """
    _require_output_layer(loaded)
    if loaded.model.can_generate():
        return len(given.target or given.tokens) - 1
    mask = mask_id(loaded.tokenizer)
    if mask is None or mask not in given.ids:
        raise NoMaskedPosition(mask="[MASK]" if mask is None else str(loaded.tokenizer.tokens([mask])[0]))
    return given.ids.index(mask)


def predict(
    loaded: LoadedModel,
    given: ModelInput,
    *,
    position: int | None = None,
    switches: Sequence[HeadSwitch] = (),
    hidden: Sequence[HiddenKey] = (),
    on_layer: OnLayer | None = None,
) -> LogProbabilities:
    """Return the model's prediction, if wanted with heads switched off or positions hidden.

    Parameters
    ----------
    position
        Where; None for `predicted_position`.
    on_layer
        Also watch the pass; attention is then computed the eager way.

    Raises
    ------
    NotWatchable
        If something is to be changed or watched in a model that does not allow it.
    NoPrediction, NoMaskedPosition
        See `predicted_position`.
    """
    where = predicted_position(loaded, given) if position is None else position
    [prediction] = predict_each(loaded, [given], where, switches=switches, hidden=hidden, on_layer=on_layer)
    return prediction


def predict_each(
    loaded: LoadedModel,
    texts: Sequence[ModelInput],
    position: int,
    *,
    switches: Sequence[HeadSwitch] = (),
    hidden: Sequence[HiddenKey] = (),
    on_layer: OnLayer | None = None,
) -> list[LogProbabilities]:
    """Return the predictions for texts of the same length, all in one pass. See `predict`."""
    _require_output_layer(loaded)
    if not loaded.watchable:
        if switches or hidden or on_layer:
            raise NotWatchable(architecture=loaded.model.config.model_type)
        return _log_softmax(scores_at(loaded, texts, position))
    with recording.watch(loaded.model, on_layer=on_layer, switches=switches, hidden=hidden):
        return _log_softmax(scores_at(loaded, texts, position))


def _require_output_layer(loaded: LoadedModel) -> None:
    """Raise `NoPrediction` if the model has none: an encoder that was trained to compare texts."""
    if loaded.model.get_output_embeddings() is None:
        raise NoPrediction(architecture=type(loaded.model).__name__)


def divergence_nats(before: LogProbabilities, after: LogProbabilities) -> float:
    """Return KL(before || after) in nats: 0 if nothing changed, unbounded above."""
    # Rounding can push a divergence of nothing below zero, by less than 1e-15.
    return max(0.0, float(np.sum(np.exp(before) * (before - after))))


def largest_changes(
    loaded: LoadedModel, before: LogProbabilities, after: LogProbabilities, *, count: int = 10
) -> tuple[Change, ...]:
    """Return the tokens whose probability changed most, up or down."""
    was, became = np.exp(before), np.exp(after)
    return _changes(loaded, was, became, np.argsort(-np.abs(became - was), kind="stable")[:count])


def most_likely(
    loaded: LoadedModel, before: LogProbabilities, after: LogProbabilities, *, count: int = 5
) -> tuple[Change, ...]:
    """Return the tokens that were most likely before, with what became of them."""
    return _changes(loaded, np.exp(before), np.exp(after), np.argsort(-before, kind="stable")[:count])


def _changes(
    loaded: LoadedModel, was: NDArray[np.float64], became: NDArray[np.float64], ids: NDArray[np.int64]
) -> tuple[Change, ...]:
    pieces = loaded.tokenizer.tokens(ids.tolist())
    return tuple(
        Change(id_, piece or "", float(was[id_]), float(became[id_]))
        for id_, piece in zip(ids.tolist(), pieces, strict=True)
    )


def _log_softmax(scores: Tensor) -> list[LogProbabilities]:
    return list(scores.double().cpu().log_softmax(-1).numpy())
