"""One text being written by a model: `generate` prepares it, then it goes on one token at a time, when asked.

`model.generate` cannot be paused: it hands tokens to a streamer until it is done. But it lets a function take over
after all preparation (inputs, encoder, cache, logits processors) and before the first forward pass. Here that
function only keeps what was prepared (components.engines.preparation), and the loop of `generate` is unrolled: a
forward pass gives scores, `choose` runs them through the same processors and draws. So the caller
that asks for the next token decides when, in which thread, and whether at all; and several texts can share a forward
pass (components.engines.shared_cache).

With the same seed a text alone is, token for token, what `torch.manual_seed(seed); model.generate(...)` gives.

One processor is replaced: transformers' top-p sorts all scores for every token, which takes long beside the forward
pass of a small model (docs/measurements.md). The tokens that stay are among the likeliest few, which are found much
faster. Where that does not settle it (they are too many, or a sum is so near to p that rounding decides), the
processor itself is asked: so what is cut is always what it cuts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from components.engines.candidates import CandidateScores, candidates
from components.engines.contract import FinishReason, Request
from components.engines.preparation import end_ids, generation_config, prepare

if TYPE_CHECKING:
    import torch
    from torch import Tensor
    from transformers import Cache, LogitsProcessorList, PreTrainedModel, TopPLogitsWarper

_MOST_KEPT: Final = 1024
_ROUNDING: Final = 1e-6


@dataclass(frozen=True)
class Choice:
    """One step of a text: the token that was chosen, and among which.

    Attributes
    ----------
    logprob, entropy
        Under the model's own distribution, in nats.
    finish
        Why the text ends with this token, None if it goes on.
    """

    id: int
    logprob: float
    entropy: float
    candidates: tuple[CandidateScores, ...]
    finish: FinishReason | None


class Decoding:
    """One text being written.

    Parameters
    ----------
    model
        A causal or an encoder-decoder language model.
    ids
        What it reads: the prompt, without the request's `prefix`.
    request
        With one beam.
    most_tokens
        How many tokens it may write.
    limit
        Why not more.

    Attributes
    ----------
    ids
        `[1, position]`, what the processors see: prompt and answer, of an encoder-decoder model the answer.
    """

    def __init__(
        self, model: PreTrainedModel, ids: Sequence[int], request: Request, *, most_tokens: int, limit: FinishReason
    ) -> None:
        prepared = prepare(
            model, ids, generation_config(model, request, new_tokens=most_tokens), written=request.prefix
        )
        self.ids = prepared.ids
        self._processors = with_fast_top_p(prepared.processors)
        self._inputs = prepared.inputs
        self._model = model
        self._request = request
        self._left = most_tokens
        self._limit = limit
        self._ends = end_ids(model)
        self._generator = _generator(model, request.seed) if request.draws else None
        self._started = False

    @property
    def cache(self) -> Cache | None:
        """Keys and values so far; None for a model that keeps none."""
        return self._inputs.get("past_key_values")

    def forward(self) -> Tensor:
        """Read what was not read yet (first the prompt, then each new token) and return scores, `[token]`."""
        only_new = self._started and self._inputs.get("use_cache")
        inputs = self._model.prepare_inputs_for_generation(
            self.ids,
            next_sequence_length=1 if only_new else None,
            is_first_iteration=not self._started,
            **self._inputs,
        )
        outputs = self._model(**inputs, return_dict=True)
        self._started = True
        self._inputs = self._model._update_model_kwargs_for_generation(
            outputs, self._inputs, is_encoder_decoder=self._model.config.is_encoder_decoder
        )
        return last_scores(outputs.logits)[0]

    def choose(self, logits: Tensor, logprobs: Tensor, entropy: float) -> Choice:
        """Choose the next token and add it.

        Parameters
        ----------
        logits, logprobs
            `[token]`, the model's scores and their log-softmax.
        entropy
            Of the model's distribution, in nats.
        """
        import torch

        scores = self._processors(self.ids, logits[None])[0]
        if self._generator is None:
            chosen = scores.argmax()
            chances = torch.nn.functional.one_hot(chosen, len(scores)).float()
        else:
            chances = scores.softmax(dim=-1)
            chosen = torch.multinomial(chances, num_samples=1, generator=self._generator)[0]
        self.ids = torch.cat([self.ids, chosen.view(1, 1)], dim=-1)
        self._left -= 1
        token = int(chosen)
        return Choice(
            id=token,
            logprob=float(logprobs[token]),
            entropy=entropy,
            candidates=candidates(logits, logprobs, count=self._request.candidates, chosen=token, chances=chances),
            finish=self._finish(token),
        )

    def _finish(self, token: int) -> FinishReason | None:
        if token in self._ends:
            return "end"
        return None if self._left else self._limit


def last_scores(logits: Tensor) -> Tensor:
    """Return the scores of the last position, `[row, token]`, of `[row, position, token]`.

    A copy in float32, as `generate` makes it: a view would keep the scores of a whole prompt alive.
    """
    import torch

    return logits[:, -1].to(copy=True, dtype=torch.float32)


def _generator(model: PreTrainedModel, seed: int | None) -> torch.Generator:
    """Return a source of chance of this text's own: PyTorch's shared one is drawn from by every session."""
    import torch

    generator = torch.Generator(device=model.device)
    if seed is None:
        generator.seed()
    else:
        generator.manual_seed(seed)
    return generator


def with_fast_top_p(processors: LogitsProcessorList) -> LogitsProcessorList:
    """Return the same processors, the one for top-p replaced by a faster one."""
    from transformers import LogitsProcessorList, TopPLogitsWarper

    return LogitsProcessorList(
        FastTopP(processor) if type(processor) is TopPLogitsWarper else processor for processor in processors
    )


class FastTopP:
    """Cuts what `TopPLogitsWarper` cuts, for one text.

    Attributes
    ----------
    asked
        How often the processor itself had to be asked.
    """

    def __init__(self, exact: TopPLogitsWarper) -> None:
        self._exact = exact
        self.asked = 0

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        """Return the scores, `[1, token]`, minus infinity outside the nucleus."""
        best, order = scores[0].topk(min(_MOST_KEPT, scores.shape[-1]))
        probability = (best.double() - scores[0].double().logsumexp(dim=-1)).exp()
        better = probability.cumsum(dim=-1) - probability  # how much is likelier than each token
        kept = int((better < self._exact.top_p).sum())
        settled = (
            kept < len(best)
            and bool(((better - self._exact.top_p).abs() > _ROUNDING).all())
            and bool(best[kept - 1] > best[kept])  # of equal tokens, the order of a sort decides
        )
        if not settled:
            self.asked += 1
            exact: Tensor = self._exact(input_ids, scores)
            return exact
        cut = scores.new_full(scores.shape, self._exact.filter_value)
        cut[0, order[:kept]] = best[:kept]
        return cut
