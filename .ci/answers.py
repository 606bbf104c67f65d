"""Ask the pages what the lessons leave to the live model: `.venv/bin/python .ci/answers.py [slug ...]`.

It answers each question of a guide until the right answer is found, and writes components/ui/guide/answers.toml. It
needs what the tests need (tests/requirements.txt). Run it when a lesson or a built-in model has changed.
"""

import json
import os
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("HF_HUB_OFFLINE", "1")

from components.core.i18n import LANGUAGES, use  # noqa: E402
from components.ui.guide.answers import FILE  # noqa: E402
from components.ui.guide.lesson import Card, guided_pages, lesson  # noqa: E402
from components.ui.guide.progress import ANSWERS  # noqa: E402
from tests.app.opening import faults, open_page  # noqa: E402

Answers = dict[str, dict[str, dict[str, str]]]


def ask(slug: str, code: str, number: int, card: Card) -> str:
    """Return the answer to a card's question that the page calls right."""
    if card.question is None:
        raise ValueError(f"{card.title!r} asks nothing")
    at = open_page(slug, lang=code, step=str(number))
    chosen = card.question.options[0].answer
    with use(code):  # in which AppTest names the options of the other widgets
        at.button_group(key=f"guide_answer_{slug}_{number}").set_value(chosen).run()
    if faults(at):
        raise SystemExit(f"/{slug}?step={number}: {faults(at)}")
    right: int = at.session_state[ANSWERS][slug, str(number)].right
    return card.question.options[right].answer


def collect(slug: str, concept: str) -> dict[str, dict[str, str]]:
    """Return the answers of a page by language and name of the check."""
    found: dict[str, dict[str, str]] = {}
    for code in LANGUAGES:
        for number, card in enumerate(lesson(concept, code).cards):
            if card.question is not None and card.question.check is not None:
                found.setdefault(code, {})[card.question.check] = ask(slug, code, number, card)
                print(f"{slug} {code} {number}: {found[code][card.question.check]}", flush=True)
    return found


def write(answers: Answers) -> None:
    """Write the file, sorted."""
    lines = ["# What the live models answer where a lesson says `Check: name`. Written by .ci/answers.py."]
    for concept in sorted(answers):
        for code in sorted(answers[concept]):
            lines += ["", f"[{concept}.{code}]"]
            lines += [
                f"{name} = {json.dumps(answer, ensure_ascii=False)}"
                for name, answer in sorted(answers[concept][code].items())
            ]
    FILE.write_text("\n".join([*lines, ""]), encoding="utf-8")


def main(wanted: list[str]) -> int:
    """Ask these pages, or all."""
    answers: Answers = tomllib.loads(FILE.read_text(encoding="utf-8"))
    for entry in guided_pages():
        if entry.concept is not None and (not wanted or entry.slug in wanted):
            answers[entry.concept] = collect(entry.slug, entry.concept)
            write(answers)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
