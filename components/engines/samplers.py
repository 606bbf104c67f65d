"""From a model's scores to the distribution a token is drawn from, one stage at a time, for every token.

The order is that of transformers' `generate`, so that what is shown here is what happened:

    scores of the model (logits)
      repetition penalty   scores of tokens that were there before move down (Keskar et al. 2019, arXiv 1909.05858)
      temperature          all scores are divided by it (Ackley, Hinton and Sejnowski 1985)
      top-k                only the k best stay (Fan et al. 2018, arXiv 1805.04833)
      top-p                only the smallest set with probability p stays (Holtzman et al. 2019, arXiv 1904.09751)
      min-p                only tokens at least that fraction as likely as the best stay (arXiv 2407.01082)
      typical              only tokens about as surprising as the average stay (Meister et al. 2022, arXiv 2202.00666)

Each filter sees what the one before it left, renormalised: top-p 0.9 after top-k 50 keeps 90% of those 50, not of
the vocabulary. Written out for reading; the tests hold it equal to transformers' own processors. Two things it
leaves out: the stages this dashboard has no control for, and beams (a beam search keeps one token more, so that it
never runs out of continuations).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeVar, get_args

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from components.engines.contract import Request

FloatArray = NDArray[np.floating]
BoolArray = NDArray[np.bool_]
StageName = Literal["model", "repetition_penalty", "temperature", "top_k", "top_p", "min_p", "typical_p", "greedy"]
STAGES: Final[tuple[StageName, ...]] = get_args(StageName)
KEPT: Final = -1
Number = TypeVar("Number", int, float)


@dataclass(frozen=True, kw_only=True)
class Sampler:
    """Settings of the chain; a stage that is None is not there.

    Attributes
    ----------
    greedy
        Take the best token in the end instead of drawing one; no other stage but the penalty then has an effect.
    """

    repetition_penalty: float | None = None
    temperature: float | None = None
    top_k: int | None = None
    top_p: float | None = None
    min_p: float | None = None
    typical_p: float | None = None
    greedy: bool = False

    @classmethod
    def of(cls, request: Request) -> Sampler:
        """Return the chain a request runs through, without the stages that change nothing.

        `top_k=0` is off here as in transformers; there an unset top-k means 50, here it means off.
        """
        penalty = _unless(request.repetition_penalty, 1.0)
        if not request.draws:
            return cls(repetition_penalty=penalty, greedy=True)
        return cls(
            repetition_penalty=penalty,
            temperature=_unless(request.temperature, 1.0),
            top_k=_unless(request.top_k, 0),
            top_p=_unless(request.top_p, 1.0),
            min_p=_unless(request.min_p, 0.0),
            typical_p=_unless(request.typical_p, 1.0),
        )


@dataclass(frozen=True, kw_only=True)
class Stage:
    """The distribution after one stage.

    Attributes
    ----------
    name
        Which stage; "model" is the model's own distribution.
    logits
        `[token]`, minus infinity where a token is cut.
    probability
        `[token]`, sums to 1.
    cut
        `[token]`, the tokens that this very stage cut.
    """

    name: StageName
    logits: FloatArray
    probability: FloatArray
    cut: BoolArray


@dataclass(frozen=True, kw_only=True)
class Anatomy:
    """One step of generation: how scores became the distribution that was drawn from.

    Attributes
    ----------
    stages
        "model" first, then each stage that was switched on, in order.
    cut_by
        `[token]`, the index in `stages` of the stage that cut it, `KEPT` if none did.
    """

    stages: tuple[Stage, ...]
    cut_by: NDArray[np.int64]

    @property
    def probability(self) -> FloatArray:
        """`[token]`, what is drawn from."""
        return self.stages[-1].probability

    def top(self, count: int, *, including: Sequence[int] = ()) -> tuple[TokenPath, ...]:
        """Return the way of the likeliest tokens of the model through the stages, likeliest first.

        Parameters
        ----------
        count
            How many tokens.
        including
            Ids to add if they are not among them, such as the token that was drawn.
        """
        ids = likeliest(self.stages[0].logits, count)
        return tuple(self._path(token) for token in (*ids, *(token for token in including if token not in ids)))

    def _path(self, token: int) -> TokenPath:
        cut_by = int(self.cut_by[token])
        return TokenPath(
            id=token,
            logits=tuple(float(stage.logits[token]) for stage in self.stages),
            probabilities=tuple(float(stage.probability[token]) for stage in self.stages),
            cut_by=None if cut_by == KEPT else self.stages[cut_by].name,
        )


@dataclass(frozen=True, kw_only=True)
class TokenPath:
    """One token's way through the stages: a number for each stage of the anatomy it belongs to.

    Attributes
    ----------
    cut_by
        The stage that cut it; None if it could be drawn.
    """

    id: int
    logits: tuple[float, ...]
    probabilities: tuple[float, ...]
    cut_by: StageName | None


def anatomy(logits: FloatArray, sampler: Sampler, *, seen: Sequence[int] = ()) -> Anatomy:
    """Run one step's scores through the chain.

    Parameters
    ----------
    logits
        `[token]`, as the model gave them.
    sampler
        Which stages are on.
    seen
        Ids of everything before this step, the prompt included; the repetition penalty is for these.
    """
    current = np.asarray(logits, dtype=np.float32)
    stages = [_stage("model", current, before=current)]
    for name, after in _run(current, sampler, seen):
        stages.append(_stage(name, after, before=stages[-1].logits))
    cut_by = np.full(len(current), KEPT, dtype=np.int64)
    for index, stage in enumerate(stages):
        cut_by[stage.cut] = index
    return Anatomy(stages=tuple(stages), cut_by=cut_by)


def _run(logits: FloatArray, sampler: Sampler, seen: Sequence[int]) -> Iterator[tuple[StageName, FloatArray]]:
    if sampler.repetition_penalty is not None:
        logits = penalise(logits, seen, penalty=sampler.repetition_penalty)
        yield "repetition_penalty", logits
    if sampler.greedy:
        yield "greedy", _without(logits, logits.argmax() != np.arange(len(logits)))
        return
    if sampler.temperature is not None:
        logits = logits / np.float32(sampler.temperature)
        yield "temperature", logits
    if sampler.top_k is not None:
        logits = _without(logits, outside_top_k(logits, k=sampler.top_k))
        yield "top_k", logits
    if sampler.top_p is not None:
        logits = _without(logits, outside_top_p(logits, p=sampler.top_p))
        yield "top_p", logits
    if sampler.min_p is not None:
        logits = _without(logits, below_min_p(logits, p=sampler.min_p))
        yield "min_p", logits
    if sampler.typical_p is not None:
        logits = _without(logits, not_typical(logits, mass=sampler.typical_p))
        yield "typical_p", logits


def penalise(logits: FloatArray, seen: Sequence[int], *, penalty: float) -> FloatArray:
    """Divide the positive scores of seen tokens by the penalty and multiply the negative ones, once a token.

    Dividing all of them would make an unlikely token (negative score) *more* likely.
    """
    changed = logits.copy()
    ids = np.unique(np.asarray(seen, dtype=np.int64))
    ids = ids[ids < len(logits)]  # some vocabularies have ids for which the model has no output
    scores = changed[ids]
    changed[ids] = np.where(scores < 0, scores * np.float32(penalty), scores / np.float32(penalty))
    return changed


def outside_top_k(logits: FloatArray, *, k: int) -> BoolArray:
    """Mark the tokens whose score is below the k-th best, `[token]`. Tokens that tie with the k-th stay."""
    kth_best = np.sort(logits)[-min(k, len(logits))]
    return np.asarray(logits < kth_best)


def outside_top_p(logits: FloatArray, *, p: float) -> BoolArray:
    """Mark the tokens outside the nucleus, `[token]`: the smallest set of the best whose probability reaches p.

    subtle: the token that crosses p is still inside, so the kept mass is p or more, and the best token always stays.
    """
    order = np.argsort(logits, kind="stable")  # worst first: adding up from the small end keeps the sums exact
    mass_up_to = _cumulative(softmax(logits)[order])
    cut = mass_up_to <= np.float32(1 - p)
    cut[-1] = False
    return _unsorted(cut, order)


def below_min_p(logits: FloatArray, *, p: float) -> BoolArray:
    """Mark the tokens less likely than p times the best one, `[token]`."""
    probability = softmax(logits)
    return np.asarray(probability < np.float32(p) * probability.max())


def not_typical(logits: FloatArray, *, mass: float) -> BoolArray:
    """Mark the tokens that are too predictable or too surprising, `[token]`.

    Tokens are ranked by how far their surprisal is from the entropy (the average surprisal); the nearest stay until
    their probability reaches `mass`. The likeliest token can be among the cut.
    """
    probability = softmax(logits)
    with np.errstate(divide="ignore", invalid="ignore"):
        surprisal = -log_softmax(logits)
        entropy = np.nansum(surprisal * probability)  # a cut token counts 0, though inf * 0 is NaN
    distance = np.abs(surprisal - entropy)
    order = np.argsort(distance, kind="stable")
    mass_up_to = _cumulative(probability[order])
    last = min(int((mass_up_to < mass).sum()), len(order) - 1)
    cut = distance > distance[order[last]]
    cut[order[0]] = False
    return np.asarray(cut)


def softmax(logits: FloatArray) -> FloatArray:
    """Return probabilities, `[token]`. The best score is subtracted first: `exp` of a large score overflows."""
    raised = np.exp(logits - logits.max())
    return np.asarray(raised / raised.sum())


def log_softmax(logits: FloatArray) -> FloatArray:
    """Return the natural logarithm of the probabilities, `[token]`."""
    shifted = logits - logits.max()
    return np.asarray(shifted - np.log(np.exp(shifted).sum()))


def likeliest(scores: FloatArray, count: int) -> tuple[int, ...]:
    """Return the ids of the best scores, best first; of equal scores the lower id first."""
    return tuple(int(token) for token in np.argsort(-scores, kind="stable")[:count])


def _stage(name: StageName, logits: FloatArray, *, before: FloatArray) -> Stage:
    # float64, so that the probabilities sum to 1 as exactly as a test of counts against them needs.
    probability = softmax(logits.astype(np.float64))
    return Stage(name=name, logits=logits, probability=probability, cut=np.isneginf(logits) & ~np.isneginf(before))


def _without(logits: FloatArray, cut: BoolArray) -> FloatArray:
    return np.where(cut, np.float32(-np.inf), logits)


def _cumulative(probability: FloatArray) -> FloatArray:
    """Add up as torch does: in float64, each sum rounded to float32. Tokens on the very edge are decided alike."""
    return np.asarray(np.cumsum(probability, dtype=np.float64).astype(np.float32))


def _unsorted(values: BoolArray, order: NDArray[np.intp]) -> BoolArray:
    result = np.empty_like(values)
    result[order] = values
    return result


def _unless(value: Number | None, neutral: Number) -> Number | None:
    return None if value == neutral else value
