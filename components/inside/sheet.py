"""One cell of the board as a sheet of operations: their numbers at one token, what they are computed from, how.

A sheet holds what a reader needs to compute each of its numbers again. It is cut out of the list of stages
(`components.inside.stages`), which also says how far each operation is from the model when it is recomputed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal

import numpy as np

from components.inside import link
from components.inside.arithmetic import Array, array, matrix
from components.inside.lens import largest
from components.inside.reading import Pass, attention_row
from components.inside.stages import Kind, Stage, Stages
from components.inside.writing import Push, head_vectors, heads_push, neurons_push, sublayer_effect
from components.models.sublayers import EMBEDDING

Axes = Literal["width", "head dim", "head key dim", "head key", "head width", "token width", "token"]
Role = Literal["query", "key", "value", ""]

MOST_NUMBERS: Final = 60_000
"""Of a sheet with all heads; of a larger one only one head is there."""
BELOW: Final = "below"
TOP_TOKENS: Final = 8


@dataclass(frozen=True, eq=False)
class Operation:
    """One operation at one token.

    Attributes
    ----------
    name
        Without its row: "query", "scores", "added".
    inputs
        Names of the operations of this sheet that it is computed from; others are not on it.
    values, axes
        The numbers, and what their axes are. Of keys and values, which several heads may share, all positions.
    error
        How far the operation is from the model when NumPy recomputes it, relative to its largest number; None for what
        is given or only a part of another. Scores of all tokens are recomputed at this token only.
    """

    name: str
    symbol: str
    kind: Kind
    role: Role
    formula: str
    code: str
    inputs: tuple[str, ...]
    values: Array
    axes: Axes
    error: float | None


@dataclass(frozen=True, eq=False)
class Sheet:
    """All operations of one row at one token.

    Attributes
    ----------
    heads, key_heads
        0 where there is no attention.
    scaling
        What a product of query and key is multiplied with.
    first_head
        The head that the first row of the values belongs to; other than 0 only where one head is there.
    shares
        `[head, key]`, what each head gives each token; always of all heads.
    pushes
        What each head, or each of the strongest neurons, does to the scores.
    watched
        How much an MLP as a whole changes the scores of the watched tokens; of other rows empty.
    """

    row: str
    position: int
    operations: tuple[Operation, ...]
    heads: int = 0
    key_heads: int = 0
    scaling: float = 1.0
    first_head: int | None = None
    shares: Array | None = None
    pushes: tuple[Push, ...] = ()
    watched: tuple[float, ...] = ()
    key_labels_are_encoded: bool = False
    top: tuple[int, ...] = field(default=())

    def operation(self, name: str) -> Operation:
        """Return an operation by its name."""
        return next(each for each in self.operations if each.name == name)


def build_sheet(
    done: Pass, stages: Stages, row: str, position: int, *, head: int | None = None, watched: Sequence[int] = ()
) -> Sheet:
    """Return the sheet of a cell.

    Parameters
    ----------
    head
        The head that is shown where all of them are too many numbers; None for the one that looks strongest.
    watched
        Tokens whose change of score is told of every head and neuron; of the scores, tokens beside the best ones.
    """
    if row == link.SCORES:
        return _of_scores(done, stages, position, watched)
    if row == EMBEDDING:
        names = [stage for stage in stages.all[: _place(stages, EMBEDDING) + 1] if stage.kind != "given"]
        return Sheet(row, position, tuple(_vector(stages, stage, row, position) for stage in names))
    below = done.rows[done.rows.index(row) - 1]
    first = Operation(BELOW, "x", "given", "", "", "", (), _at(array(done.streams[below]), position), "width", None)
    if row.startswith("mlp"):
        operations = (first, *(_vector(stages, stage, row, position) for stage in stages.of_row(row)))
        pushes = neurons_push(done, row, position, watched=watched)
        effect = sublayer_effect(done, row, position, watched)
        return Sheet(row, position, operations, pushes=pushes, watched=effect)
    return _of_attention(done, stages, row, position, first, head, watched)


def _of_attention(  # noqa: PLR0917 (private)
    done: Pass, stages: Stages, row: str, position: int, first: Operation, head: int | None, watched: Sequence[int]
) -> Sheet:
    own = stages.of_row(row)
    shares = stages.by_name[f"{row}.weights"].value[:, position]
    keys = next(stage for stage in own if stage.name == f"{row}.key").value
    heads, key_heads = len(shares), len(keys)
    record = next(each for each in done.layers if attention_row(each) == row)
    operations = [first]
    for stage in own:
        operation = _part(stages, stage, row, position)
        if operation.name == "biased" and record.bias is not None:
            values = array(record.bias[0])[:, position].astype(np.float32)
            bias = Operation("bias", "B[distance]", "given", "", "", "", (), values, "head key", None)
            operations.append(bias)
            operation = replace(operation, inputs=(*operation.inputs, bias.name))
        operations.append(operation)
        if stage.name == f"{row}.mixed":
            vectors = head_vectors(done, done.layout.sublayer(row), position).astype(np.float32)
            operations.append(
                Operation(
                    "written",
                    "zₕ · Wₕ",
                    "linear",
                    "value",
                    "zₕ · W[h·d : (h+1)·d]",
                    "d = z.shape[-1]\ny = z[h] @ W[h * d : (h + 1) * d]",
                    ("mixed",),
                    vectors,
                    "head width",
                    None,
                )
            )
    chosen: int | None = None
    if sum(each.values.size for each in operations) > MOST_NUMBERS:
        chosen = strongest_head(shares, position) if head is None else head
        group = heads // key_heads
        operations = [_of_head(each, chosen, chosen // group) for each in operations]
    return Sheet(
        row,
        position,
        tuple(operations),
        heads=heads,
        key_heads=key_heads,
        scaling=record.scaling,
        first_head=chosen,
        shares=shares.astype(np.float32),
        pushes=heads_push(done, row, position, watched=watched),
        key_labels_are_encoded=row.startswith("cross"),
    )


def count_products(done: Pass, sheet: Sheet, operation: Operation) -> int:
    """Return of how many products a number of a linear map is the sum."""
    if operation.name not in {"written", "added", "projected"}:
        return int(done.streams[EMBEDDING].shape[-1])
    inputs = int(done.trace.mixed[sheet.row].shape[-1])  # all heads side by side, or the neurons
    return inputs // sheet.heads if operation.name == "written" else inputs


def strongest_head(shares: Array, position: int) -> int:
    """Return the head with the largest share for one token, itself and the first one not counted."""
    looks = shares.copy()
    for place in {0, position}:
        if place < looks.shape[1]:
            looks[:, place] = 0.0
    return int(looks.max(axis=1).argmax())


def _of_head(operation: Operation, head: int, key_head: int) -> Operation:
    if operation.axes == "head key dim":
        return replace(operation, values=operation.values[key_head : key_head + 1])
    if operation.axes.startswith("head"):
        return replace(operation, values=operation.values[head : head + 1])
    return operation


def _of_scores(done: Pass, stages: Stages, position: int, watched: Sequence[int]) -> Sheet:
    last = done.rows[-1]
    first = Operation(BELOW, "x", "given", "", "", "", (), _at(array(done.streams[last]), position), "width", None)
    operations = [first]
    start = _place(stages, last) + 1
    scores = done.logits_at(position).float()
    best = largest(scores, TOP_TOKENS)[1].tolist()
    logits = array(scores)
    top = tuple(dict.fromkeys([*best, *watched]))
    for stage in stages.all[start:]:
        if stage.shape[-1] != "token":
            operations.append(_vector(stages, stage, "", position, last=last))
    table = matrix(done.layout.head).T
    rows = table[list(top)].astype(np.float32)
    operations.append(
        Operation("rows", "E[id]", "given", "key", "", "", (), rows, "token width", None),
    )
    entering = operations[-2].name
    for name in ("logits.uncapped", "logits"):
        if name in stages.by_name:
            stage = stages.by_name[name]
            is_last = stage.kind == "cap"
            inputs = ("logits.uncapped",) if is_last else (entering, "rows")
            values = logits if name == "logits" else stage.value[position]
            operations.append(
                Operation(
                    name,
                    stage.symbol,
                    stage.kind,
                    "",
                    stage.formula,
                    stage.code,
                    inputs,
                    values[list(top)].astype(np.float32),
                    "token",
                    _error(stages, stage, position, values),
                )
            )
    stage = stages.by_name["probabilities"]
    shares = _softmax_at(logits)[list(top)].astype(np.float32)
    operations.append(
        Operation("probabilities", "p", "softmax", "", stage.formula, stage.code, ("logits",), shares, "token", None)
    )
    return Sheet(link.SCORES, position, tuple(operations), top=top)


def _softmax_at(logits: Array) -> Array:
    raised = np.exp(logits.astype(np.float64) - logits.max())
    shares: Array = raised / raised.sum()
    return shares


def _vector(stages: Stages, stage: Stage, row: str, position: int, *, last: str = "") -> Operation:
    """Return an operation whose value is one vector a token."""
    return Operation(
        _short(stage.name, row),
        stage.symbol,
        stage.kind,
        "",
        stage.formula,
        stage.code,
        tuple(BELOW if _is_below(each, row, last) else _short(each, row) for each in stage.inputs),
        _at(stage.value, position),
        "width",
        _error(stages, stage, position),
    )


def _part(stages: Stages, stage: Stage, row: str, position: int) -> Operation:
    """Return an operation of an attention."""
    name = _short(stage.name, row)
    value = stage.value
    axes: Axes = "width"
    if stage.shape[-1] == "key":
        values, axes = value[:, position], "head key"
    elif stage.shape[0] == "head" and name.startswith(("key", "value")):
        values, axes = value, "head key dim"
    elif stage.shape[0] == "head":
        values, axes = value[:, position], "head dim"
    else:
        values = value[position]
    role = next(
        (each for each in ("query", "key", "value") if name.startswith(each)), "value" if name == "mixed" else ""
    )
    return Operation(
        name,
        stage.symbol,
        stage.kind,
        role,  # type: ignore[arg-type]
        stage.formula,
        stage.code,
        tuple(BELOW if _is_below(each, row, "") else _short(each, row) for each in stage.inputs),
        values.astype(np.float32),
        axes,
        _error(stages, stage, position),
    )


def _short(name: str, row: str) -> str:
    if name == row:
        return "x"
    return name.removeprefix(f"{row}.") if row else name


def _is_below(name: str, row: str, last: str) -> bool:
    """Return whether a stage is the stream that a row reads."""
    if last:
        return name == last
    return name != row and not name.startswith(f"{row}.") and (name == EMBEDDING or name.count(".") == 1)


def _error(stages: Stages, stage: Stage, position: int, scores: Array | None = None) -> float | None:
    """Return how far a stage is from what NumPy makes of its inputs; of `scores` at one position only there."""
    if stage.recompute is None:
        return None
    inputs = [stages.by_name[each].value for each in stage.inputs]
    if scores is None:
        value = stage.value
    else:
        inputs, value = [each[position : position + 1] for each in inputs], scores[None]
    again = stage.recompute(*inputs)
    is_finite = np.isfinite(value) & np.isfinite(again)
    largest = float(np.abs(value[is_finite]).max()) or 1.0
    return float(np.abs(again[is_finite] - value[is_finite]).max()) / largest


def _at(values: Array, position: int) -> Array:
    found: Array = values[position].astype(np.float32)
    return found


def _place(stages: Stages, name: str) -> int:
    return next(number for number, stage in enumerate(stages.all) if stage.name == name)
