"""The answers of a session as JSON types, to be taken home."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from components.generation.answer import Answer
from components.generation.result import result

PRIVATE = frozenset({"prompt"})
"""Parameters of a link that a visitor may not want to pass on."""


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
