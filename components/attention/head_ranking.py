"""Which heads matter, over a set of texts and positions: one text alone ranks them by what it happens to say.

Every head is switched off alone at each text of `ranking_texts.toml`, at one position each, and at the visitor's own
text. The mean over the set comes with an interval (bootstrap over the texts), and beside it stands how far two texts
agree on the order of the heads: where that is low, a ranking from one text is mostly about that text.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from components.attention.head_effects import Head, HeadOutputs, Replacement, effects_of_heads, outputs_of_heads
from components.attention.prediction import predicted_position
from components.attention.statistics import correlate, mean_ranks
from components.core.intervals import mean_interval, resampled_means
from components.models.continuation import with_target
from components.models.inputs import ModelInput, mask_id, read
from components.models.loaders import LoadedModel
from components.models.recording import Kind

FILE: Final = Path(__file__).with_name("ranking_texts.toml")

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class TextAgreement:
    """Spearman's correlation of the order of the heads between every two texts of the set."""

    mean: float
    lowest: float
    highest: float


@dataclass(frozen=True, eq=False)
class HeadRanking:
    """The effect of every head alone, over a set of texts and on the visitor's own.

    Attributes
    ----------
    inputs, positions
        What was read and where the prediction was measured; the visitor's own text last.
    kl_nats
        `[text, layer, head]`, in the order of `inputs`.
    rounding_nats
        The largest divergence between two ways of computing all heads: what rounding does.
    """

    kind: Kind
    replacement: Replacement
    inputs: tuple[ModelInput, ...]
    positions: tuple[int, ...]
    kl_nats: Floats
    rounding_nats: float
    passes: int

    @property
    def of_set(self) -> Floats:
        """Effects on the texts of the set, `[text, layer, head]`."""
        return self.kl_nats[:-1]

    @property
    def of_own_text(self) -> Floats:
        """Effects on the visitor's text, `[layer, head]`."""
        return np.asarray(self.kl_nats[-1])

    @property
    def mean(self) -> Floats:
        """Mean over the set, `[layer, head]`."""
        return np.asarray(self.of_set.mean(axis=0))

    @property
    def interval(self) -> tuple[Floats, Floats]:
        """What 95% of the resamples of the texts give as mean, `[layer, head]` twice."""
        return mean_interval(self.of_set)

    @property
    def first_share(self) -> Floats:
        """In which share of the resamples of the texts a head comes first, `[layer, head]`."""
        resampled = resampled_means(self.of_set).reshape(-1, self.mean.size)
        counts = np.bincount(resampled.argmax(axis=1), minlength=self.mean.size)
        return np.asarray(counts / len(resampled)).reshape(self.mean.shape)

    @property
    def ranked(self) -> list[Head]:
        """The heads, largest mean over the set first."""
        return ranked(self.mean)

    @property
    def between_texts(self) -> TextAgreement:
        """How far the texts of the set agree on the order of the heads."""
        correlations = correlate(mean_ranks(self.of_set.reshape(len(self.of_set), -1)))
        pairs = correlations[np.triu_indices(len(correlations), 1)]
        return TextAgreement(float(pairs.mean()), float(pairs.min()), float(pairs.max()))

    @property
    def own_agreement(self) -> float:
        """Spearman's correlation of the visitor's text with the mean over the set."""
        return rank_agreement(self.of_own_text, self.mean)


def ranked(effects: Floats) -> list[Head]:
    """Return layer and head of all heads, largest of `[layer, head]` first."""
    order = np.argsort(-effects, axis=None, kind="stable")
    return [(int(index) // effects.shape[1], int(index) % effects.shape[1]) for index in order]


def rank_agreement(one: Floats, other: Floats) -> float:
    """Return Spearman's correlation of two `[layer, head]`."""
    return float(correlate(mean_ranks(np.stack([one.ravel(), other.ravel()])))[0, 1])


@cache
def texts() -> tuple[str, ...]:
    """Return the texts of the set; the word in brackets is the position."""
    return tuple(tomllib.loads(FILE.read_text("utf-8"))["texts"])


def read_texts(loaded: LoadedModel) -> list[ModelInput]:
    """Return the set as this model reads it, so that it predicts at the word in brackets.

    A model with a mask reads the text with a mask there. One that writes on reads what stands before. An
    encoder-decoder reads the text and repeats it up to there.
    """
    return [_read(loaded, text) for text in texts()]


def rank_heads(
    loaded: LoadedModel,
    given: ModelInput,
    *,
    kind: Kind | None = None,
    replacement: Replacement = "zero",
    position: int | None = None,
    checkpoint: Callable[[], None] = lambda: None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> HeadRanking:
    """Switch off every head alone, at every text. Takes a pass a head and two more for each text, and one a donor.

    Parameters
    ----------
    given, position
        The visitor's text, and where its prediction is measured; None for the first mask, or after the last token.
    checkpoint
        Called before each pass of a head; may raise to stop.
    progress
        Called after each head with how many are done, and of how many.

    Raises
    ------
    NotWatchable, NoPrediction, NoMaskedPosition
        As `components.attention.head_effects.head_effect`.
    """
    where = predicted_position(loaded, given) if position is None else position
    inputs = [*read_texts(loaded), given]
    positions = [*(predicted_position(loaded, each) for each in inputs[:-1]), where]
    donors: list[HeadOutputs] = []
    if replacement == "resample":
        donors = [outputs_of_heads(loaded, each, kind=kind, checkpoint=checkpoint) for each in inputs[:-1]]
    measured = []
    for number, each in enumerate(inputs):
        found = effects_of_heads(
            loaded,
            each,
            kind=kind,
            replacement=replacement,
            position=positions[number],
            donors=donors[:number] + donors[number + 1 :],
            checkpoint=checkpoint,
            progress=_of_all(progress, number, len(inputs)),
        )
        measured.append(found)
    return HeadRanking(
        kind=measured[0].kind,
        replacement=replacement,
        inputs=tuple(inputs),
        positions=tuple(positions),
        kl_nats=np.stack([found.kl_nats for found in measured]),
        rounding_nats=max(found.rounding_nats for found in measured),
        passes=sum(found.passes for found in measured) + len(donors),
    )


def _of_all(progress: Callable[[int, int], None], number: int, count: int) -> Callable[[int, int], None]:
    """Return what reports the progress in one of several texts as that of all of them."""
    return lambda done, total: progress(number * total + done, count * total)


def _read(loaded: LoadedModel, marked: str) -> ModelInput:
    before, word, after = re.split(r"[\[\]]", marked)
    model = loaded.model
    mask = mask_id(loaded.tokenizer)
    if model.config.is_encoder_decoder:
        return with_target(loaded, read(loaded, before + word + after), before.rstrip())
    if model.can_generate() or mask is None:
        return read(loaded, before.rstrip())
    return read(loaded, f"{before}{loaded.tokenizer.tokens([mask])[0]}{after}")
