"""What each head does in general, measured on random texts, each head against its own null.

A head's score for a role is its mean weight on the place the role is about: one token back, the first token, the token
after the last occurrence of this one, ... A number alone says little, so the same number is measured where the role is
absent: for an offset, at every other offset of the same texts; for a column, at every column of ordinary tokens; for
the roles that need a repeat, also at the same offset in texts without one. The mean and the standard deviation of
these numbers, over places and texts, are the head's own null.

What counts are rows in which every offset compared exists, so that an evenly spread head scores the same everywhere:
in a decoder the second half of the text, which also keeps out row n - 1 of the "induction diagonal", whose target is
no repeat; in an encoder the middle half for what lies ahead or behind, the second half for repeats.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from components.attention.capture import capture_input
from components.attention.inputs import Loaded
from components.attention.record import Attention
from components.attention.repeats import REPEAT_TOKENS, RandomText, RandomTexts
from components.models.recording import Kind

Role = Literal["previous_token", "next_token", "itself", "first_token", "separator", "duplicate_token", "induction"]
"""duplicate_token: looks at the last occurrence of the same token. induction: at the token after that."""

TEXTS_OF_EACH_KIND: Final = 12
_ROUNDING: Final = 1e-6
_N: Final = REPEAT_TOKENS

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class RoleScore:
    """How well each head plays one role, each array `[layer, head]`.

    Attributes
    ----------
    score
        Mean weight on the role's place, between 0 and 1.
    null_mean, null_std
        The same where the role is absent.
    rival
        Mean weight on the head's best other place in the same texts: another offset, the first token, the separators.
    chance
        What a head that spreads evenly over all it can see would score.
    """

    score: Floats
    null_mean: Floats
    null_std: Floats
    rival: Floats
    chance: float

    @property
    def sigmas(self) -> Floats:
        """How many standard deviations of its null a head's score lies above the null's mean."""
        # A head made by hand may have a null without any spread; rounding always has some.
        return np.asarray((self.score - self.null_mean) / np.maximum(self.null_std, _ROUNDING))


@dataclass(frozen=True, eq=False)
class HeadRoles:
    """Every role of every head of one kind of attention.

    Attributes
    ----------
    kind
        The encoder's attention where there is an encoder, else the decoder's.
    texts
        How many random texts of each kind were read, each of `2 * REPEAT_TOKENS` tokens.
    """

    kind: Kind
    roles: Mapping[Role, RoleScore]
    texts: int


def head_roles(
    loaded: Loaded,
    *,
    texts: int = TEXTS_OF_EACH_KIND,
    seed: int = 0,
    checkpoint: Callable[[], None] = lambda: None,
) -> HeadRoles:
    """Measure the roles of all heads of a model. Takes `2 * texts` forward passes; `checkpoint` is called before each.

    Raises
    ------
    VocabularyTooSmall
        If random texts cannot be drawn.
    NotCaptured
        If the model's attention cannot be captured.
    """
    draw, rng = RandomTexts.of(loaded), np.random.default_rng(seed)

    def read() -> Iterator[tuple[RandomText, Attention]]:
        for repeated in (False, True) * texts:
            checkpoint()
            text = draw.draw(rng, repeated=repeated)
            yield text, capture_input(loaded, text.given).main

    return measured(read())


def measured(texts: Iterable[tuple[RandomText, Attention]]) -> HeadRoles:
    """Measure the roles of all heads on random texts, of which some must have a repeat and some none."""
    samples: dict[Role, list[_Sample]] = {}
    without_repeat: dict[Role, list[Floats]] = {}
    kind: Kind = "encoder"
    for text, attention in texts:
        kind = attention.kind
        for role, sample in (_repeat_roles if text.repeated else _position_roles)(attention, text).items():
            samples.setdefault(role, []).append(sample)
        if not text.repeated:
            for role, sample in _repeat_roles(attention, text).items():
                without_repeat.setdefault(role, []).append(sample.score[..., None])
    scores = {role: _score(each, without_repeat.get(role, [])) for role, each in samples.items()}
    return HeadRoles(kind=kind, roles=scores, texts=len(samples["induction"]))


_REPEAT_LAGS: Final[Mapping[Role, int]] = {"duplicate_token": _N, "induction": _N - 1}


@dataclass(frozen=True, eq=False)
class _Sample:
    """One text's numbers for one role: `score [layer, head]`, `controls` and `rivals` `[layer, head, place]`."""

    score: Floats
    controls: Floats
    rivals: Floats
    chance: float


def _position_roles(attention: Attention, text: RandomText) -> dict[Role, _Sample]:
    rows = _second_half(text) if attention.causal else _middle_half(text)
    lags, fixed, even = _lags(attention, text, rows), _fixed_places(attention, text, rows), _even(attention, rows)
    targets: dict[Role, int] = {"previous_token": 1, "itself": 0}
    if not attention.causal:
        targets["next_token"] = -1
    roles = {role: _lag_sample(lags, lag, fixed, even) for role, lag in targets.items()}
    # Columns that every row can see: in a decoder those before the rows.
    seen = slice(text.begin + 1, rows[0]) if attention.causal else slice(text.begin, text.begin + 2 * _N)
    ordinary = _columns(attention, rows)[..., seen]
    everywhere = np.stack(list(lags.values()), axis=-1)
    for role, score in fixed.items():
        others = [other[..., None] for name, other in fixed.items() if name != role]
        rivals = np.concatenate([everywhere, *others], axis=-1)
        roles[role] = _Sample(score, ordinary, rivals, even)
    return roles


def _repeat_roles(attention: Attention, text: RandomText) -> dict[Role, _Sample]:
    rows = _second_half(text)
    lags, fixed, even = _lags(attention, text, rows), _fixed_places(attention, text, rows), _even(attention, rows)
    roles = {role: _lag_sample(lags, lag, fixed, even) for role, lag in _REPEAT_LAGS.items()}
    # Whoever looks for the same token finds it at its own position too: that is no rival, it is the same role.
    others = {lag: weight for lag, weight in lags.items() if lag != 0}
    rivals = _lag_sample(others, _N, fixed, even).rivals
    return roles | {"duplicate_token": replace(roles["duplicate_token"], rivals=rivals)}


def _second_half(text: RandomText) -> NDArray[np.int64]:
    return np.arange(text.begin + _N, text.begin + 2 * _N)


def _middle_half(text: RandomText) -> NDArray[np.int64]:
    return np.arange(text.begin + _N // 2, text.begin + _N // 2 + _N)


def _lags(attention: Attention, text: RandomText, rows: NDArray[np.int64]) -> dict[int, Floats]:
    """Return the mean weight `lag` tokens back, `[layer, head]`, for each lag that exists in all rows."""
    farthest_back = int(rows[0]) - text.begin
    farthest_ahead = 0 if attention.causal else text.begin + 2 * _N - 1 - int(rows[-1])
    weights: NDArray[Any] = attention.weights
    return {
        lag: weights[:, :, rows, rows - lag].mean(axis=-1, dtype=np.float64)
        for lag in range(-farthest_ahead, farthest_back + 1)
    }


def _columns(attention: Attention, rows: NDArray[np.int64]) -> Floats:
    """Return the mean weight on each position, `[layer, head, key]`."""
    return np.asarray(attention.weights[:, :, rows].mean(axis=2, dtype=np.float64))


def _fixed_places(attention: Attention, text: RandomText, rows: NDArray[np.int64]) -> dict[Role, Floats]:
    """Return the mean weight on the first token and on the special tokens after the text, where there are any."""
    columns = _columns(attention, rows)
    places: dict[Role, Floats] = {"first_token": columns[..., 0]}
    after = columns[..., text.begin + 2 * _N :]
    if after.shape[-1]:
        places["separator"] = after.sum(axis=-1)
    return places


def _even(attention: Attention, rows: NDArray[np.int64]) -> float:
    return float((1.0 / attention.visible[:, rows].sum(axis=-1)).mean())


def _lag_sample(lags: Mapping[int, Floats], target: int, fixed: Mapping[Role, Floats], chance: float) -> _Sample:
    others = np.stack([weight for lag, weight in lags.items() if lag != target], axis=-1)
    return _Sample(lags[target], others, np.concatenate([others, np.stack(list(fixed.values()), -1)], -1), chance)


def _score(samples: list[_Sample], nulls: list[Floats]) -> RoleScore:
    null = np.concatenate([sample.controls for sample in samples] + nulls, axis=-1)
    return RoleScore(
        score=np.mean([sample.score for sample in samples], axis=0),
        null_mean=null.mean(axis=-1),
        null_std=null.std(axis=-1),
        # The same place must be the rival in all texts: the largest of the means, not the mean of the largest.
        rival=np.mean([sample.rivals for sample in samples], axis=0).max(axis=-1),
        chance=float(np.mean([sample.chance for sample in samples])),
    )
