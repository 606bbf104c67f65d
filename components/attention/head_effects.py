"""What the prediction loses when heads are switched off.

A head is switched off inside the recording function, for one forward pass, without touching the weights: its output
becomes zero, or its own mean over the positions of this text, which leaves what it always says and takes only what it
says about a position. The effect is the KL divergence, in nats, from the prediction with all heads to the one without.

Two cautions belong beside every number. Effects do not add up: the model makes up for one missing head (Michel et al.
2019, arXiv 1905.10650), so many heads together can cost far more, or less, than the sum. And below the noise floor a
number means nothing: that is how far the prediction moves when the very same attention is computed by another kernel.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from components.attention.distribution import (
    Change,
    LogProbabilities,
    divergence_nats,
    largest_changes,
    most_likely,
    predict,
    predicted_position,
)
from components.attention.inputs import Loaded, ModelInput
from components.models.recording import HeadSwitch, Kind, LayerRecord

if TYPE_CHECKING:
    from torch import Tensor

Replacement = Literal["zero", "mean"]
Head = tuple[int, int]
"""Layer and head."""


@dataclass(frozen=True)
class HeadEffect:
    """What switching off some heads together does to the prediction.

    Attributes
    ----------
    position
        Where the prediction is measured.
    kl_nats
        KL(with all heads || without these).
    noise_floor_nats
        The same between two ways of computing all heads.
    passes
        How many forward passes this took.
    most_likely, most_changed
        The best predictions before, and the largest changes of probability.
    """

    heads: tuple[Head, ...]
    replacement: Replacement
    position: int
    kl_nats: float
    noise_floor_nats: float
    passes: int
    most_likely: tuple[Change, ...]
    most_changed: tuple[Change, ...]


@dataclass(frozen=True, eq=False)
class HeadRanking:
    """The effect of every head alone.

    Attributes
    ----------
    kl_nats
        `[layer, head]`.
    """

    kind: Kind
    replacement: Replacement
    position: int
    kl_nats: NDArray[np.float64]
    noise_floor_nats: float
    passes: int

    @property
    def ranked(self) -> list[Head]:
        """The heads, largest effect first."""
        order = np.argsort(-self.kl_nats, axis=None, kind="stable")
        return [(int(i) // self.kl_nats.shape[1], int(i) % self.kl_nats.shape[1]) for i in order]


def head_effect(
    loaded: Loaded,
    given: ModelInput,
    heads: Sequence[Head],
    *,
    kind: Kind | None = None,
    replacement: Replacement = "zero",
    position: int | None = None,
) -> HeadEffect:
    """Switch heads off together and compare the predictions. Takes 3 forward passes.

    Parameters
    ----------
    kind
        Of the heads' attention; None for the one the model has, or the encoder's of several.
    position
        Where the prediction is measured; None for the first mask, or after the last token.

    Raises
    ------
    NotWatchable
        If heads of this model cannot be switched off.
    NoPrediction, NoMaskedPosition
        If there is nothing to measure the effect on.
    ValueError
        If a head does not exist.
    """
    with_all = _WithAllHeads.measure(loaded, given, kind, position)
    off = [with_all.switch(head, replacement) for head in heads]
    without = predict(loaded, given, position=with_all.position, switches=off)
    return HeadEffect(
        heads=tuple(heads),
        replacement=replacement,
        position=with_all.position,
        kl_nats=divergence_nats(with_all.prediction, without),
        noise_floor_nats=with_all.noise_floor_nats,
        passes=3,
        most_likely=most_likely(loaded, with_all.prediction, without),
        most_changed=largest_changes(loaded, with_all.prediction, without),
    )


def rank_heads(
    loaded: Loaded,
    given: ModelInput,
    *,
    kind: Kind | None = None,
    replacement: Replacement = "zero",
    position: int | None = None,
    checkpoint: Callable[[], None] = lambda: None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> HeadRanking:
    """Switch off every head alone. Takes one forward pass a head, and two more.

    Parameters
    ----------
    checkpoint
        Called before each head; may raise to stop.
    progress
        Called after each head with how many are done, and of how many.

    Raises
    ------
    NotWatchable, NoPrediction, NoMaskedPosition
        As `head_effect`.
    """
    checkpoint()
    with_all = _WithAllHeads.measure(loaded, given, kind, position)
    effects = np.zeros((len(with_all.means), len(with_all.means[0])))
    for done, (layer, head) in enumerate(np.ndindex(effects.shape), start=1):
        checkpoint()
        off = [with_all.switch((layer, head), replacement)]
        without = predict(loaded, given, position=with_all.position, switches=off)
        effects[layer, head] = divergence_nats(with_all.prediction, without)
        progress(done, effects.size)
    return HeadRanking(
        kind=with_all.kind,
        replacement=replacement,
        position=with_all.position,
        kl_nats=effects,
        noise_floor_nats=with_all.noise_floor_nats,
        passes=effects.size + 2,
    )


@dataclass(frozen=True, eq=False)
class _WithAllHeads:
    """The undisturbed model: its prediction, and the mean output of each head, `means[layer][head] [dim]`."""

    kind: Kind
    position: int
    prediction: LogProbabilities
    noise_floor_nats: float
    means: list[Tensor]

    @classmethod
    def measure(cls, loaded: Loaded, given: ModelInput, kind: Kind | None, position: int | None) -> _WithAllHeads:
        where = predicted_position(loaded, given) if position is None else position
        means: dict[Kind, list[Tensor]] = {}

        def on_layer(record: LayerRecord) -> None:
            means.setdefault(record.kind, []).append(_mean_outputs(record))

        watched = predict(loaded, given, position=where, on_layer=on_layer)
        prediction = predict(loaded, given, position=where)
        chosen = kind or ("encoder" if "encoder" in means else "decoder")
        if chosen not in means:
            raise ValueError(f"this model has no {chosen} attention; it has {', '.join(means)}")
        return cls(chosen, where, prediction, divergence_nats(prediction, watched), means[chosen])

    def switch(self, head: Head, replacement: Replacement) -> HeadSwitch:
        layer, number = head
        heads = len(self.means[0])
        if not (0 <= layer < len(self.means) and 0 <= number < heads):
            raise ValueError(f"there is no head {layer}-{number}; there are {len(self.means)} layers of {heads} heads")
        instead = self.means[layer][number] if replacement == "mean" else None
        return HeadSwitch(layer, number, self.kind, replacement=instead)


def _mean_outputs(record: LayerRecord) -> Tensor:
    """Return each head's output averaged over the positions, `[head, dim]`: mean attention times values."""
    mean_rows = record.weights[0].mean(dim=1)  # [head, key]
    values = record.value[0].repeat_interleave(mean_rows.shape[0] // record.value.shape[1], dim=0)
    return (mean_rows.unsqueeze(1) @ values).squeeze(1)
