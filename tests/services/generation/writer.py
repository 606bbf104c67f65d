"""Stands in for a model behind a service: probabilities that depend on what was read, the same every time."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass

END = 0
VOCABULARY = (
    "",
    " the",
    " star",
    "ship",
    " trek",
    " novel",
    " 별",
    "👩‍👩‍👧",
    "é",
    ".",
    " a",
    " and",
    "\n",
    " said",
    "tion",
    " <b>",
)


@dataclass(frozen=True)
class Choice:
    """A token that was chosen, and the likeliest ones in its place as pairs of id and log-probability."""

    id: int
    logprob: float
    best: tuple[tuple[int, float], ...]

    @property
    def text(self) -> str:
        return VOCABULARY[self.id]


def write(prompt: str, *, tokens: int, seed: int | None, temperature: float) -> Iterator[Choice]:
    """Choose tokens one by one, at least one; a temperature of 0 is greedy.

    Without a seed a prompt has a seed of its own: a test must not draw how it ends.
    """
    chance = random.Random(prompt if seed is None else seed)
    last = -1
    for place in range(tokens):
        logits = random.Random(f"{prompt}|{place}|{last}")
        scores = [logits.gauss(0, 2) for _ in VOCABULARY]
        scores[END] -= 3 if place else 1000  # no answer ends before it began
        logprobs = log_softmax(scores)
        if temperature:
            weights = [math.exp(each) for each in log_softmax([score / temperature for score in scores])]
            last = chance.choices(range(len(VOCABULARY)), weights)[0]
        else:
            last = max(range(len(VOCABULARY)), key=scores.__getitem__)
        ranked = sorted(range(len(VOCABULARY)), key=lambda each: -logprobs[each])
        yield Choice(last, logprobs[last], tuple((each, logprobs[each]) for each in ranked))
        if last == END:
            return


def log_softmax(scores: list[float]) -> list[float]:
    total = math.log(sum(math.exp(score) for score in scores))
    return [score - total for score in scores]


@dataclass(frozen=True)
class Written:
    """One step of an answer: the token, if it is one that shows, and how the answer ends, if it ends here."""

    choice: Choice | None
    text: str
    end: str | None


def answer(
    prompt: str, *, tokens: int, seed: int | None, temperature: float, stop: tuple[str, ...] = ()
) -> Iterator[Written]:
    """Write an answer as a good server does: up to a stop string, which is not sent.

    Each step says how the answer ends with it: "end", "stop" or "length"; None if it goes on.
    """
    held: list[tuple[Choice, str]] = []
    whole = ""
    for number, choice in enumerate(write(prompt, tokens=tokens, seed=seed, temperature=temperature), start=1):
        if choice.id == END:
            yield from (Written(each, text, None) for each, text in held)
            yield Written(None, "", "end")
            return
        whole += choice.text
        held.append((choice, choice.text))
        found = [whole.index(each) for each in stop if each in whole]
        if found:
            keep = min(found) - (len(whole) - sum(len(text) for _each, text in held))
            yield Written(choice, "".join(text for _each, text in held)[:keep], "stop")
            return
        if number == tokens:
            *before, (last, text) = held
            yield from (Written(each, text, None) for each, text in before)
            yield Written(last, text, "length")
            return
        if not any(whole.endswith(each[:size]) for each in stop for size in range(1, len(each))):
            yield from (Written(each, text, None) for each, text in held)
            held = []
