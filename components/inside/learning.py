"""One optimiser step on a copy of a model: the loss of this sentence falls, and nothing else in the process changes."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from components.inside.errors import TooShortToLearn
from components.inside.reading import is_causal, predicted_position
from components.models.inputs import ModelInput, arguments
from components.models.loaders import LoadedModel

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import PreTrainedModel

LEARNING_RATE: Final = 1e-5


@dataclass(frozen=True)
class Step:
    """What one step did.

    Attributes
    ----------
    loss_before, loss_after
        Mean of minus the log probability of the right tokens, in nats.
    tokens
        How many tokens were to be predicted.
    gradient_norms, update_norms
        By group of weights ("embedding", "layer 0", ..., "output"): the length of the gradient, and of the step.
    """

    loss_before: float
    loss_after: float
    tokens: int
    learning_rate: float
    gradient_norms: dict[str, float]
    update_norms: dict[str, float]


def take_step(
    loaded: LoadedModel, given: ModelInput, *, answer: int | None = None, learning_rate: float = LEARNING_RATE
) -> Step:
    """Take one step of AdamW on a copy of the model. Takes twice to four times the model's memory for a moment.

    A decoder learns every next token of the text; an encoder the answer at its mask.

    Parameters
    ----------
    answer
        What an encoder is to say at its mask; None for its own best guess.

    Raises
    ------
    TooShortToLearn
        If there is no token to predict.
    """
    import torch

    copied = copy.deepcopy(loaded.model).requires_grad_(True)
    optimiser = torch.optim.AdamW(copied.parameters(), lr=learning_rate, weight_decay=0.0)
    inputs = {name: tensor.clone() for name, tensor in arguments(loaded, given).items()}
    targets = _targets(loaded, given, answer)
    if not targets:
        raise TooShortToLearn()
    before = _loss(copied, inputs, targets)
    before.backward()  # type: ignore[no-untyped-call]
    gradients = _lengths(copied, {name: p.grad for name, p in copied.named_parameters() if p.grad is not None})
    kept = {name: p.detach().clone() for name, p in copied.named_parameters()}
    optimiser.step()
    with torch.inference_mode():
        updates = _lengths(copied, {name: p.detach() - kept[name] for name, p in copied.named_parameters()})
        after = _loss(copied, inputs, targets)
    return Step(float(before.detach()), float(after), len(targets), learning_rate, gradients, updates)


def _targets(loaded: LoadedModel, given: ModelInput, answer: int | None) -> dict[int, int]:
    """Return the right token by the position that is to say it."""
    if is_causal(loaded):
        ids = given.target_ids or given.ids
        return {position: ids[position + 1] for position in range(len(ids) - 1)}
    position = predicted_position(loaded, given)
    if answer is None:
        import torch

        with torch.inference_mode():
            answer = int(loaded.model(**arguments(loaded, given)).logits[0, position].argmax())
    return {position: answer}


def _loss(model: PreTrainedModel, inputs: dict[str, Tensor], targets: dict[int, int]) -> Tensor:
    import torch

    logits: Any = model(**inputs, use_cache=False).logits[0, list(targets)]
    right = torch.tensor(list(targets.values()), device=logits.device)
    loss: Tensor = torch.nn.functional.cross_entropy(logits, right)
    return loss


def _lengths(model: PreTrainedModel, vectors: dict[str, Tensor]) -> dict[str, float]:
    """Return the length of vectors by their group of weights."""
    squares: dict[str, float] = {}
    for name, vector in vectors.items():
        group = _group(name)
        squares[group] = squares.get(group, 0.0) + float(vector.float().square().sum())
    return {group: total**0.5 for group, total in squares.items()}


def _group(name: str) -> str:
    parts = name.split(".")
    number = next((part for part in parts if part.isdigit()), None)
    if number is not None:
        return f"{'encoder ' if parts[0] == 'encoder' and len(parts) > 1 and parts[1] == 'block' else ''}layer {number}"
    is_table = any(part in name for part in ("embed", "wte", "wpe", "shared"))
    return "embedding" if is_table else "output"
