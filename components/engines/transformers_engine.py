"""The engine that is always there: a model in this process, through transformers' own `generate`.

It gives everything: each token with its id, log-probability, entropy and candidates before and after the sampler
chain; the real beam search with its tree. Several sessions share forward passes (components.engines.stepping),
each with a source of chance of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from components.core.errors import Reason
from components.engines.beam_search import beam_search
from components.engines.candidates import CandidateScores
from components.engines.capabilities import Capabilities, Feature
from components.engines.contract import (
    BeamsFound,
    Candidate,
    Checkpoint,
    EventStream,
    Finished,
    FinishReason,
    Queued,
    Request,
    Started,
    Token,
    Usage,
    require,
)
from components.engines.decoding import Decoding
from components.engines.local_limits import (
    MOST_CANDIDATES,
    MOST_NEW_TOKENS,
    NO_CHAT_TEMPLATE,
    ONE_ANSWER,
    SEATS,
    FittedRequest,
    fit_request,
)
from components.engines.preparation import end_ids
from components.engines.prompting import ChatTemplate, chat_template, prompt_ids
from components.engines.samplers import Sampler
from components.engines.scoring import score
from components.engines.spec import EngineSpec, Export, Exported, Filling
from components.engines.stepping import Stepper
from components.engines.text_stream import AnswerText
from components.models.loaders import task_of
from components.models.queue import FairQueue
from components.models.records import is_bundled, loadable_name
from components.models.registry import record
from components.models.store import local_folder
from components.models.tokenization import Pieces

if TYPE_CHECKING:
    from components.models.loaders import LoadedModel


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

    name: str = "transformers"

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
        self._vocabulary = loaded.shape.vocabulary
        self._template = template
        self._stepper = Stepper(loaded.model)
        self._pieces = Pieces(loaded.tokenizer)
        missing: dict[Feature, Reason] = {"n": ONE_ANSWER}
        if template is None:
            missing["chat"] = NO_CHAT_TEMPLATE
        self.capabilities = Capabilities(
            missing=missing,
            context_tokens=self._positions,
            most_new_tokens=most_new_tokens,
            most_candidates=MOST_CANDIDATES,
        )

    def stream(self, request: Request, checkpoint: Checkpoint, *, session: str = "") -> EventStream:
        """Generate text; see `components.engines.contract.Engine.stream`."""
        # Not a generator itself: what is wrong with a request is raised here, not at the first event.
        return self._seated(self._fit(request), checkpoint, session)

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

    def _fit(self, request: Request) -> FittedRequest:
        require(request, self.capabilities, model=self.model)
        return fit_request(
            request,
            self.prompt_ids(request),
            vocabulary=self._vocabulary,
            positions=self._positions,
            apart=self._lm.config.is_encoder_decoder,
        )

    def _seated(self, fitted: FittedRequest, checkpoint: Checkpoint, session: str) -> EventStream:
        with self.queue.place(session) as place:
            for position in self.queue.wait(place, checkpoint):
                yield Queued(position)
            yield Started()
            yield from (self._searched if fitted.request.beams > 1 else self._written)(fitted, checkpoint)

    def _written(self, fitted: FittedRequest, checkpoint: Checkpoint) -> EventStream:
        decoding = Decoding(self._lm, fitted.ids, fitted.request, most_tokens=fitted.new_tokens, limit=fitted.limit)
        text = self._text(fitted)
        yield from self._given(fitted, text)
        finish: FinishReason | None = None
        count = 0
        with self._stepper.writing(decoding) as writer:
            while finish is None:
                choice = self._stepper.next(writer, checkpoint)
                count += 1
                shown = text.push(choice.id, last=choice.finish is not None)
                finish = "stop" if text.stopped else choice.finish
                yield Token(shown, choice.id, choice.logprob, choice.entropy, self._candidates(choice.candidates))
        yield Usage(fitted.input_tokens, count)
        yield Finished(finish)

    def _searched(self, fitted: FittedRequest, checkpoint: Checkpoint) -> EventStream:
        """Search, then give the best sequence: until the end any beam can still overtake the others."""
        tree = beam_search(self._lm, fitted.ids, fitted.request, new_tokens=fitted.new_tokens, checkpoint=checkpoint)
        answer, begun = tree.results[0].tokens, fitted.request.prefix
        # The scores of the search are after its processors; a token's own are what the model says by itself.
        scored = score(
            self._lm, fitted.ids, (*begun, *answer), candidates=fitted.request.candidates, checkpoint=checkpoint
        )
        text = self._text(fitted)
        yield from self._given(fitted, text)
        finish: FinishReason = "end" if answer[-1] in end_ids(self._lm) else fitted.limit
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
        yield Usage(fitted.input_tokens, count)
        yield Finished(finish)

    def _given(self, fitted: FittedRequest, text: AnswerText) -> Iterator[Token]:
        return (Token(text.push(token, last=False), token, given=True) for token in fitted.request.prefix)

    def _text(self, fitted: FittedRequest) -> AnswerText:
        # What an encoder has read stands in no text before the answer.
        before = () if self._lm.config.is_encoder_decoder else fitted.ids
        return AnswerText(self._decode, before=before, stop=fitted.request.stop)

    def _decode(self, ids: Sequence[int]) -> str:
        return self._tokenizer.decode(ids, skip_special_tokens=True)

    def _candidates(self, scores: Sequence[CandidateScores]) -> tuple[Candidate, ...]:
        texts = self._pieces.texts([each.id for each in scores])
        return tuple(
            Candidate(text, each.id, each.logprob, each.logit, each.drawn_probability)
            for text, each in zip(texts, scores, strict=True)
        )


def answers_apart(model_id: str) -> bool:
    """Return whether an encoder reads the prompt and a decoder writes an answer to it, instead of going on with it."""
    model = record(model_id)
    return task_of(model, local_folder(model)) == "text2text-generation"


def load_writer(model_id: str) -> LoadedModel:
    """Return a model that writes, shared by the process. See `components.models.loaders.load` for what it raises."""
    from components.models import cached

    return (cached.seq2seq_lm if answers_apart(model_id) else cached.causal_lm)(model_id)


def open_transformers(loaded: LoadedModel) -> TransformersEngine:
    """Return the engine of a loaded model; make one a model and process: sessions share its queue and its passes."""
    return TransformersEngine(loaded, template=chat_template(local_folder(loaded.record)))


def _fill(exported: Exported) -> Filling:
    """Return what the notebook is filled in with: `generate` gets every setting, as it has defaults of its own."""
    request = exported.request
    sampler = Sampler.of(request)
    generate: dict[str, object] = {"do_sample": request.draws}
    if request.draws:
        generate |= {
            "temperature": 1.0 if sampler.temperature is None else sampler.temperature,
            "top_k": sampler.top_k or 0,
            "top_p": 1.0 if sampler.top_p is None else sampler.top_p,
            "min_p": sampler.min_p or 0.0,
            "typical_p": 1.0 if sampler.typical_p is None else sampler.typical_p,
        }
    generate |= {
        "repetition_penalty": sampler.repetition_penalty or 1.0,
        "num_beams": request.beams,
        "max_new_tokens": exported.new_tokens,
    }
    model = record(exported.model)
    weights = loadable_name(model, local_folder(model))
    parameters = {
        "MODEL": weights,
        "PROMPT": request.messages[-1].text if request.mode == "chat" else request.prompt,
        "PROMPT_IDS": list(exported.ids),
        "PREFIX_IDS": list(request.prefix),
        "SETTINGS": generate,
        "SEED": request.seed,
        "CANDIDATES": request.candidates,
    }
    keep = {
        "bundled": is_bundled(weights),
        "encoder-decoder": answers_apart(exported.model),
        "decoder": not answers_apart(exported.model),
        "drawn": request.draws,
        "pipeline": request.draws
        and request.mode == "complete"
        and not request.prefix
        and not answers_apart(exported.model),
        "reread": request.beams > 1 or bool(request.prefix),
        "first reading": request.beams == 1 and not request.prefix,
        "beams": request.beams > 1,
        "sampled": request.beams == 1 and request.draws,
        "greedy": request.beams == 1 and not request.draws,
    }
    return parameters, [tag for tag, wanted in keep.items() if wanted]


SPEC: Final = EngineSpec(
    name=TransformersEngine.name,
    title=lambda: "transformers",
    open=lambda model_id: open_transformers(load_writer(model_id)),
    export=Export(Path(__file__).with_name("notebook_transformers.py"), _fill),
)
