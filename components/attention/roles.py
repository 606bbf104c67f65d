"""What each head does in general, measured on random texts against the same where the role is absent.

A random text has no grammar and no meaning, so a head that still looks at the token before does so whatever the words
are. When the same random tokens come a second time, only the repeat tells what comes next: that is where induction
heads show (Olsson et al. 2022, arXiv 2209.11895). Texts come in pairs with the same second half at the same positions.
In one the first half is the same tokens, in the other it is different ones: what a head does differently in the second
half is due to the repeat. The length of the halves varies, so that no fixed distance can pass for a repeat.

A head's score for a role is its mean weight on the place the role is about: one token back, the first token, the token
after the last occurrence of this one, ... A number alone says little, so each text also gives a baseline: for an
offset, the mean over all other offsets of the same text; for a column, over the columns of ordinary tokens; for the
roles that need a repeat, the same offset at the same positions of the same tokens with nothing to repeat. The gain is
score minus baseline. Texts are drawn independently, so a gain is tested over texts, and has an interval over them.

Only rows count in which every offset compared exists, so that an evenly spread head gains nothing anywhere: in a
decoder the second half of the text, which also keeps out the row before the "induction diagonal", whose target is no
repeat; in an encoder the middle half for what lies ahead or behind, the second half for repeats.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from components.attention.capture import capture_input
from components.attention.errors import VocabularyTooSmall
from components.attention.record import Attention
from components.attention.statistics import Floats, MeanDifference, mean_difference
from components.models.continuation import with_start
from components.models.inputs import ModelInput, Token, read
from components.models.loaders import LoadedModel
from components.models.recording import Kind

REPEAT_LENGTHS: Final = (12, 16, 20, 24)
"""In tokens, of the part that comes twice; each is used equally often."""


@dataclass(frozen=True)
class RandomText:
    """A text of `2 * length` random tokens inside the special tokens its model expects.

    Attributes
    ----------
    begin
        Position of the first random token: the number of special tokens before it.
    length
        Of one half, in tokens.
    repeated
        Whether the second half is the first once more; else all tokens differ.
    """

    given: ModelInput
    begin: int
    length: int
    repeated: bool


@dataclass(frozen=True)
class RandomTexts:
    """Draws random texts for one model."""

    loaded: LoadedModel
    words: NDArray[np.int64]
    before: tuple[Token, ...]
    after: tuple[Token, ...]

    @classmethod
    def of(cls, loaded: LoadedModel) -> RandomTexts:
        """Find the ordinary words of the vocabulary and the special tokens around a text.

        Raises
        ------
        VocabularyTooSmall
            If there are not enough words for a text without a repeat.
        """
        with loaded.tokenizer.lock:
            vocabulary = loaded.tokenizer.raw.get_vocab(with_added_tokens=False)
        words = np.array(sorted(id_ for piece, id_ in vocabulary.items() if _is_word(piece)), dtype=np.int64)
        if len(words) < 2 * max(REPEAT_LENGTHS):
            raise VocabularyTooSmall(pieces=len(words), needed=2 * max(REPEAT_LENGTHS))
        example = read(loaded, loaded.tokenizer.decode([int(words[0])])).tokens
        ordinary = [index for index, token in enumerate(example) if not token.special]
        return cls(loaded, words, example[: ordinary[0]], example[ordinary[-1] + 1 :])

    def draw_pair(self, rng: np.random.Generator, *, length: int) -> tuple[RandomText, RandomText]:
        """Draw two texts with the same second half: one in which all tokens differ, and one that repeats itself."""
        first, second = rng.choice(self.words, size=(2, length), replace=False)
        return self._text(first, second, repeated=False), self._text(second, second, repeated=True)

    def _text(self, first: NDArray[np.int64], second: NDArray[np.int64], *, repeated: bool) -> RandomText:
        tokens = (*self.before, *self._tokens(np.concatenate([first, second])), *self.after)
        given = with_start(self.loaded, ModelInput(tokens=tokens, type_ids=(0,) * len(tokens)))
        return RandomText(given, begin=len(self.before), length=len(second), repeated=repeated)

    def _tokens(self, ids: NDArray[np.int64]) -> Sequence[Token]:
        pieces = self.loaded.tokenizer.tokens(ids.tolist())
        return [
            Token(id=id_, piece=str(piece), text=str(piece), start=None, end=None, special=False, segment=0, word=index)
            for index, (id_, piece) in enumerate(zip(ids.tolist(), pieces, strict=True))
        ]


def _is_word(piece: str) -> bool:
    return piece.lstrip("Ġ▁").isalnum()


Role = Literal["previous_token", "next_token", "itself", "first_token", "separator", "duplicate_token", "induction"]
"""duplicate_token: looks at the last occurrence of the same token. induction: at the token after that."""

REPEAT_ROLES: Final = ("duplicate_token", "induction")
SETS: Final = 4
"""Disjoint sets of texts, each with one pair of every length: what only some of them show is not stable."""
SEED: Final = 0


@dataclass(frozen=True, eq=False)
class RoleScore:
    """How well each head plays one role.

    Attributes
    ----------
    scores
        Mean weight on the role's place in each text, `[text, layer, head]`, between 0 and 1.
    baselines
        The same where the role is absent.
    rival
        Mean weight on the head's best other place in the texts, `[layer, head]`: another offset, the first token, the
        separators. For the roles that need a repeat it is a gain like theirs: what the repeat adds there.
    rivals
        That of each disjoint set of texts, `[set, layer, head]`.
    """

    scores: Floats
    baselines: Floats
    rival: Floats
    rivals: Floats

    @property
    def score(self) -> Floats:
        """Mean over the texts, `[layer, head]`."""
        return np.asarray(self.scores.mean(axis=0))

    @property
    def baseline(self) -> Floats:
        """Mean over the texts, `[layer, head]`."""
        return np.asarray(self.baselines.mean(axis=0))

    @cached_property
    def gain(self) -> MeanDifference:
        """How much more weight the head has on the role's place than where the role is absent, over texts."""
        return mean_difference(self.scores - self.baselines)

    def of_sets(self) -> Iterator[tuple[Floats, Floats, Floats]]:
        """Yield score, gain and rival of each disjoint set of texts, each `[layer, head]`."""
        for part, rival in zip(_slices(len(self.scores), len(self.rivals)), self.rivals, strict=True):
            score = self.scores[part].mean(axis=0)
            yield score, score - self.baselines[part].mean(axis=0), rival


@dataclass(frozen=True, eq=False)
class HeadRoles:
    """Every role of every head of one kind of attention.

    Attributes
    ----------
    kind
        The encoder's attention where there is an encoder, else the decoder's.
    texts
        How many pairs of random texts were read.
    seed
        They were drawn with.
    """

    kind: Kind
    roles: Mapping[Role, RoleScore]
    texts: int
    seed: int = SEED


_Place = Any
"""An offset, a column by its role, or an offset from the repeat: whatever can be a key."""
Pair = tuple[tuple[RandomText, Attention], tuple[RandomText, Attention]]
"""Without a repeat, and with it."""


def head_roles(
    loaded: LoadedModel,
    *,
    sets: int = SETS,
    seed: int = SEED,
    checkpoint: Callable[[], None] = lambda: None,
) -> HeadRoles:
    """Measure the roles of all heads of a model. `checkpoint` is called before each forward pass.

    It takes two passes for each of the `REPEAT_LENGTHS`, times `sets`.

    Raises
    ------
    VocabularyTooSmall
        If random texts cannot be drawn.
    NotCaptured
        If the model's attention cannot be captured.
    """
    draw, rng = RandomTexts.of(loaded), np.random.default_rng(seed)

    def look(text: RandomText) -> tuple[RandomText, Attention]:
        checkpoint()
        return text, capture_input(loaded, text.given).main

    def read() -> Iterator[Pair]:
        for length in REPEAT_LENGTHS * sets:
            without, repeated = draw.draw_pair(rng, length=length)
            yield look(without), look(repeated)

    return replace(measure_roles(read(), sets=sets), seed=seed)


def measure_roles(pairs: Iterable[Pair], *, sets: int) -> HeadRoles:
    """Measure the roles of all heads on pairs of random texts, which stand set by set."""
    samples: dict[Role, list[_Sample]] = {}
    kind: Kind = "encoder"
    for (text, without), (_, repeated) in pairs:
        kind = without.kind
        for role, sample in (_position_roles(without, text) | _repeat_roles(without, repeated, text)).items():
            samples.setdefault(role, []).append(sample)
    return HeadRoles(
        kind=kind,
        roles={role: _role_score(each, sets) for role, each in samples.items()},
        texts=len(samples["induction"]),
    )


@dataclass(frozen=True, eq=False)
class _Sample:
    """One text's numbers for one role, each array `[layer, head]`; the rivals by their place."""

    score: Floats
    baseline: Floats
    rivals: Mapping[_Place, Floats]


def _position_roles(attention: Attention, text: RandomText) -> dict[Role, _Sample]:
    rows = _second_half(text) if attention.causal else _middle_half(text)
    lags, fixed = _lags(attention, text, rows), _fixed_places(attention, text, rows)
    targets: dict[Role, int] = {"previous_token": 1, "itself": 0}
    if not attention.causal:
        targets["next_token"] = -1
    roles: dict[Role, _Sample] = {}
    for role, target in targets.items():
        others = {lag: weight for lag, weight in lags.items() if lag != target}
        roles[role] = _Sample(lags[target], _mean(others.values()), others | fixed)
    # Columns that every row can see: in a decoder those before the rows.
    seen = slice(text.begin + 1, rows[0]) if attention.causal else slice(text.begin, text.begin + 2 * text.length)
    ordinary = _columns(attention, rows)[..., seen].mean(axis=-1)
    for role, score in fixed.items():
        columns = attention.weights.shape[-1] - text.begin - 2 * text.length if role == "separator" else 1
        rivals = lags | {name: other for name, other in fixed.items() if name != role}
        roles[role] = _Sample(score, columns * ordinary, rivals)
    return roles


def _repeat_roles(without: Attention, repeated: Attention, text: RandomText) -> dict[Role, _Sample]:
    rows = _second_half(text)
    before, lags = (_lags(attention, text, rows) for attention in (without, repeated))
    fixed = _difference(_fixed_places(repeated, text, rows), _fixed_places(without, text, rows))
    targets: dict[Role, int] = {"duplicate_token": text.length, "induction": text.length - 1}
    roles: dict[Role, _Sample] = {}
    for role, target in targets.items():
        # A head that looks for the same token finds it at its own position too: that is no rival, it is the same role.
        same = {target, 0} if role == "duplicate_token" else {target}
        others = {lag: gain for lag, gain in _difference(lags, before).items() if lag not in same}
        # Another place may be a distance of its own, or lie at a distance from the repeat, which moves with its length.
        moving = {("repeat", text.length - lag): gain for lag, gain in others.items()}
        roles[role] = _Sample(lags[target], before[target], others | moving | fixed)
    return roles


def _second_half(text: RandomText) -> NDArray[np.int64]:
    return np.arange(text.begin + text.length, text.begin + 2 * text.length)


def _middle_half(text: RandomText) -> NDArray[np.int64]:
    return np.arange(text.begin + text.length // 2, text.begin + text.length // 2 + text.length)


def _lags(attention: Attention, text: RandomText, rows: NDArray[np.int64]) -> dict[_Place, Floats]:
    """Return the mean weight `lag` tokens back, `[layer, head]`, for each lag that exists in all rows."""
    farthest_back = int(rows[0]) - text.begin
    farthest_ahead = 0 if attention.causal else text.begin + 2 * text.length - 1 - int(rows[-1])
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
    after = columns[..., text.begin + 2 * text.length :]
    if after.shape[-1]:
        places["separator"] = after.sum(axis=-1)
    return places


def _difference(weights: Mapping[_Place, Floats], without: Mapping[_Place, Floats]) -> dict[_Place, Floats]:
    return {place: weight - without[place] for place, weight in weights.items()}


def _role_score(samples: Sequence[_Sample], sets: int) -> RoleScore:
    return RoleScore(
        scores=np.stack([sample.score for sample in samples]),
        baselines=np.stack([sample.baseline for sample in samples]),
        rival=_best_rival(samples),
        rivals=np.stack([_best_rival(samples[part]) for part in _slices(len(samples), sets)]),
    )


def _best_rival(samples: Sequence[_Sample]) -> Floats:
    """Return the largest of the means, not the mean of the largest: the same place must be the rival in all texts."""
    places = {place for sample in samples for place in sample.rivals}
    means = [_mean(sample.rivals[place] for sample in samples if place in sample.rivals) for place in places]
    return np.asarray(np.max(means, axis=0))


def _slices(texts: int, sets: int) -> list[slice]:
    size = texts // sets
    return [slice(number * size, (number + 1) * size) for number in range(sets)]


def _mean(values: Iterable[Floats]) -> Floats:
    return np.asarray(np.mean(list(values), axis=0))
