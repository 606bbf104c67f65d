"""Change one token, or switch off a head, and compare the attention before and after."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from components.attention.errors import NoMask, NotOneToken
from components.attention.record import Attention
from components.models.inputs import ModelInput, mask_id, token_of_id
from components.models.loaders import LoadedModel


@dataclass(frozen=True, eq=False)
class Comparison:
    """How the attention of two inputs of the same length differs.

    Attributes
    ----------
    rows
        `[layer, head, query]`: half the sum of the absolute differences of a row, so the share of its attention that
        went elsewhere, between 0 and 1.
    heads
        `[layer, head]`: the mean of that over the rows.
    """

    before: Attention
    after: Attention
    rows: NDArray[np.float64]
    heads: NDArray[np.float64]

    def difference(self, layer: int, head: int) -> NDArray[np.float32]:
        """Return one head's weights after minus before, `[query, key]`."""
        return self.after.of_head(layer, head) - self.before.of_head(layer, head)

    @property
    def ranked(self) -> list[tuple[int, int]]:
        """Layer and head of all heads, most changed first."""
        order = np.argsort(-self.heads, axis=None, kind="stable")
        return [(int(i) // self.heads.shape[1], int(i) % self.heads.shape[1]) for i in order]


def compare(before: Attention, after: Attention) -> Comparison:
    """Compare two captures of the same model.

    Raises
    ------
    ValueError
        If they differ in shape.
    """
    if before.weights.shape != after.weights.shape:
        raise ValueError(
            f"cannot compare {before.weights.shape} with {after.weights.shape}: their shapes must be equal"
        )
    layers = (np.abs(after.of_layer(n) - before.of_layer(n)).sum(axis=-1) / 2 for n in range(before.layers))
    rows = np.stack(list(layers)).astype(np.float64)
    return Comparison(before, after, rows, rows.mean(axis=-1))


def with_mask(loaded: LoadedModel, given: ModelInput, position: int) -> ModelInput:
    """Return the input with a mask at one position.

    Raises
    ------
    NoMask
        If the model's vocabulary has none.
    """
    mask = mask_id(loaded.tokenizer)
    if mask is None:
        raise NoMask()
    return given.with_token(position, token_of_id(loaded, mask, like=given.tokens[position]))


def with_word(loaded: LoadedModel, given: ModelInput, position: int, word: str) -> ModelInput:
    """Return the input with another word at one position.

    A vocabulary that writes a word's space into its token (" cat" in GPT-2) gets the word with the space that the old
    token has.

    Raises
    ------
    NotOneToken
        If the word is not one token: the other tokens would move, and their rows could not be compared.
    """
    old = given.tokens[position]
    space = " " if old.text[:1].isspace() else ""
    ids = loaded.tokenizer.encode(space + word.strip(), add_special_tokens=False).ids
    if len(ids) != 1:
        raise NotOneToken(word=word, tokens=len(ids))
    return given.with_token(position, token_of_id(loaded, ids[0], like=old))
