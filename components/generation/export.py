"""What is taken home: the answer on the screen, or what “Generate” would give, and all answers of a session."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import Any

from components.core.errors import VisitorError
from components.engines.contract import Candidate, Engine, Request, Token, Usage
from components.engines.metering import Meter
from components.engines.runs import generate
from components.engines.spec import Exported
from components.engines.table import engine_spec
from components.generation.answer import Answer
from components.generation.request_builder import CANDIDATES
from components.ui.notebooks import render

PRIVATE = frozenset({"prompt"})
"""Parameters of a link that a visitor may not want to pass on."""

Spell = Callable[[Sequence[int]], Sequence[str | None]]
"""Ids -> tokens as the vocabulary writes them, such as `Ġnovel`."""


def result(text: str, tokens: Sequence[Token], usage: Usage | None, *, spell: Spell | None) -> dict[str, Any]:
    """Return the text, each step of it, and how many tokens were read and written.

    Log-probabilities and entropies are the model's own, in nats, before the sampler chain;
    `drawn_probability` is after it, and None for a token that was not drawn in this run.

    Parameters
    ----------
    spell
        Of the model's tokenizer; None where only the engine knows it: then a token is what it reads.
    """
    return {
        "text": text,
        "steps": [_step(token, spell) for token in tokens],
        "usage": None if usage is None else {"input_tokens": usage.input_tokens, "output_tokens": usage.output_tokens},
    }


def _step(token: Token, spell: Spell | None) -> dict[str, Any]:
    shown = [*token.candidates[:CANDIDATES], *(each for each in token.candidates[CANDIDATES:] if each.id == token.id)]
    return {
        "token_id": token.id,
        "token": _spelled(token.id, token.text, spell),
        "logprob": token.logprob,
        "entropy": token.entropy,
        "candidates": [_candidate(each, spell, given=token.given) for each in shown],
    }


def _candidate(candidate: Candidate, spell: Spell | None, *, given: bool) -> dict[str, Any]:
    return {
        "token_id": candidate.id,
        "token": _spelled(candidate.id, candidate.text, spell),
        "logit": candidate.logit,
        "logprob": candidate.logprob,
        "drawn_probability": None if given else candidate.drawn_probability,
    }


def _spelled(token_id: int | None, text: str, spell: Spell | None) -> str | None:
    return text if spell is None or token_id is None else spell([token_id])[0]


def rows(answers: Sequence[Answer], *, with_text: bool) -> list[dict[str, Any]]:
    """Return one row an answer, oldest first.

    Parameters
    ----------
    with_text
        Whether prompts and conversations are part of it.
    """
    return [_row(answer, with_text=with_text) for answer in answers]


def document(answers: Sequence[Answer], *, with_text: bool) -> str:
    """Return the rows as a JSON text."""
    return json.dumps(rows(answers, with_text=with_text), ensure_ascii=False, indent=1, allow_nan=False)


def link_values(answer: Answer, *, with_text: bool) -> dict[str, object]:
    """Return the parameters of a link that reopens an answer's settings, with its prompt only if that is wanted."""
    return {name: value for name, value in answer.settings.items() if with_text or name not in PRIVATE}


def _row(answer: Answer, *, with_text: bool) -> dict[str, Any]:
    run = answer.transcript
    row: dict[str, Any] = {
        "asked_at": answer.asked_at.isoformat(timespec="seconds"),
        "engine": answer.engine,
        "model": answer.model,
        "settings": link_values(answer, with_text=with_text),
        "finish": run.finish,
        "seconds_to_first_token": run.seconds_to_first_token,
        "tokens_per_second": run.tokens_per_second,
        "perplexity": answer.perplexity,
    }
    if with_text:
        row["messages"] = [{"role": message.role, "text": message.text} for message in answer.request.messages]
        row["result"] = result(answer.text, answer.tokens, run.usage, spell=None)
    return row


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
