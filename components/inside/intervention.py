"""Prove what mattered: switch parts of a model off, or put vectors of another text in, and see what changes.

A part that is switched off adds nothing (a head: its output is zero, the bias of the output projection stays). A swap
puts the vector that a second text has at one row and position into the first (activation patching: Vig et al. 2020,
Meng et al. 2022). An effect is not a reason: others can make up for what is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from components.inside.errors import LengthsDiffer, MasksDiffer, NoSuchPart, SameAnswer, SameText
from components.inside.lens import Lens, read_lens
from components.inside.reading import (
    Intervention,
    Pass,
    attention_row,
    is_causal,
    layout_of,
    predicted_position,
    require_position,
    run,
)
from components.models import tracing
from components.models.inputs import ModelInput, arguments, body_of
from components.models.loaders import LoadedModel
from components.models.recording import HeadSwitch, Kind
from components.models.tracing import Change

if TYPE_CHECKING:
    from torch import Tensor

MOST_TOKENS_A_BATCH: Final = 1024


@dataclass(frozen=True)
class NoiseFloor:
    """How far the prediction moves when the same attention is computed in another way: the size of rounding.

    Attributes
    ----------
    kl_nats
        KL divergence of the two predictions.
    probability
        The largest difference of the probability of any token.
    """

    kl_nats: float
    probability: float


@dataclass(frozen=True, eq=False)
class Changed:
    """A text with and without an intervention.

    Attributes
    ----------
    position
        Where the prediction is compared.
    before, after
        What each row would say; the first watched token is the one the board shows.
    cone
        `[row, position]`, what the intervention can reach; everything else is the same bit for bit.
    kl_nats
        KL(before || after) of the predictions.
    """

    position: int
    before: Lens
    after: Lens
    cone: NDArray[np.bool_]
    kl_nats: float
    noise_floor: NoiseFloor

    @property
    def differences(self) -> NDArray[np.float32]:
        """Probability of the watched tokens after minus before, `[row, position, watched]`."""
        return self.after.watched_probabilities - self.before.watched_probabilities


@dataclass(frozen=True, eq=False)
class SwapTable:
    """At which row and position a swap turns the answer of one text into that of another.

    Attributes
    ----------
    rows, position
        The rows of the table, bottom to top, and where the prediction is read.
    answer, other_answer
        Ids of the two texts' own predictions.
    answer_probabilities, other_probabilities
        `[row, position]`, of both answers after the swap.
    is_flipped
        `[row, position]`, whether the other answer is now the best guess.
    is_same
        `[row, position]`, whether both texts have the same vector there, so that a swap does nothing.
    """

    rows: tuple[str, ...]
    position: int
    answer: int
    other_answer: int
    answer_probabilities: NDArray[np.float64]
    other_probabilities: NDArray[np.float64]
    is_flipped: NDArray[np.bool_]
    is_same: NDArray[np.bool_]
    noise_floor: NoiseFloor


def list_parts(loaded: LoadedModel) -> tuple[str, ...]:
    """Return everything that can be switched off: sublayers ("mlp.4", "attention.5") and heads ("attention.5.10")."""
    heads = range(loaded.model.config.num_attention_heads)
    found: list[str] = []
    for sublayer in layout_of(loaded).sublayers:
        found.append(sublayer.row)
        if sublayer.part != "mlp":
            found += [f"{sublayer.row}.{head}" for head in heads]
    return tuple(found)


def switch_off(loaded: LoadedModel, parts: Sequence[str], *, gate: float = 0.0) -> Intervention:
    """Return the intervention that turns sublayers and heads down.

    Parameters
    ----------
    parts
        Names from `list_parts`.
    gate
        Their factor: 0 switches them off, 1 leaves everything as it is.

    Raises
    ------
    NoSuchPart
        If one of them does not exist.
    NotTraceable
        If the parts of this model are not known.
    """
    known = list_parts(loaded)
    gates: dict[str, float] = {}
    switches: list[HeadSwitch] = []
    for name in parts:
        if name not in known:
            raise NoSuchPart(part=name, allowed=f"{known[0]} – {known[-1]}")
        row, head = split_part(name)
        if head is None:
            gates[row] = gate
        else:
            switches.append(HeadSwitch(_layer(row), head, _kind(loaded, row), gate))
    return Intervention(gates=gates, switches=switches)


def swap(done: Pass, other: Pass, row: str, position: int) -> Intervention:
    """Return the intervention that puts the other text's vector in at one row and position.

    Raises
    ------
    NoSuchPart, NoSuchPosition
        If there is no such place.
    LengthsDiffer, MasksDiffer, SameText
        If the texts do not match: see `require_pair`.
    """
    if row not in done.rows:
        raise NoSuchPart(part=row, allowed=f"{done.rows[0]} – {done.rows[-1]}")
    require_position(done.given, position)
    require_pair(done.loaded, done.given, other.given)
    return Intervention(changes={row: {position: other.streams[row][position]}})


def require_pair(loaded: LoadedModel, given: ModelInput, other: ModelInput) -> None:
    """Refuse two texts whose vectors cannot be swapped.

    Raises
    ------
    LengthsDiffer
        If they differ in their number of tokens.
    MasksDiffer
        If they predict at different places.
    SameText
        If they are the same.
    """
    mine, theirs = (len(each.target or each.tokens) for each in (given, other))
    if mine != theirs:
        raise LengthsDiffer(tokens=mine, other_tokens=theirs)
    place, other_place = predicted_position(loaded, given), predicted_position(loaded, other)
    if place != other_place:
        raise MasksDiffer(position=place, other_position=other_place)
    if (given.ids, given.target_ids) == (other.ids, other.target_ids):
        raise SameText()


def compare(
    done: Pass,
    intervention: Intervention,
    *,
    watched: Sequence[int],
    position: int | None = None,
    before: Lens | None = None,
    row_by_row: bool = False,
    checkpoint: Callable[[], None] = lambda: None,
) -> Changed:
    """Run a text again with an intervention. Takes two forward passes; one measures the noise floor.

    Parameters
    ----------
    done
        The unchanged pass.
    position
        Where the predictions are compared; None for where the model predicts.
    before
        What the rows of `done` would say, if that is known.
    row_by_row
        How the rows are read out: see `read_lens`.
    """
    where = predicted_position(done.loaded, done.given) if position is None else position
    require_position(done.given, where)
    checkpoint()
    changed = run(done.loaded, done.given, intervention)
    checkpoint()
    return Changed(
        position=where,
        before=before or read_lens(done, watched, row_by_row=row_by_row, checkpoint=checkpoint),
        after=read_lens(changed, watched, row_by_row=row_by_row, checkpoint=checkpoint),
        cone=causal_cone(done, intervention),
        kl_nats=_divergence_nats(done.logits_at(where), changed.logits_at(where)),
        noise_floor=measure_noise(done, where),
    )


def measure_noise(done: Pass, position: int) -> NoiseFloor:
    """Return how far the prediction moves by rounding alone. Takes one forward pass."""
    logits, again = done.logits_at(position), run(done.loaded, done.given, is_eager=True).logits_at(position)
    difference = float((logits.double().softmax(-1) - again.double().softmax(-1)).abs().max())
    return NoiseFloor(_divergence_nats(logits, again), difference)


def causal_cone(done: Pass, intervention: Intervention) -> NDArray[np.bool_]:
    """Return what an intervention can reach, `[row, position]`.

    Attention carries a change to later positions (in an encoder to all), an MLP leaves it where it is. A window of
    attention is not taken into account: it only makes the cone smaller.
    """
    causal = is_causal(done.loaded)
    off = set(intervention.gates) | {attention_row(switch) for switch in intervention.switches}
    reached = np.zeros(len(done.tokens), dtype=np.bool_)
    rows = []
    for row in done.rows:
        if row.startswith("attention") and reached.any():
            reached = np.logical_or.accumulate(reached) if causal else np.ones_like(reached)
        if row in off:
            reached = np.ones_like(reached)
        if row in intervention.changes:
            reached = reached.copy()
            for place in intervention.changes[row]:
                reached[place[1] if isinstance(place, tuple) else place] = True
        rows.append(reached)
    return np.stack(rows)


def tabulate_swaps(
    done: Pass,
    other: Pass,
    *,
    rows: Sequence[str] | None = None,
    checkpoint: Callable[[], None] = lambda: None,
    progress: Callable[[int, int], None] = lambda made, total: None,
) -> SwapTable:
    """Swap the vector of every position at every row, one at a time, and see which answer comes out.

    The swaps of a row are computed as one batch. Where both texts have the same vector (in a decoder: before the first
    word in which they differ) nothing is computed.

    Parameters
    ----------
    rows
        Which; None for all.
    checkpoint
        Called before each batch; may raise to stop.
    progress
        Called after each row with the number of rows made and of all rows.

    Raises
    ------
    LengthsDiffer, MasksDiffer, SameText
        If the texts do not match.
    SameAnswer
        If both texts have the same answer.
    NoSuchPart
        If there is no such row.
    """
    loaded = done.loaded
    require_pair(loaded, done.given, other.given)
    where = predicted_position(loaded, done.given)
    scores, other_scores = done.logits_at(where), other.logits_at(where)
    answer, other_answer = int(scores.argmax()), int(other_scores.argmax())
    if answer == other_answer:
        raise SameAnswer(answer=loaded.tokenizer.decode([answer]).strip())
    chosen = tuple(done.rows if rows is None else rows)
    for row in chosen:
        if row not in done.rows:
            raise NoSuchPart(part=row, allowed=f"{done.rows[0]} – {done.rows[-1]}")
    shape = (len(chosen), len(done.tokens))
    shares = scores.double().softmax(-1)
    table = np.empty((*shape, 2))
    table[:] = [float(shares[answer]), float(shares[other_answer])]
    is_flipped, is_same = np.zeros(shape, dtype=np.bool_), np.zeros(shape, dtype=np.bool_)
    for number, row in enumerate(chosen):
        mine, theirs = done.streams[row], other.streams[row]
        is_same[number] = (mine == theirs).all(-1).cpu().numpy()
        for positions in _batches(np.flatnonzero(~is_same[number]).tolist(), shape[1]):
            checkpoint()
            logits = _swapped(done, row, positions, theirs, where)
            shares = logits.double().softmax(-1)
            table[number, positions] = shares[:, [answer, other_answer]].cpu().numpy()
            is_flipped[number, positions] = (logits.argmax(-1) == other_answer).cpu().numpy()
        progress(number + 1, len(chosen))
    return SwapTable(
        rows=chosen,
        position=where,
        answer=answer,
        other_answer=other_answer,
        answer_probabilities=table[..., 0],
        other_probabilities=table[..., 1],
        is_flipped=is_flipped,
        is_same=is_same,
        noise_floor=measure_noise(done, where),
    )


def _swapped(done: Pass, row: str, positions: list[int], theirs: Tensor, where: int) -> Tensor:
    """Return the scores at `where`, `[swap, vocabulary]`, of one swap a text of the batch."""
    import torch

    loaded, layout = done.loaded, done.layout
    inputs = {name: tensor.repeat(len(positions), 1) for name, tensor in arguments(loaded, done.given).items()}
    changes: dict[str, Change] = {row: {(text, position): theirs[position] for text, position in enumerate(positions)}}
    with torch.inference_mode(), tracing.trace(loaded.model, changes=changes) as trace:
        body_of(loaded)(**inputs, use_cache=False)  # only one position's scores are wanted
        return layout.read_out(trace.streams[layout.rows[-1]][:, where])


def _batches(positions: list[int], tokens: int) -> Iterator[list[int]]:
    size = max(1, MOST_TOKENS_A_BATCH // tokens)
    for start in range(0, len(positions), size):
        yield positions[start : start + size]


def _divergence_nats(before: Tensor, after: Tensor) -> float:
    first, second = before.double().log_softmax(-1), after.double().log_softmax(-1)
    return max(0.0, float((first.exp() * (first - second)).sum()))


def split_part(name: str) -> tuple[str, int | None]:
    """Return the row of a part and, if it is a head, its number."""
    part, layer, *head = name.split(".")
    return f"{part}.{layer}", int(head[0]) if head else None


def _layer(row: str) -> int:
    return int(row.split(".")[1])


def _kind(loaded: LoadedModel, row: str) -> Kind:
    if row.startswith("cross"):
        return "cross"
    return "decoder" if is_causal(loaded) else "encoder"
