"""What each stage costs: operations, bytes moved, and the time it takes here beside the time one would expect.

The estimate is a roofline (Williams et al. 2009): a stage takes as long as its operations at this machine's fastest
product of matrices, or as long as its bytes at this machine's fastest copy, whichever is longer. The time is measured
by running the stage alone on the values of the text, so it has no part of what lies between stages.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from components.inside.arithmetic import Array, matrix
from components.inside.reading import is_causal
from components.inside.stages import Stage, Stages
from components.models.inputs import ModelInput, arguments, token_limit
from components.models.loaders import LoadedModel

if TYPE_CHECKING:
    from torch import Tensor

REPEATS: Final = 5
_BYTES: Final = 4  # of float32
_OPERATIONS: Final = {"norm": 8, "softmax": 4, "cap": 3, "activation": 8, "turn": 3, "scale": 1}
"""Operations a number, of stages that are no product of matrices."""


@dataclass(frozen=True)
class Machine:
    """How fast this machine is at its best."""

    operations_per_s: float
    bytes_per_s: float


@dataclass(frozen=True)
class StageCost:
    """What one stage costs.

    Attributes
    ----------
    operations
        Additions and multiplications; a product of matrices of sizes m, n and k has 2mnk. 0 for a stage that only
        moves numbers.
    bytes_moved
        Of its inputs, weights and output, each once.
    estimated_s, measured_s
        See the module; measured is the median of `REPEATS` runs.
    """

    name: str
    operations: int
    bytes_moved: int
    estimated_s: float
    measured_s: float


@dataclass(frozen=True)
class CacheCost:
    """Writing on with and without a KV cache.

    Attributes
    ----------
    with_cache_s, without_cache_s
        Measured time of each token.
    cache_bytes
        Size of the cache after each token.
    is_same
        Whether both ways wrote the same tokens.
    """

    with_cache_s: tuple[float, ...]
    without_cache_s: tuple[float, ...]
    cache_bytes: tuple[int, ...]
    token_ids: tuple[int, ...]
    is_same: bool


def measure_machine(loaded: LoadedModel) -> Machine:
    """Return how fast this machine multiplies matrices and copies memory, on the model's device, right now."""
    import torch

    side, size = 512, 16_000_000
    left, right = (torch.ones(side, side, device=loaded.device) for _ in range(2))
    numbers = torch.ones(size // _BYTES, device=loaded.device)
    product = _fastest(lambda: left @ right, loaded)
    copied = _fastest(numbers.clone, loaded)
    return Machine(2 * side**3 / product, 2 * size / copied)


def measure_stages(
    loaded: LoadedModel,
    stages: Stages,
    machine: Machine,
    *,
    checkpoint: Callable[[], None] = lambda: None,
    progress: Callable[[int, int], None] = lambda made, total: None,
) -> tuple[StageCost, ...]:
    """Measure every stage that computes something.

    Parameters
    ----------
    checkpoint
        Called before each stage; may raise to stop.
    progress
        Called after each stage with the number of stages done and of all.
    """
    import torch

    wanted = [stage for stage in stages.all if stage.kind != "given"]
    found = []
    for number, stage in enumerate(wanted, start=1):
        checkpoint()
        inputs = [stages.by_name[each].value for each in stage.inputs]
        value = stage.value
        operations, moved = count_operations(stage, inputs, value), count_bytes(stage, inputs, value)
        estimated = max(operations / machine.operations_per_s, moved / machine.bytes_per_s)
        run = _operation(stage, [torch.as_tensor(each, device=loaded.device) for each in inputs], value)
        with torch.inference_mode():
            measured = median(_seconds(run, loaded) for _ in range(REPEATS))
        found.append(StageCost(stage.name, operations, moved, estimated, measured))
        progress(number, len(wanted))
    return tuple(found)


def count_operations(stage: Stage, inputs: list[Array], value: Array) -> int:
    """Return how many additions and multiplications a stage takes; an exponential, root or tanh counts as one."""
    match stage.kind:
        case "linear":
            return 2 * int(value.size) * (int(inputs[0].size) // len(_flat(inputs[0])))
        case "scores" | "mix":
            return 2 * int(value.size) * int(inputs[0].shape[-1])
        case "sum":
            return max(1, len(inputs) - 1) * int(value.size)
        case _:
            return _OPERATIONS.get(stage.kind, 0) * int(value.size)


def count_bytes(stage: Stage, inputs: list[Array], value: Array) -> int:
    """Return how many bytes a stage reads and writes, each number once, as float32."""
    numbers = int(value.size) + sum(int(each.size) for each in inputs)
    if stage.kind == "lookup":
        numbers += int(value.size)  # of the table only the rows that are looked up
    elif stage.kind == "linear":
        numbers += int(value.size) // len(_flat(inputs[0])) * (int(inputs[0].size) // len(_flat(inputs[0])) + 1)
    elif stage.kind == "norm":
        numbers += 2 * int(value.shape[-1])
    return _BYTES * numbers


def compare_cache(
    loaded: LoadedModel, given: ModelInput, *, new_tokens: int = 16, checkpoint: Callable[[], None] = lambda: None
) -> CacheCost:
    """Let a decoder write on, its best guess each time, with a KV cache and without, and measure both.

    Fewer tokens are written where the model has no more positions.

    Raises
    ------
    ValueError
        If the model is no decoder of one text.
    """
    import torch

    if not is_causal(loaded) or loaded.model.config.is_encoder_decoder:
        raise ValueError(f"a {loaded.model.config.model_type} model does not write on a text with a KV cache here")
    ids = arguments(loaded, given)["input_ids"]
    new_tokens = min(new_tokens, token_limit(loaded)[0] - ids.shape[1] + 1)  # the last one written is not read again
    with_cache, sizes, written = [], [], []
    cache: Any = None
    entering = ids
    with torch.inference_mode():
        loaded.model(input_ids=ids, use_cache=True)  # the first pass after a while is slower than all others
    for _ in range(new_tokens):
        checkpoint()
        start = time.perf_counter()
        with torch.inference_mode():
            output: Any = loaded.model(input_ids=entering, past_key_values=cache, use_cache=True)
            entering = output.logits[:, -1:].argmax(-1)
            written.append(int(entering))  # waits for the device
        with_cache.append(time.perf_counter() - start)
        cache = output.past_key_values
        sizes.append(sum(each.keys.nbytes + each.values.nbytes for each in cache.layers))
    without, again = [], []
    for _ in range(new_tokens):
        checkpoint()
        start = time.perf_counter()
        with torch.inference_mode():
            following = loaded.model(input_ids=ids, use_cache=False).logits[:, -1:].argmax(-1)
            again.append(int(following))
        without.append(time.perf_counter() - start)
        ids = torch.cat([ids, following], dim=1)
    return CacheCost(tuple(with_cache), tuple(without), tuple(sizes), tuple(written), written == again)


def _operation(  # noqa: PLR0911 (one return a kind)
    stage: Stage, inputs: list[Tensor], value: Array
) -> Callable[[], object]:
    """Return the stage's operation in PyTorch. Where only the amount of work counts, the factors are made up."""
    import torch

    module: Any = stage.module
    match stage.kind:
        case "norm":
            return lambda: module(inputs[0])
        case "lookup":
            ids = inputs[0] if inputs else torch.arange(len(value), device=module.weight.device) % module.num_embeddings
            return lambda: module(ids)
        case "linear":
            flat = inputs[0] if inputs[0].dim() == 2 else inputs[0].transpose(0, 1).flatten(1)
            wanted = int(value.size) // len(flat)
            weights = torch.from_numpy(matrix(module)).to(flat.device)
            if wanted == weights.shape[1]:
                return lambda: module(flat)
            part = weights[:, :wanted].contiguous()  # GPT-2 has query, key and value side by side
            return lambda: flat @ part
        case "scores" | "mix":
            other = inputs[1].repeat_interleave(len(inputs[0]) // len(inputs[1]), dim=0)
            other = other.transpose(1, 2) if stage.kind == "scores" else other
            return lambda: inputs[0] @ other
        case "softmax":
            return lambda: inputs[0].softmax(-1)
        case "activation":
            return lambda: module(inputs[0]) * inputs[1] if len(inputs) > 1 else module(inputs[0])
        case "sum":
            return lambda: sum(inputs[1:], inputs[0])
        case "turn":
            left, right = inputs[0].chunk(2, dim=-1)
            return lambda: inputs[0] * 0.5 + torch.cat([-right, left], dim=-1) * 0.5
        case "mask":
            hidden = torch.from_numpy(~np.isfinite(value)).to(inputs[0].device)
            return lambda: inputs[0].masked_fill(hidden, -math.inf)
        case "cap":
            return lambda: inputs[0].tanh() * 2.0
        case _:
            return lambda: inputs[0] * 2.0


def _flat(vectors: Array) -> Array:
    """Return one row a position: the heads of `[head, position, dim]` side by side."""
    return vectors if vectors.ndim == 2 else vectors.transpose(1, 0, 2)


def _seconds(run: Callable[[], object], loaded: LoadedModel) -> float:
    _wait(loaded)
    start = time.perf_counter()
    run()
    _wait(loaded)
    return time.perf_counter() - start


def _fastest(run: Callable[[], object], loaded: LoadedModel) -> float:
    run()
    return min(_seconds(run, loaded) for _ in range(REPEATS))


def _wait(loaded: LoadedModel) -> None:
    if loaded.device.type == "cuda":
        import torch

        torch.cuda.synchronize()
