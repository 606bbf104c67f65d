"""Tests of stories about heads, on pairs of texts that differ in what the story depends on.

A pattern on one sentence fits several stories. "It" looks at "cat": because "it" means the cat, or because the cat
comes first? Here every text is read twice, unchanged and changed, so that two stories predict different tokens: one
says that the head follows the place, the other that it follows the word (or its meaning). In the unchanged text both
predict the same token, in the changed one two different tokens. So a head that follows the place looks at the place in
all texts and at the word in half of them; for a head that follows the word it is the opposite; a head that does neither
is in between.

    previous_token, next_token  the words are interleaved: a word's old neighbour is now two tokens away
    first_token, separator      the first or last token swaps places with its neighbour
    pronoun                     the two nouns swap places (`counterfactuals.toml`)

The test counts which of two tokens gets more weight, not how much more; the mean weights are given too. In the
sentences with a pronoun the first noun is also the subject: the test does not separate these two.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from components.attention.capture import capture_input
from components.core.intervals import mean_interval
from components.models.continuation import with_start
from components.models.inputs import ModelInput, Token, read
from components.models.loaders import LoadedModel

Story = Literal["previous_token", "next_token", "first_token", "separator", "pronoun"]
STORIES: Final[tuple[Story, ...]] = get_args(Story)
FILE: Final = Path(__file__).with_name("counterfactuals.toml")

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class NounPair:
    """A sentence with two nouns that can swap places. `means` is the noun that "it" stands for in either order."""

    group: str
    template: str
    nouns: tuple[str, str]
    means: str

    def sentence(self, *, swapped: bool) -> str:
        """Return the sentence with its nouns in one order or the other."""
        first, second = reversed(self.nouns) if swapped else self.nouns
        return self.template.format(x=first, y=second)


@dataclass(frozen=True)
class Counterfactual:
    """How often a head looks where each story says.

    Attributes
    ----------
    texts
        How many texts were read, the changed ones included.
    by_place, by_word
        In how many of them the head puts more weight where the story of the place, or of the word, says.
    place_interval, word_interval
        Intervals of these two counts that hold 95% of resamples of the pairs of texts.
    on_place, on_word
        Mean weight on each of them in the changed texts, where they are two tokens.
    """

    story: Story
    layer: int
    head: int
    texts: int
    by_place: int
    group_by_word: int
    place_interval: tuple[float, float]
    word_interval: tuple[float, float]
    on_place: float
    on_word: float


@dataclass(frozen=True)
class _Reading:
    """A text, the tokens that look, and two tokens for each of them: the one at the place, and its rival.

    In an unchanged text the word is at the place; in a changed text it is the rival.
    """

    given: ModelInput
    rows: tuple[int, ...]
    place: tuple[int, ...]
    rival: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class StoryTest:
    """The measurements of all heads of a model in the texts of one story.

    Attributes
    ----------
    at_place, at_word
        `[pair, unchanged or changed, layer, head]`, whether this token gets more weight than the other one.
    on_place, on_word
        `[pair, layer, head]`, the mean weight in the changed text.
    """

    story: Story
    at_place: NDArray[np.bool_]
    at_word: NDArray[np.bool_]
    on_place: Floats
    on_word: Floats

    def of(self, layer: int, head: int) -> Counterfactual:
        """Return the counts of one head."""
        place, word = (found[:, :, layer, head] for found in (self.at_place, self.at_word))
        return Counterfactual(
            self.story,
            layer,
            head,
            texts=place.size,
            by_place=int(place.sum()),
            group_by_word=int(word.sum()),
            place_interval=_counts(place),
            word_interval=_counts(word),
            on_place=float(self.on_place[:, layer, head].mean()),
            on_word=float(self.on_word[:, layer, head].mean()),
        )


@cache
def noun_pairs() -> tuple[NounPair, ...]:
    """Return the pairs of sentences of `FILE`."""
    tables: dict[str, Any] = tomllib.loads(FILE.read_text("utf-8"))
    return tuple(
        NounPair(group["name"], pair["text"], (pair["x"], pair["y"]), pair[pair["means"]])
        for group in tables["groups"]
        for pair in group["pairs"]
    )


def try_story(
    loaded: LoadedModel, story: Story, sentences: Sequence[str], *, checkpoint: Callable[[], None] = lambda: None
) -> StoryTest | None:
    """Read the texts of a story, unchanged and changed; None if this model can read none of them in both ways.

    Parameters
    ----------
    sentences
        The texts of every story except the pronoun's, which has its own sentences.
    checkpoint
        Called before each forward pass; may raise to stop.
    """
    if story == "pronoun":
        pairs = [_nouns(loaded, pair) for pair in noun_pairs()]
    else:
        pairs = [_changed(story, with_start(loaded, read(loaded, sentence))) for sentence in sentences]
    measured = [_measure(loaded, pair, checkpoint) for pair in pairs if pair is not None]
    if not measured:
        return None
    weights = np.stack(measured)  # [pair, unchanged or changed, place or rival, layer, head]
    place, rival = weights[:, :, 0], weights[:, :, 1]
    at_place = place > rival
    at_word = np.stack([at_place[:, 0], rival[:, 1] > place[:, 1]], axis=1)
    return StoryTest(story, at_place, at_word, on_place=place[:, 1], on_word=rival[:, 1])


def swap_words(text: str, one: str, other: str) -> str:
    """Return a text with two words swapped; longer words that contain them stay."""
    words = {one: other, other: one}
    return "".join(words.get(part, part) for part in re.split(r"(\W+)", text))


def _measure(loaded: LoadedModel, pair: tuple[_Reading, _Reading], checkpoint: Callable[[], None]) -> Floats:
    """Return the mean weights `[text, place or rival, layer, head]`."""
    found = []
    for reading in pair:
        checkpoint()
        weights, rows = capture_input(loaded, reading.given).main.weights, np.array(reading.rows)
        columns = (np.array(reading.place), np.array(reading.rival))
        found.append([weights[:, :, rows, keys].mean(axis=-1, dtype=np.float64) for keys in columns])
    return np.array(found)


def _changed(story: Story, given: ModelInput) -> tuple[_Reading, _Reading] | None:
    if story in {"previous_token", "next_token"}:
        return _interleaved(given, -1 if story == "previous_token" else 1)
    return _moved_end(given, at_front=story == "first_token")


def _interleaved(given: ModelInput, step: int) -> tuple[_Reading, _Reading] | None:
    """Interleave the two halves of a text: w0 w1 w2 w3 w4 becomes w0 w3 w1 w4 w2, every old neighbour is two away."""
    ordinary = [index for index, token in enumerate(given.tokens) if not token.special]
    if len(ordinary) < 4 or ordinary != list(range(ordinary[0], ordinary[-1] + 1)):
        return None
    middle = (len(ordinary) + 1) // 2
    order = [0] * len(ordinary)
    order[::2], order[1::2] = ordinary[:middle], ordinary[middle:]
    changed = _reordered(given, [*range(ordinary[0]), *order, *range(ordinary[-1] + 1, len(given.tokens))])
    rows = tuple(ordinary[2:] if step < 0 else ordinary[:-2])
    one, two = (tuple(row + distance * step for row in rows) for distance in (1, 2))
    return _Reading(given, rows, one, two), _Reading(changed, rows, one, two)


def _moved_end(given: ModelInput, *, at_front: bool) -> tuple[_Reading, _Reading] | None:
    """Swap the first token, or the special token at the end, with its neighbour."""
    last = len(given.tokens) - 1
    end, neighbour = (0, 1) if at_front else (last, last - 1)
    if last < 2 or (not at_front and not given.tokens[last].special):
        return None
    order = list(range(len(given.tokens)))
    order[end], order[neighbour] = order[neighbour], order[end]
    rows = tuple(range(2, last + 1) if at_front else range(last - 1))
    place, moved = (end,) * len(rows), (neighbour,) * len(rows)
    return _Reading(given, rows, place, moved), _Reading(_reordered(given, order), rows, place, moved)


def _nouns(loaded: LoadedModel, pair: NounPair) -> tuple[_Reading, _Reading] | None:
    """Read a sentence with its nouns in both orders; the order in which the first noun is meant comes first."""
    readings = []
    for swapped in sorted((False, True), key=lambda order: pair.nouns[order] != pair.means):
        given = with_start(loaded, read(loaded, pair.sentence(swapped=swapped)))
        nouns = reversed(pair.nouns) if swapped else pair.nouns
        it, first, second = (position_of(given.tokens, word) for word in ("it", *nouns))
        if it is None or first is None or second is None:
            return None
        readings.append(_Reading(given, (it,), (first,), (second,)))
    return readings[0], readings[1]


def position_of(tokens: Sequence[Token], word: str) -> int | None:
    """Return the position of a word that is one token, else None."""
    return next((index for index, token in enumerate(tokens) if token.text.strip().lower() == word), None)


def _reordered(given: ModelInput, order: Sequence[int]) -> ModelInput:
    return replace(given, tokens=tuple(given.tokens[index] for index in order))


def _counts(found: NDArray[np.bool_]) -> tuple[float, float]:
    low, high = mean_interval(found.sum(axis=1).astype(np.float64))
    return float(low) * len(found), float(high) * len(found)
