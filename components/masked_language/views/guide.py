"""What the lesson asks, answered by the live model: the questions of the cards and the exercise."""

from __future__ import annotations

from typing import Final

import numpy as np
import streamlit as st

from components.core.i18n import _
from components.core.text import escape_markdown
from components.core.units import to_bits
from components.core.visible import visible
from components.masked_language import link
from components.masked_language.game import FATES, Fate, Game, Guess, mean_loss_nats
from components.masked_language.gaps import WANTED_PROBABILITY, BothSides, both_sides
from components.masked_language.lesson_examples import examples
from components.masked_language.state import Request, game_of, gaps_of, reading_of, surprises_of
from components.models import cached
from components.ui.guide.page import Answer, Check, Verdict

_MOST_CHARACTERS: Final = 300
_SHOWN: Final = 4


def judge_attempt() -> Verdict | None:
    """Let the student write a sentence, and predict its gap with and without the words after it."""
    text = st.text_input(
        _("Your sentence with one [MASK]"), max_chars=_MOST_CHARACTERS, key="masked_exercise", width=520
    )
    if not text.strip():
        return None
    read = reading_of(_request(text))
    return _judge(both_sides(cached.masked_lm(examples().model), read), gaps=len(read.gaps))


def _judge(judged: BothSides | None, *, gaps: int) -> Verdict:
    if judged is None:
        return Verdict(False, _("Write exactly one [MASK]; this sentence has {gaps}.").format(gaps=gaps))
    said = _(
        "With the words after it: “{whole}” {whole_probability:.1%}. Without them: “{left}” {left_probability:.1%}."
    )
    evidence = said.format(
        whole=escape_markdown(visible(judged.whole.text)),
        whole_probability=judged.whole.probability,
        left=escape_markdown(visible(judged.left_only.text)),
        left_probability=judged.left_only.probability,
    )
    if judged.solved:
        return Verdict(True, evidence)
    wanted = _(
        "The two words must differ, and the first one must reach {wanted:.0%} when the words after the gap are read."
    ).format(wanted=WANTED_PROBABILITY)
    return Verdict(False, f"{evidence} {wanted}")


def _first() -> Answer:
    [gap] = gaps_of(_request(examples().first), top=_SHOWN)
    listed = ", ".join(f"{each.text} {each.probability:.1%}" for each in gap.candidates)
    return Answer(gap.candidates[0].text, _("Asked just now: {words}.").format(words=listed))


def _others() -> Answer:
    [gap] = gaps_of(_request(examples().others), top=int(link.TOP.default))
    rest = 1 - sum(each.probability for each in gap.candidates)
    said = _("Added up just now: the {shown} most probable tokens have {sum:.2%}, all the others together {rest:.2%}.")
    return Answer(f"{rest:.1%}", said.format(shown=len(gap.candidates), sum=1 - rest, rest=rest))


def _kind() -> Answer:
    losses = {fate: to_bits(mean_loss_nats(of_fate)) for fate in FATES if (of_fate := _guesses(_game(), fate))}
    listed = ", ".join(f"{_(FATES[fate])} {loss:.2f}" for fate, loss in losses.items())
    said = _("Mean loss in bits, measured just now: {losses}.")
    return Answer(_(FATES[min(losses, key=losses.__getitem__)]), said.format(losses=listed))


def _choices() -> Answer:
    loss = to_bits(mean_loss_nats(_game().every))
    said = _("Measured just now: {loss:.2f} bits, and 2 to the power of {loss:.2f} is {choices:.1f}.")
    return Answer(str(round(2**loss)), said.format(loss=loss, choices=2**loss))


def _odds() -> Answer:
    asked = examples().surprise
    found = surprises_of(_request(asked.text))
    if found is None:
        raise ValueError(f"no token in {asked.text!r}")
    bits = max(to_bits(token.nats) for token in found.tokens)
    nearest = min(asked.odds, key=lambda odds: abs(float(np.log2(odds)) - bits))
    said = _("Measured just now: {bits:.1f} bits, so a probability of 1 in {odds}.")
    return Answer(f"{nearest:,}", said.format(bits=bits, odds=f"{round(2**bits):,}"))


def _nonsense() -> Answer:
    [gap] = gaps_of(_request(examples().nonsense), top=_SHOWN)
    best = gap.candidates[0]
    said = _("Asked just now: “{word}” {probability:.1%}.")
    return Answer(f"{best.probability:.0%}", said.format(word=best.text, probability=best.probability))


def _game() -> Game:
    asked = examples().game
    game = game_of(_request(asked.text), seed=asked.seed)
    if game is None:
        raise ValueError(f"no token in {asked.text!r}")
    return game


def _guesses(game: Game, fate: Fate) -> tuple[Guess, ...]:
    return tuple(guess for guess in game.every if guess.fate == fate)


def _request(text: str) -> Request:
    return Request(examples().model, text)


CHECKS: Final[dict[str, Check]] = {
    "first": _first,
    "others": _others,
    "kind": _kind,
    "choices": _choices,
    "odds": _odds,
    "nonsense": _nonsense,
}
