"""Fine-tuning, step by step: a head on [CLS], and with it the encoder or not. The textbook recipe.

Cross-entropy, AdamW, a learning rate that rises over the first tenth of the steps and then falls to 0 (Devlin et al.
2019, appendix A.3). Without dropout: nothing is drawn from torch's global random numbers, which every session of the
process shares, and the same seed gives the same numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from components.fine_tuning.measures import FloatArray, Head

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel

    from components.models.tokenization import SharedTokenizer

MOST_TOKENS: Final = 64
"""A longer text is cut: it bounds the time of a step."""

READ_BATCH: Final = 32

Ids = tuple[int, ...]


What = Literal["head", "full"]
BATCH: Final = 16
WARM_UP: Final = 0.1
WEIGHT_DECAY: Final = 0.01
HEAD_SCALE: Final = 0.02
"""Standard deviation of the numbers the head starts with, as in BERT."""
USUAL_RATE: Final[dict[What, float]] = {"head": 0.01, "full": 0.0001}
"""The encoder knows a lot already and is nudged; a head knows nothing and takes large steps."""


def ids_of(tokenizer: SharedTokenizer, texts: Sequence[str]) -> tuple[Ids, ...]:
    """Return each text's ids, [CLS] first and [SEP] last, at most `MOST_TOKENS` of them."""
    whole = [tuple(tokenizer.encode(text).ids) for text in texts]
    return tuple(ids if len(ids) <= MOST_TOKENS else (*ids[: MOST_TOKENS - 1], ids[-1]) for ids in whole)


def cls_of(encoder: PreTrainedModel, ids: Sequence[Ids]) -> torch.Tensor:
    """Return the vectors of [CLS], `[text, width]`. Shorter texts are padded, and the padding is not looked at."""
    import torch

    longest = max(len(each) for each in ids)
    padding = encoder.config.pad_token_id or 0
    device = encoder.device
    rows = torch.tensor([[*each, *[padding] * (longest - len(each))] for each in ids], device=device)
    mask = torch.tensor([[1] * len(each) + [0] * (longest - len(each)) for each in ids], device=device)
    vectors: torch.Tensor = encoder(input_ids=rows, attention_mask=mask).last_hidden_state[:, 0]
    return vectors


def vectors_of(encoder: PreTrainedModel, ids: Sequence[Ids], *, checkpoint: Callable[[], None]) -> FloatArray:
    """Return the vectors of [CLS], `[text, width]`, without gradients.

    Parameters
    ----------
    checkpoint
        Called once a batch; may raise to stop.
    """
    import torch

    vectors = np.empty((len(ids), encoder.config.hidden_size), dtype=np.float32)
    # Texts of like length together: a short text in a batch of long ones would mostly compute padding.
    order = sorted(range(len(ids)), key=lambda place: len(ids[place]))
    for start in range(0, len(order), READ_BATCH):
        checkpoint()
        places = order[start : start + READ_BATCH]
        with torch.inference_mode():
            vectors[places] = cls_of(encoder, [ids[place] for place in places]).cpu().numpy()
    return vectors


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How to train.

    Attributes
    ----------
    what
        `head` leaves the encoder as it is, `full` trains everything.
    epochs
        How often each training text is seen.
    rate
        The highest learning rate.
    seed
        Decides the numbers the head starts with and the order of the texts.
    """

    what: What
    epochs: int
    rate: float
    seed: int

    def steps(self, examples: int) -> int:
        """Return how many steps that many training examples make."""
        return self.epochs * math.ceil(examples / BATCH)


@dataclass(frozen=True)
class Step:
    """One step is done.

    Attributes
    ----------
    number, of
        1-based, and how many there will be.
    loss
        Of the batch before the step, in nats.
    ends_epoch
        Whether every training text was seen as often as the others by now.
    """

    number: int
    of: int
    loss: float
    ends_epoch: bool


class TrainableHead:
    """A head that is being trained, and the random numbers of its training.

    Attributes
    ----------
    weight, bias
        `[label, width]` and `[label]`.
    """

    def __init__(self, width: int, labels: int, *, seed: int) -> None:
        import torch

        self.chance = torch.Generator().manual_seed(seed)
        weight = torch.empty(labels, width).normal_(0.0, HEAD_SCALE, generator=self.chance)
        self.weight = weight.requires_grad_()
        self.bias = torch.zeros(labels, requires_grad=True)

    def logits(self, vectors: torch.Tensor) -> torch.Tensor:
        """Return the scores of the labels, `[text, label]`."""
        return vectors @ self.weight.T + self.bias

    def as_it_is(self) -> Head:
        """Return a copy of its current numbers."""
        return Head(self.weight.detach().numpy().copy(), self.bias.detach().numpy().copy())


def rate_at(step: int, steps: int) -> float:
    """Return the share of the highest learning rate that a step takes (0-based)."""
    warm = max(1, round(WARM_UP * steps))
    return min(1.0, (step + 1) / warm) * (1 - step / steps)


def train(
    head: TrainableHead,
    others: Sequence[torch.Tensor],
    features: Callable[[Sequence[int]], torch.Tensor],
    classes: Sequence[int],
    settings: Settings,
) -> Iterator[Step]:
    """Train, and yield each step as it is done. A caller that stops iterating has what was reached so far.

    Parameters
    ----------
    others
        What is trained besides the head: the encoder's parameters, or nothing.
    features
        The [CLS] vectors `[text, width]` of some training examples, by their places.
    classes
        The right label of every training example.
    """
    import torch

    targets = torch.tensor(classes)
    optimizer = torch.optim.AdamW([head.weight, head.bias, *others], lr=settings.rate, weight_decay=WEIGHT_DECAY)
    steps, number = settings.steps(len(classes)), 0
    for _epoch in range(settings.epochs):
        order = torch.randperm(len(classes), generator=head.chance).tolist()
        for start in range(0, len(order), BATCH):
            places = order[start : start + BATCH]
            loss = torch.nn.functional.cross_entropy(head.logits(features(places)), targets[places])
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it without types
            for group in optimizer.param_groups:
                group["lr"] = settings.rate * rate_at(number, steps)
            optimizer.step()
            number += 1
            yield Step(number, steps, loss.item(), ends_epoch=start + BATCH >= len(order))
