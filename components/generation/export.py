"""What the Export menu takes home: the answer on the screen, or the one that "Generate" would give."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import Any, Final

from components.core.errors import VisitorError
from components.engines.contract import Engine, Request
from components.engines.llama_cpp import LlamaCppEngine
from components.engines.metering import Meter
from components.engines.runs import generate
from components.generation.answer import Answer
from components.generation.llama_script import llama_script
from components.generation.result import Spell, result
from components.generation.script import Recipe, script
from components.generation.service_script import service_script

TOKENIZER: Final = "tokenizer.json"


@dataclass(frozen=True, kw_only=True)
class Keepsake:
    """One answer, to be taken home.

    Attributes
    ----------
    engine
        Gives the engine, opened again if it has left the memory by then.
    meter
        Makes of it one that the visitor may use, see `components.engines.metering`.
    answer
        What is on the screen; of one without any token, the request alone counts.
    ids
        What the model read.
    spell
        See `components.generation.result.result`.
    weights
        Where transformers finds the model; None for a model on another machine.
    may_run
        Whether it may be written now if it was not yet: not if somebody pays.
    """

    engine: Callable[[], Engine]
    meter: Meter
    answer: Answer
    ids: tuple[int, ...]
    spell: Spell | None
    weights: str | None
    apart: bool
    may_run: bool

    def result(self) -> Mapping[str, Any]:
        """Return the numbers of the answer, written now if there is none yet."""
        answer = self.answer
        if not answer.tokens and self.may_run:
            answer = _written(self.meter(self.engine()), answer.request)
        run = answer.transcript
        made = result(answer.text, answer.tokens, run.usage, spell=self.spell)
        return made | {"thinking": {"text": run.thought, "tokens": run.thinking_tokens}} if run.thoughts else made

    def script(self) -> str:
        """Return the Python text that writes the same, or that sends the same to a service."""
        request = self.answer.request
        if self.weights is None:
            thinking = self.engine().capabilities.thinking_tokens
            return service_script(self.answer.engine, self.answer.model, request, thinking_tokens=thinking)
        if self.answer.engine == "llama.cpp":
            return _llama_script(self.engine(), request)
        return script(
            Recipe(weights=self.weights, apart=self.apart, request=request, ids=self.ids, new_tokens=self._new_tokens())
        )

    def _new_tokens(self) -> int:
        """Return how many tokens to ask for: all that were asked for, unless the run ended before by other means."""
        answer = self.answer
        was_cut = answer.tokens and answer.transcript.finish in (None, "context")
        return answer.transcript.new_tokens if was_cut else answer.request.new_tokens


def _llama_script(engine: Engine, request: Request) -> str:
    if not isinstance(engine, LlamaCppEngine):
        raise TypeError(f"{engine.name} is not llama.cpp")
    return llama_script(engine.gguf, engine.gguf.with_name(TOKENIZER), engine.completion(request))


def _written(engine: Engine, request: Request) -> Answer:
    answer = Answer(engine.name, engine.model, request)
    # The page says beside the prompt what is wrong with it; the data of nothing is nothing.
    with suppress(VisitorError), closing(generate(engine, request, lambda: None, session="export")) as stream:
        for event in stream:
            answer.add(event)
    return answer
