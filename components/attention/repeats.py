"""Pairs of texts of random tokens, with and without a repeat: heads can go by position and repetition alone there.

A random text has no grammar and no meaning, so a head that still looks at the token before does so whatever the words
are. When the same random tokens come a second time, only the repeat tells what comes next: that is where induction
heads show (Olsson et al. 2022, arXiv 2209.11895).

The two texts of a pair have the same second half, at the same positions. In one the first half is the same tokens, in
the other it is different ones: what a head does differently in the second half is due to the repeat. The length of the
halves varies over the pairs, so that no fixed distance can pass for a repeat.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from components.attention.continuation import start_token
from components.attention.errors import VocabularyTooSmall
from components.attention.inputs import ModelInput, Token, read
from components.models.loaders import LoadedModel

REPEAT_LENGTHS: Final = (12, 16, 20, 24)
"""In tokens, of the part that comes twice; each is used equally often."""


@dataclass(frozen=True)
class RandomText:
    """A text of `2 * length` random tokens inside the special tokens its model expects.

    Attributes
    ----------
    begin
        Position of the first random token: the number of special tokens before it.
    length
        Of one half, in tokens.
    repeated
        Whether the second half is the first once more; else all tokens differ.
    """

    given: ModelInput
    begin: int
    length: int
    repeated: bool


@dataclass(frozen=True)
class RandomTexts:
    """Draws random texts for one model."""

    loaded: LoadedModel
    words: NDArray[np.int64]
    before: tuple[Token, ...]
    after: tuple[Token, ...]

    @classmethod
    def of(cls, loaded: LoadedModel) -> RandomTexts:
        """Find the ordinary words of the vocabulary and the special tokens around a text.

        Raises
        ------
        VocabularyTooSmall
            If there are not enough words for a text without a repeat.
        """
        with loaded.tokenizer.lock:
            vocabulary = loaded.tokenizer.raw.get_vocab(with_added_tokens=False)
        words = np.array(sorted(id_ for piece, id_ in vocabulary.items() if _is_word(piece)), dtype=np.int64)
        if len(words) < 2 * max(REPEAT_LENGTHS):
            raise VocabularyTooSmall(pieces=len(words), needed=2 * max(REPEAT_LENGTHS))
        example = read(loaded, loaded.tokenizer.decode([int(words[0])])).tokens
        ordinary = [index for index, token in enumerate(example) if not token.special]
        return cls(loaded, words, example[: ordinary[0]], example[ordinary[-1] + 1 :])

    def draw_pair(self, rng: np.random.Generator, *, length: int) -> tuple[RandomText, RandomText]:
        """Draw two texts with the same second half: one in which all tokens differ, and one that repeats itself."""
        first, second = rng.choice(self.words, size=(2, length), replace=False)
        return self._text(first, second, repeated=False), self._text(second, second, repeated=True)

    def _text(self, first: NDArray[np.int64], second: NDArray[np.int64], *, repeated: bool) -> RandomText:
        tokens = (*self.before, *self._tokens(np.concatenate([first, second])), *self.after)
        given = ModelInput(tokens=tokens, type_ids=(0,) * len(tokens))
        if self.loaded.model.config.is_encoder_decoder:
            given = replace(given, target=(start_token(self.loaded),))
        return RandomText(given, begin=len(self.before), length=len(second), repeated=repeated)

    def _tokens(self, ids: NDArray[np.int64]) -> Sequence[Token]:
        pieces = self.loaded.tokenizer.tokens(ids.tolist())
        return [
            Token(id=id_, piece=str(piece), text=str(piece), start=None, end=None, special=False, segment=0, word=index)
            for index, (id_, piece) in enumerate(zip(ids.tolist(), pieces, strict=True))
        ]


def _is_word(piece: str) -> bool:
    return piece.lstrip("Ġ▁").isalnum()
