"""The engine that is always there: a model in this process, through transformers' own `generate`.

It gives everything: each token with its id, log-probability, entropy and candidates before and after the sampler
chain; the real beam search with its tree. Several sessions share forward passes (components.generation.stepping),
each with a source of chance of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from components.generation.beam_search import beam_search
from components.generation.candidates import CandidateScores
from components.generation.decoding import Decoding
from components.generation.engines.capabilities import Capabilities, Feature, Reason
from components.generation.engines.contract import (
    BeamsFound,
    Candidate,
    Checkpoint,
    EngineName,
    EventStream,
    Finished,
    FinishReason,
    Queued,
    Request,
    Token,
    Usage,
)
from components.generation.errors import ContextTooLong
from components.generation.pieces import Pieces
from components.generation.preparation import end_ids
from components.generation.prompting import ChatTemplate, prompt_ids
from components.generation.queue import FairQueue
from components.generation.scoring import score
from components.generation.stepping import Stepper
from components.generation.text_stream import AnswerText
from components.shell.i18n import N_

if TYPE_CHECKING:
    from components.models.loaders import LoadedModel

SEATS: Final = 8
MOST_NEW_TOKENS: Final = 512
MOST_CANDIDATES: Final = 100

NO_CHAT_TEMPLATE: Final = N_("This model was not trained on conversations: it has no chat template.")
ONE_ANSWER: Final = N_("Here a run gives one answer; run it again with another seed, or compare settings side by side.")


@dataclass(frozen=True)
class _Run:
    """A request that can be run: what the model reads, and how much it may write and why not more."""

    request: Request
    ids: tuple[int, ...]
    new_tokens: int
    limit: FinishReason

    @property
    def input_tokens(self) -> int:
        return len(self.ids) + len(self.request.prefix)


class TransformersEngine:
    """A loaded model that generates text. Make one a model and share it between sessions: the queue is in it.

    Parameters
    ----------
    loaded
        A causal or an encoder-decoder language model.
    template
        How it wants conversations written; None if it was not trained on any.
    seats
        How many texts it writes at once; who comes later waits.
    most_new_tokens
        The hard cap on the new tokens of a run.
    """

    name: EngineName = "transformers"

    def __init__(
        self,
        loaded: LoadedModel,
        *,
        template: ChatTemplate | None = None,
        seats: int = SEATS,
        most_new_tokens: int = MOST_NEW_TOKENS,
    ) -> None:
        self.model = loaded.record.id
        self.queue = FairQueue(seats=seats)
        self._lm = loaded.model
        self._tokenizer = loaded.tokenizer
        self._positions = loaded.shape.positions
        self._template = template
        self._stepper = Stepper(loaded.model)
        self._pieces = Pieces(loaded.tokenizer)
        missing: dict[Feature, Reason] = {"n": Reason(ONE_ANSWER)}
        if template is None:
            missing["chat"] = Reason(NO_CHAT_TEMPLATE)
        self.capabilities = Capabilities(
            missing=missing,
            context_tokens=self._positions,
            most_new_tokens=most_new_tokens,
            most_candidates=MOST_CANDIDATES,
        )

    def stream(self, request: Request, checkpoint: Checkpoint, *, session: str = "") -> EventStream:
        """Generate text; see `components.generation.engines.contract.Engine.stream`."""
        # Not a generator itself: what is wrong with a request is raised here, not at the first event.
        return self._seated(self._plan(request), checkpoint, session)

    def count_tokens(self, request: Request) -> int:
        """Return how many tokens the request has before anything is generated, its `prefix` included."""
        return len(self.prompt_ids(request)) + len(request.prefix)

    def prompt_ids(self, request: Request) -> tuple[int, ...]:
        """Return the token ids the model reads, without the request's `prefix`.

        Raises
        ------
        EmptyPrompt
            If there is nothing to read and no start token.
        ChatRefused
            If the model's template does not take the conversation.
        """
        start = self._lm.generation_config.bos_token_id
        return prompt_ids(self._tokenizer, request, model=self.model, template=self._template, start_id=start)

    def _plan(self, request: Request) -> _Run:
        self.capabilities.require(request, model=self.model)
        ids = self.prompt_ids(request)
        wanted, most = request.new_tokens, self._positions
        if most is None:
            return _Run(request, ids, wanted, "length")
        # An encoder reads the prompt in positions of its own.
        used = len(request.prefix) + (1 if self._lm.config.is_encoder_decoder else len(ids))
        if max(used, len(ids)) >= most:
            raise ContextTooLong(tokens=max(used, len(ids)), most=most)
        room = most - used
        return _Run(request, ids, min(wanted, room), "length" if wanted <= room else "context")

    def _seated(self, run: _Run, checkpoint: Checkpoint, session: str) -> EventStream:
        with self.queue.place(session) as place:
            for position in self.queue.wait(place, checkpoint):
                yield Queued(position)
            yield from (self._searched if run.request.beams > 1 else self._written)(run, checkpoint)

    def _written(self, run: _Run, checkpoint: Checkpoint) -> EventStream:
        decoding = Decoding(self._lm, run.ids, run.request, most_tokens=run.new_tokens, limit=run.limit)
        text = self._text(run)
        yield from self._given(run, text)
        finish: FinishReason | None = None
        count = 0
        with self._stepper.writing(decoding) as writer:
            while finish is None:
                choice = self._stepper.next(writer, checkpoint)
                count += 1
                shown = text.push(choice.id, last=choice.finish is not None)
                finish = "stop" if text.stopped else choice.finish
                yield Token(shown, choice.id, choice.logprob, choice.entropy, self._candidates(choice.candidates))
        yield Usage(run.input_tokens, count)
        yield Finished(finish)

    def _searched(self, run: _Run, checkpoint: Checkpoint) -> EventStream:
        """Search, then give the best sequence: until the end any beam can still overtake the others."""
        tree = beam_search(self._lm, run.ids, run.request, new_tokens=run.new_tokens, checkpoint=checkpoint)
        answer, begun = tree.results[0].tokens, run.request.prefix
        # The scores of the search are after its processors; a token's own are what the model says by itself.
        scored = score(self._lm, run.ids, (*begun, *answer), candidates=run.request.candidates, checkpoint=checkpoint)
        text = self._text(run)
        yield from self._given(run, text)
        finish: FinishReason = "end" if answer[-1] in end_ids(self._lm) else run.limit
        count = 0
        for token_id, place in zip(answer, range(len(begun), len(scored.ids)), strict=True):
            shown = text.push(token_id, last=place + 1 == len(scored.ids))
            candidates = self._candidates(scored.candidates[place])
            yield Token(shown, token_id, float(scored.logprobs[place]), float(scored.entropies[place]), candidates)
            count += 1
            if text.stopped:
                finish = "stop"
                break
        yield BeamsFound(tree)
        yield Usage(run.input_tokens, count)
        yield Finished(finish)

    def _given(self, run: _Run, text: AnswerText) -> Iterator[Token]:
        return (Token(text.push(token, last=False), token, given=True) for token in run.request.prefix)

    def _text(self, run: _Run) -> AnswerText:
        # What an encoder has read stands in no text before the answer.
        before = () if self._lm.config.is_encoder_decoder else run.ids
        return AnswerText(self._decode, before=before, stop=run.request.stop)

    def _decode(self, ids: Sequence[int]) -> str:
        return self._tokenizer.decode(ids, skip_special_tokens=True)

    def _candidates(self, scores: Sequence[CandidateScores]) -> tuple[Candidate, ...]:
        texts = self._pieces.texts([each.id for each in scores])
        return tuple(
            Candidate(text, each.id, each.logprob, each.logit, each.drawn_probability)
            for text, each in zip(texts, scores, strict=True)
        )
