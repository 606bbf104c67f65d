"""What the Export menu takes home: the answer on the screen, or the one that "Generate" would give."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import Any

from components.core.errors import VisitorError
from components.engines.contract import Engine, Request
from components.engines.metering import Meter
from components.engines.runs import generate
from components.engines.spec import Exported
from components.engines.table import engine_spec
from components.generation.answer import Answer
from components.generation.result import Spell, result
from components.ui.notebooks import render


@dataclass(frozen=True, kw_only=True)
class ExportSource:
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
        What the model read; empty for a model on another machine.
    spell
        See `components.generation.result.result`.
    may_run
        Whether it may be written now if it was not yet: not if somebody pays.
    """

    engine: Callable[[], Engine]
    meter: Meter
    answer: Answer
    ids: tuple[int, ...] = ()
    spell: Spell | None = None
    may_run: bool = False

    def result(self) -> Mapping[str, Any]:
        """Return the numbers of the answer, written now if there is none yet."""
        answer = self.answer
        if not answer.tokens and self.may_run:
            answer = _written(self.meter(self.engine()), answer.request)
        run = answer.transcript
        made = result(answer.text, answer.tokens, run.usage, spell=self.spell)
        return made | {"thinking": {"text": run.thought, "tokens": run.thinking_tokens}} if run.thoughts else made

    def script(self) -> str:
        """Return the notebook, in percent format, that writes the same, or that sends the same to a service."""
        export = engine_spec(self.answer.engine).export
        exported = Exported(
            model=self.answer.model,
            request=self.answer.request,
            ids=self.ids,
            new_tokens=self._new_tokens(),
            engine=self.engine,
        )
        parameters, keep = export.fill(exported)
        return render(export.notebook, parameters, keep=keep)

    def _new_tokens(self) -> int:
        """Return how many tokens to ask for: all that were asked for, unless the run ended before by other means."""
        answer = self.answer
        was_cut = answer.tokens and answer.transcript.finish in (None, "context")
        return answer.transcript.new_tokens if was_cut else answer.request.new_tokens


def _written(engine: Engine, request: Request) -> Answer:
    answer = Answer(engine.name, engine.model, request)
    # The page says beside the prompt what is wrong with it; the data of nothing is nothing.
    with suppress(VisitorError), closing(generate(engine, request, lambda: None, session="export")) as stream:
        for event in stream:
            answer.add(event)
    return answer
