"""The right answers of a lesson, also where the live model decides: answers.toml holds what the models answered.

`.ci/answers.py` writes that file from the pages themselves, and the test that plays every guide to its end compares it.
Worksheets and the plans for teachers read it: neither loads a model.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Final

from components.ui.guide.lesson import Question

FILE: Final = Path(__file__).with_name("answers.toml")


def right_answer(concept: str, code: str, question: Question) -> int | None:
    """Return the index of the right answer, None where the model decides and has not been asked."""
    if question.right is not None:
        return question.right
    answer = _stored().get(concept, {}).get(code, {}).get(question.check or "")
    answers = [option.answer for option in question.options]
    return answers.index(answer) if answer in answers else None


@cache
def _stored() -> dict[str, dict[str, dict[str, str]]]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))
