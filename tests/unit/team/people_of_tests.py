"""People, runs and what else the tests of a team's database put into it."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

from components.core.roles import Visitor
from components.team.store.runs import KeptRun

NOW = datetime(2026, 3, 10, 15, 30, tzinfo=UTC)
ANA = Visitor(id="id-of-ana", email="ana@school.example", name="Ana Secretname", role="member")
BEN = Visitor(id="id-of-ben", email="ben@school.example", name="Ben Othername", role="admin")
HOSTILE = (
    "'; DROP TABLE person; --",
    "100%_\\ done",
    "NUL \0 inside",
    "half \ud83d a character",
    "👩‍👩‍👧 한국어 \u202e",
    "</script><b>",
    "{} %s :name $1 ?",
)


def a_run(text="It was a dark night.", *, prompt="Once upon a time", at=NOW, model="classroom-gpt2", **more) -> KeptRun:
    values = {
        "id": uuid4().hex,
        "at": at,
        "engine": "transformers",
        "model": model,
        "settings": {"prompt": prompt, "strategy": "sample", "seed": 3},
        "messages": [],
        "prompt": prompt,
        "answer": text,
        "finish": "length",
        "input_tokens": 4,
        "output_tokens": 6,
        "usd": 0.0,
    }
    return KeptRun(**values | more)
