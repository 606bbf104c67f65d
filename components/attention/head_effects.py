"""How the prediction changes when heads are switched off.

The recording function switches a head off for one forward pass, without changing the weights, by replacing its output:

    zero      by zeros
    mean      by its mean over the positions of this text: what it says everywhere stays, what it says about a position
              goes
    resample  at each position by its output at a drawn position of other texts: what it says about this text goes, and
              the output remains one that the model knows (resample ablation)

The effect is the KL divergence, in nats, from the prediction with all heads to the one without.

Two cautions belong to every number. Effects do not add up: the model compensates for one missing head (Michel et al.
2019, arXiv 1905.10650), so many heads together can cost far more, or less, than the sum. And a number is the effect at
one position of one text: `components.attention.head_ranking` measures many of them. `rounding_nats` is how far the
prediction moves when another kernel computes the same attention: a smaller effect may be only rounding. It does not say
how certain an effect is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from components.attention.errors import NotWatchable
from components.attention.prediction import (
    Change,
    LogProbabilities,
    divergence_nats,
    largest_changes,
    most_likely,
    predict,
    predicted_position,
)
from components.core.intervals import SEED
from components.models import recording
from components.models.inputs import ModelInput, forward_without_scores
from components.models.loaders import LoadedModel
from components.models.recording import HeadSwitch, Kind, LayerRecord

if TYPE_CHECKING:
    from torch import Tensor

Replacement = Literal["zero", "mean", "resample"]
Head = tuple[int, int]
"""Layer and head."""
HeadOutputs = list["Tensor"]
"""The outputs of the heads of each layer, `[position, head, dim]`."""


@dataclass(frozen=True)
class HeadEffect:
    """The effect of some heads, switched off together, on the prediction.

    Attributes
    ----------
    position
        Where the prediction is measured.
    kl_nats
        KL(with all heads || without these heads).
    rounding_nats
        The KL divergence between two ways to compute all heads: the size of rounding.
    passes
        How many forward passes this took.
    most_likely, most_changed
        The best predictions before, and the largest changes of probability.
    """

    heads: tuple[Head, ...]
    replacement: Replacement
    position: int
    kl_nats: float
    rounding_nats: float
    passes: int
    most_likely: tuple[Change, ...]
    most_changed: tuple[Change, ...]

    @property
    def changes(self) -> list[Change]:
        """The best predictions before, then the most changed of the others."""
        seen = {change.id for change in self.most_likely}
        return [*self.most_likely, *(change for change in self.most_changed if change.id not in seen)]


@dataclass(frozen=True, eq=False)
class HeadEffects:
    """The effect of every head alone, on one text at one position.

    Attributes
    ----------
    kl_nats
        `[layer, head]`.
    """

    kind: Kind
    replacement: Replacement
    position: int
    kl_nats: NDArray[np.float64]
    rounding_nats: float
    passes: int


def head_effect(
    loaded: LoadedModel,
    given: ModelInput,
    heads: Sequence[Head],
    *,
    kind: Kind | None = None,
    replacement: Replacement = "zero",
    position: int | None = None,
    donors: Sequence[HeadOutputs] = (),
) -> HeadEffect:
    """Switch heads off together and compare the predictions. Takes 3 forward passes.

    Parameters
    ----------
    kind
        The attention of the heads; None for the only one the model has, or the encoder's of several.
    position
        Where the prediction is measured; None for the first mask, or after the last token.
    donors
        The outputs of the heads in other texts, from `outputs_of_heads`, for `resample`.

    Raises
    ------
    NotWatchable
        If heads of this model cannot be switched off.
    NoPrediction, NoMaskedPosition
        If there is nothing to measure the effect on.
    ValueError
        If a head does not exist, or there is nothing to resample from.
    """
    with_all = _WithAllHeads.measure(loaded, given, kind, position, donors)
    off = [with_all.switch(head, replacement) for head in heads]
    without = predict(loaded, given, position=with_all.position, switches=off)
    return HeadEffect(
        heads=tuple(heads),
        replacement=replacement,
        position=with_all.position,
        kl_nats=divergence_nats(with_all.prediction, without),
        rounding_nats=with_all.rounding_nats,
        passes=3,
        most_likely=most_likely(loaded, with_all.prediction, without),
        most_changed=largest_changes(loaded, with_all.prediction, without),
    )


def effects_of_heads(
    loaded: LoadedModel,
    given: ModelInput,
    *,
    kind: Kind | None = None,
    replacement: Replacement = "zero",
    position: int | None = None,
    donors: Sequence[HeadOutputs] = (),
    checkpoint: Callable[[], None] = lambda: None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> HeadEffects:
    """Switch off each head alone. Takes one forward pass for each head, and two more.

    Parameters
    ----------
    checkpoint
        Called before each head; may raise to stop.
    progress
        Called after each head with the number of heads done and the number of all heads.

    Raises
    ------
    NotWatchable, NoPrediction, NoMaskedPosition, ValueError
        As `head_effect`.
    """
    checkpoint()
    with_all = _WithAllHeads.measure(loaded, given, kind, position, donors)
    effects = np.zeros((len(with_all.outputs), with_all.outputs[0].shape[1]))
    for done, (layer, head) in enumerate(np.ndindex(effects.shape), start=1):
        checkpoint()
        off = [with_all.switch((layer, head), replacement)]
        without = predict(loaded, given, position=with_all.position, switches=off)
        effects[layer, head] = divergence_nats(with_all.prediction, without)
        progress(done, effects.size)
    return HeadEffects(
        kind=with_all.kind,
        replacement=replacement,
        position=with_all.position,
        kl_nats=effects,
        rounding_nats=with_all.rounding_nats,
        passes=effects.size + 2,
    )


def outputs_of_heads(
    loaded: LoadedModel,
    given: ModelInput,
    *,
    kind: Kind | None = None,
    checkpoint: Callable[[], None] = lambda: None,
) -> HeadOutputs:
    """Return the outputs of the heads in a text. Takes one forward pass; the model needs no output layer.

    Raises
    ------
    NotWatchable
        If the model does not allow it.
    """
    checkpoint()
    if not loaded.watchable:
        raise NotWatchable(architecture=loaded.model.config.model_type)
    outputs: dict[Kind, HeadOutputs] = {}
    with recording.watch(loaded.model, on_layer=lambda record: _collect(outputs, record)):
        forward_without_scores(loaded, given)
    return outputs[_chosen(kind, outputs)]


@dataclass(frozen=True, eq=False)
class _WithAllHeads:
    """The unchanged model: its prediction, and the outputs of its heads, here and at drawn positions of other texts."""

    kind: Kind
    position: int
    prediction: LogProbabilities
    rounding_nats: float
    outputs: HeadOutputs
    resampled: HeadOutputs | None

    @classmethod
    def measure(
        cls,
        loaded: LoadedModel,
        given: ModelInput,
        kind: Kind | None,
        position: int | None,
        donors: Sequence[HeadOutputs],
    ) -> _WithAllHeads:
        where = predicted_position(loaded, given) if position is None else position
        outputs: dict[Kind, HeadOutputs] = {}
        watched = predict(loaded, given, position=where, on_layer=lambda record: _collect(outputs, record))
        prediction = predict(loaded, given, position=where)
        chosen = _chosen(kind, outputs)
        own = outputs[chosen]
        rounding_nats = divergence_nats(prediction, watched)
        return cls(chosen, where, prediction, rounding_nats, own, _resampled(own, donors) if donors else None)

    def switch(self, head: Head, replacement: Replacement) -> HeadSwitch:
        layer, number = head
        layers, heads = len(self.outputs), self.outputs[0].shape[1]
        if not (0 <= layer < layers and 0 <= number < heads):
            raise ValueError(f"there is no head {layer}-{number}; there are {layers} layers of {heads} heads")
        return HeadSwitch(layer, number, self.kind, replacement=self._instead(layer, number, replacement))

    def _instead(self, layer: int, number: int, replacement: Replacement) -> Tensor | None:
        match replacement:
            case "zero":
                return None
            case "mean":
                return self.outputs[layer][:, number].mean(dim=0)
            case "resample":
                if self.resampled is None:
                    raise ValueError("there is nothing to resample from: give donors (outputs_of_heads)")
                return self.resampled[layer][:, number]


def _chosen(kind: Kind | None, outputs: Mapping[Kind, HeadOutputs]) -> Kind:
    chosen = kind or ("encoder" if "encoder" in outputs else "decoder")
    if chosen not in outputs:
        raise ValueError(f"this model has no {chosen} attention; it has {', '.join(outputs)}")
    return chosen


def _collect(outputs: dict[Kind, HeadOutputs], record: LayerRecord) -> None:
    """Add the outputs of the heads of a layer: attention times values."""
    weights = record.weights[0]  # [head, query, key]
    values = record.value[0].repeat_interleave(weights.shape[0] // record.value.shape[1], dim=0)
    outputs.setdefault(record.kind, []).append((weights @ values).transpose(0, 1))


def _resampled(own: HeadOutputs, donors: Sequence[HeadOutputs]) -> HeadOutputs:
    """Draw for each position of this text one of the donors' positions, the same one for all heads and layers."""
    import torch

    pools = [torch.cat(layers) for layers in zip(*donors, strict=True)]
    drawn = np.random.default_rng(SEED).integers(0, len(pools[0]), len(own[0]))
    return [pool[torch.from_numpy(drawn)] for pool in pools]
