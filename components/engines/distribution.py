"""The model's scores at any place of a text, computed again when they are asked for.

A distribution over 50,257 tokens takes 200 kB. Instead of keeping one for every token that was ever written, the
page keeps the ids, and this reads them again: one pass over the text, in pieces, so that memory does not grow with
its length. Rounding differs from the run in the sixth digit, because there tokens were read one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from components.engines.contract import Request
from components.engines.decoding import last_scores
from components.engines.preparation import decoder_start_id
from components.engines.samplers import Anatomy, FloatArray, Sampler, anatomy
from components.models.inputs import keep_scores

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import PreTrainedModel

_TOKENS_A_PIECE: Final = 64  # of a vocabulary of 262,144 their scores take 67 MB


def next_scores(model: PreTrainedModel, ids: Sequence[int], written: Sequence[int] = ()) -> FloatArray:
    """Return the model's scores of the token after a text, `[token]`.

    Parameters
    ----------
    model
        A causal or an encoder-decoder language model.
    ids
        The prompt; of a causal model, at least one token.
    written
        The answer so far.
    """
    import torch

    with torch.inference_mode():
        if model.config.is_encoder_decoder:
            scores = _after_each(model, ids, written)[:, -1:]
        else:
            scores = _last(model, [*ids, *written])
        return last_scores(scores)[0].cpu().numpy()


def scores_along(
    model: PreTrainedModel, ids: Sequence[int], written: Sequence[int], *, checkpoint: Callable[[], None]
) -> Iterator[Tensor]:
    """Give the scores before each token of an answer, in pieces `[position, token]` in float32.

    Parameters
    ----------
    ids
        The prompt; of a causal model, at least one token.
    written
        The answer; it has as many positions, all pieces together.
    checkpoint
        Called before each forward pass.
    """
    import torch

    if model.config.is_encoder_decoder:
        checkpoint()
        with torch.inference_mode():
            yield _after_each(model, ids, written)[0, :-1].float()
        return
    read = [*ids, *written][:-1]
    first = len(ids) - 1  # the position whose scores are for the first written token
    cache = None
    for start in range(0, len(read), _TOKENS_A_PIECE):
        checkpoint()
        piece = torch.tensor([read[start : start + _TOKENS_A_PIECE]], device=model.device)
        with torch.inference_mode():
            outputs = model(piece, past_key_values=cache, use_cache=True, return_dict=True)
            cache = outputs.past_key_values
            scores = outputs.logits[0, max(0, first - start) :].float()
        if len(scores):
            yield scores


def step_anatomy(model: PreTrainedModel, ids: Sequence[int], written: Sequence[int], request: Request) -> Anatomy:
    """Return how the token after `written` was chosen, stage by stage.

    Parameters
    ----------
    ids
        The prompt.
    written
        The answer up to the step, the request's `prefix` included.
    request
        Its settings; "greedy" or "sample".
    """
    return through_the_chain(model, next_scores(model, ids, written), ids, written, request)


def through_the_chain(
    model: PreTrainedModel, scores: FloatArray, ids: Sequence[int], written: Sequence[int], request: Request
) -> Anatomy:
    """Run scores that are known already, `[token]`, through the chain; the rest as for `step_anatomy`."""
    before = [decoder_start_id(model)] if model.config.is_encoder_decoder else ids
    return anatomy(scores, Sampler.of(request), seen=[*before, *written])


def _last(model: PreTrainedModel, ids: Sequence[int]) -> Tensor:
    import torch

    inputs = torch.tensor([ids], device=model.device)
    outputs = model(inputs, use_cache=False, return_dict=True, **keep_scores(model, 1))
    scores: Tensor = outputs.logits
    return scores


def _after_each(model: PreTrainedModel, ids: Sequence[int], written: Sequence[int]) -> Tensor:
    """Return the scores after the start token and each written one, `[1, position, token]`."""
    import torch

    outputs = model(
        input_ids=torch.tensor([ids], device=model.device),
        decoder_input_ids=torch.tensor([[decoder_start_id(model), *written]], device=model.device),
        use_cache=False,
        return_dict=True,
    )
    scores: Tensor = outputs.logits
    return scores
